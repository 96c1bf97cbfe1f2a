// The mount a path lies on, from /proc/self/mountinfo.

/// One line of mountinfo:
/// `27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard`.
struct Mount: Equatable {
    let device: DeviceNumber
    let mountPoint: String
    /// Options of the mount, then those of the file system.
    let options: [String]
    let fileSystem: String
    let source: String

    init?(_ line: some StringProtocol) {
        let fields = line.split(separator: Character(" ")).map { String($0) }
        guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 2, let device = DeviceNumber(fields[2]) else {
            return nil
        }
        self.device = device
        mountPoint = Self.unescaped(fields[4])
        fileSystem = fields[dash + 1]
        source = Self.unescaped(fields[dash + 2])
        let own = fields[5].split(separator: Character(",")).map { String($0) }
        let ofFileSystem = fields.count > dash + 3 ? fields[dash + 3].split(separator: Character(",")).map { Self.unescaped($0) } : []
        options = own + ofFileSystem.filter { !own.contains($0) }
    }

    /// The value of a `name=value` option.
    func option(_ name: String) -> String? {
        options.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// The mount whose point is the longest prefix of `path`; the later one where two are mounted on the same point.
    static func holding(_ path: String, mountInfo: String) -> Mount? {
        var best: Mount?
        for line in mountInfo.split(separator: "\n") {
            guard let mount = Mount(line), mount.holds(path) else { continue }
            if best.map({ mount.mountPoint.utf8.count >= $0.mountPoint.utf8.count }) ?? true { best = mount }
        }
        return best
    }

    private func holds(_ path: String) -> Bool {
        mountPoint == "/" || path == mountPoint || path.hasPrefix(mountPoint + "/")
    }

    /// mountinfo writes space, tab, newline and backslash as `\040` and the like.
    static func unescaped(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        var plain: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "\\"), at + 3 < bytes.count,
                let code = UInt8(String(decoding: bytes[at + 1...at + 3], as: UTF8.self), radix: 8)
            {
                plain.append(code)
                at += 4
            } else {
                plain.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
