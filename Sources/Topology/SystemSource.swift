// Where facts about a machine are read from.
internal import CLinux
internal import Glibc

/// The number of a device: `254:0`.
package struct DeviceNumber: Hashable, Sendable, Codable, CustomStringConvertible {
    package let major: Int
    package let minor: Int

    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `major:minor`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        self.init(major: major, minor: minor)
    }

    package var description: String { "\(major):\(minor)" }
}

/// The files that tell about a machine: the live ones, or a recording of another machine's.
package protocol SystemSource: Sendable {
    /// The whole text of a file without trailing white space; nil when it cannot be read.
    func text(_ path: String) -> String?
    /// The names in a directory, sorted, without `.` and `..`; empty when there is none.
    func entries(_ path: String) -> [String]
    /// The path with every symbolic link followed; nil when nothing is there.
    func resolved(_ path: String) -> String?
    /// The device number of the file system that holds `path`.
    func device(of path: String) -> DeviceNumber?
    /// The device number of a block special file; nil when `path` is none.
    func blockDevice(at path: String) -> DeviceNumber?
    /// Free and total bytes of the file system of `path`.
    func space(of path: String) -> (free: Int64, total: Int64)?
}

extension SystemSource {
    func integer(_ path: String) -> Int64? { text(path).flatMap { Int64($0) } }
    func exists(_ path: String) -> Bool { resolved(path) != nil }

    /// The marked choice of a file such as `always [madvise] never`; the whole text where none is marked.
    func choice(_ path: String) -> String? {
        guard let text = text(path) else { return nil }
        guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"), open < close else { return text }
        return String(text[text.index(after: open)..<close])
    }
}

/// This machine, now.
package struct LiveSystem: SystemSource {
    package init() {}

    package func text(_ path: String) -> String? {
        let descriptor = clinux_open(path, O_RDONLY, 0)
        guard descriptor >= 0 else { return nil }
        defer { _ = clinux_close(descriptor) }
        // Files of /proc and /sys say size 0, so they are read to the end.
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        while let last = bytes.last, last == 10 || last == 32 || last == 0 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    package func entries(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    package func device(of path: String) -> DeviceNumber? {
        let number = clinux_device_of(path)
        return number < 0 ? nil : DeviceNumber(major: Int(number >> 32), minor: Int(number & 0xffff_ffff))
    }

    package func blockDevice(at path: String) -> DeviceNumber? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFBLK else { return nil }
        // makedev(3): twelve bits of major in the middle, the minor's twenty around them.
        let number = status.st_rdev
        return DeviceNumber(
            major: Int((number >> 8) & 0xfff | (number >> 32) & ~0xfff),
            minor: Int(number & 0xff | (number >> 12) & ~0xff))
    }

    package func space(of path: String) -> (free: Int64, total: Int64)? {
        let free = clinux_free_bytes(path)
        let total = clinux_total_bytes(path)
        return free < 0 || total < 0 ? nil : (free, total)
    }
}
