// A recording as text: a line a fact, so that a person can read it before it is sent to anybody.

extension RecordedSystem {
    private static let title = "# tidemark recording 1"

    /// Lines of `kind`, a tab and the path; what else belongs to it follows behind tabs, the text of a file on lines that begin
    /// with `|`. Sorted by path, so that two recordings of one machine differ where the machine does.
    package var asText: String {
        var lines = [Self.title]
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            lines.append("file\t\(path)")
            lines += text.split(separator: "\n", omittingEmptySubsequences: false).map { "|\($0)" }
        }
        lines += links.sorted { $0.key < $1.key }.map { "link\t\($0.key)\t\($0.value)" }
        lines += directories.sorted { $0.key < $1.key }.map { "directory\t\($0.key)\t\($0.value.joined(separator: "\t"))" }
        lines += devices.sorted { $0.key < $1.key }.map { "device\t\($0.key)\t\($0.value)" }
        lines += blockDevices.sorted { $0.key < $1.key }.map { "block\t\($0.key)\t\($0.value)" }
        lines += spaces.sorted { $0.key < $1.key }.map { "space\t\($0.key)\t\($0.value.free)\t\($0.value.total)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// - Throws: `.badRecording` with the line that is none of a recording.
    package init(asText text: String) throws(TopologyError) {
        self.init()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == Self.title[...] else { throw .badRecording(line: 1, text: String(lines.first ?? "")) }
        var open: (path: String, lines: [Substring])?
        for (number, line) in lines.enumerated().dropFirst() {
            if line.first == "|", open != nil {
                open!.lines.append(line.dropFirst())
                continue
            }
            if let done = open { files[done.path] = done.lines.joined(separator: "\n") }
            open = nil
            if line.isEmpty { continue }
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            if fields.count == 2, fields[0] == "file" {
                open = (String(fields[1]), [])
            } else if !add(fields) {
                throw .badRecording(line: number + 1, text: String(line))
            }
        }
        if let done = open { files[done.path] = done.lines.joined(separator: "\n") }
    }

    private mutating func add(_ fields: [Substring]) -> Bool {
        guard fields.count >= 3 else { return false }
        let path = String(fields[1])
        switch (fields[0], fields.count) {
        case ("link", 3): links[path] = String(fields[2])
        case ("directory", _): directories[path] = fields.dropFirst(2).map(String.init)
        case ("device", 3):
            guard let number = DeviceNumber(fields[2]) else { return false }
            devices[path] = number
        case ("block", 3):
            guard let number = DeviceNumber(fields[2]) else { return false }
            blockDevices[path] = number
        case ("space", 4):
            guard let free = Int64(fields[2]), let total = Int64(fields[3]) else { return false }
            spaces[path] = Space(free: free, total: total)
        default: return false
        }
        return true
    }
}
