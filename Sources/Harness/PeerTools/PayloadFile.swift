// A text file of payloads, cut at its delimiters.

enum PayloadFile {
    /// It is held in memory.
    private static let largestBytes = 256 << 20

    /// The file and where its payloads lie in it, one at least.
    ///
    /// - Parameter delimiter: as the command line has it: `\n` is two characters there.
    /// - Throws: `.unreadable`; `.refused` for a delimiter that would mean something else to Kafka's tool.
    static func read(_ path: String, delimiter: String) throws(PeerToolError) -> (bytes: [UInt8], spans: [Range<Int>]) {
        let separator = Array(try plain(delimiter).utf8)
        let bytes = try NamedFile.read(path, atMost: largestBytes)
        guard !bytes.isEmpty else { throw .unreadable(path: path, reason: "it is empty") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .unreadable(path: path, reason: "it is not UTF-8") }
        let spans = spans(of: bytes, separator)
        guard !spans.isEmpty else { throw .unreadable(path: path, reason: "there is nothing but delimiters in it") }
        return (bytes, spans)
    }

    /// Kafka's tool takes a Java regular expression. What is a plain text there too is taken, its escapes for blanks included.
    static func plain(_ delimiter: String) throws(PeerToolError) -> String {
        let text = delimiter.replacing("\\n", with: "\n").replacing("\\t", with: "\t").replacing("\\r", with: "\r")
        guard !text.isEmpty else { throw .refused("--payload-delimiter is empty") }
        guard !text.contains(where: { "\\[](){}.*+?^$|".contains($0) }) else {
            throw .refused("--payload-delimiter ‘\(delimiter)’ is a regular expression, which is not supported: a plain text is, and \\n, \\t, \\r")
        }
        return text
    }

    /// As java.util.Scanner cuts: a delimiter at the front or at the end has no empty payload on its outer side, two in a row have one between
    /// them.
    static func spans(of bytes: [UInt8], _ separator: [UInt8]) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        var (start, place) = (0, 0)
        while place + separator.count <= bytes.count {
            if bytes[place] == separator[0], bytes[place..<place + separator.count].elementsEqual(separator) {
                spans.append(start..<place)
                place += separator.count
                start = place
            } else {
                place += 1
            }
        }
        spans.append(start..<bytes.count)
        if spans.count > 1, spans[0].isEmpty { spans.removeFirst() }
        if let last = spans.last, last.isEmpty { spans.removeLast() }
        return spans
    }
}
