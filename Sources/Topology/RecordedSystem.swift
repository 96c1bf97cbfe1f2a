// A machine as its files described it: for the machines that tests and bug reports need and nobody here has.

/// A recording of a machine: what its files said.
package struct RecordedSystem: SystemSource, Equatable {
    var files: [String: String]
    var links: [String: String]
    /// Names in a directory where they do not follow from `files` and `links`.
    var directories: [String: [String]] = [:]
    var devices: [String: DeviceNumber]
    var blockDevices: [String: DeviceNumber]
    var spaces: [String: Space]

    struct Space: Equatable {
        let free: Int64
        let total: Int64
    }

    /// - Parameters:
    ///   - files: path → text. Directories follow from the paths.
    ///   - links: path of a symbolic link (anywhere in a longer path too) → what it resolves to.
    ///   - devices: path → device number of the file system that holds it.
    ///   - blockDevices: path of a block special file → its number.
    package init(
        files: [String: String] = [:], links: [String: String] = [:], devices: [String: DeviceNumber] = [:],
        blockDevices: [String: DeviceNumber] = [:], spaces: [String: (free: Int64, total: Int64)] = [:]
    ) {
        self.files = files
        self.links = links
        self.devices = devices
        self.blockDevices = blockDevices
        self.spaces = spaces.mapValues { Space(free: $0.free, total: $0.total) }
    }

    private func followed(_ path: String) -> String {
        var path = path
        // Longest link first; bounded, as a recording may hold a circle.
        for _ in 0..<16 {
            guard let (link, target) = longestLink(in: path), target != link else { return path }
            path = target + path.dropFirst(link.utf8.count)
        }
        return path
    }

    /// The longest beginning of the path that is a link.
    private func longestLink(in path: String) -> (String, String)? {
        var end = path.endIndex
        while end > path.startIndex {
            let beginning = String(path[..<end])
            if let target = links[beginning] { return (beginning, target) }
            guard let slash = path[..<end].lastIndex(of: "/") else { return nil }
            end = slash
        }
        return nil
    }

    package func text(_ path: String) -> String? { files[followed(path)] ?? files[path] }

    package func entries(_ path: String) -> [String] {
        let real = followed(path)
        if let recorded = directories[real] ?? directories[path] { return recorded }
        let prefix = real + "/"
        var names = Set<String>()
        for key in Array(files.keys) + Array(links.keys) where key.hasPrefix(prefix) {
            names.insert(String(key.dropFirst(prefix.count).prefix { $0 != "/" }))
        }
        return names.sorted()
    }

    package func resolved(_ path: String) -> String? {
        let real = followed(path)
        let known = files[real] != nil || devices[real] != nil || blockDevices[real] != nil || links[real] != nil || !entries(real).isEmpty
            || links.values.contains(real)
        return known ? real : nil
    }

    package func device(of path: String) -> DeviceNumber? { devices[followed(path)] ?? devices[path] }
    package func blockDevice(at path: String) -> DeviceNumber? { blockDevices[followed(path)] ?? blockDevices[path] }
    package func space(of path: String) -> (free: Int64, total: Int64)? { (spaces[followed(path)] ?? spaces[path]).map { ($0.free, $0.total) } }
}
