// Reading /proc and /sys: fetching a file's text, and picking numbers out of it.
internal import CLinux
internal import Glibc

/// Pure helpers over the kernel's text formats.
enum ProcText {
    /// The integers of a line, in order; anything else is skipped.
    static func numbers(_ line: Substring) -> [UInt64] {
        line.split(whereSeparator: { $0 == " " || $0 == "\t" }).compactMap { UInt64($0) }
    }

    /// `name: 123 kB` lines as name → first number.
    static func table(_ text: String) -> [Substring: UInt64] {
        var table: [Substring: UInt64] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            guard let number = numbers(line[line.index(after: colon)...]).first else { continue }
            table[line[..<colon]] = number
        }
        return table
    }

    /// `name 123` lines as name → number, as in /proc/vmstat.
    static func pairs(_ text: String) -> [Substring: UInt64] {
        var table: [Substring: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, let number = UInt64(words[1]) { table[words[0]] = number }
        }
        return table
    }
}

/// The files behind the text. A file that cannot be read is nil: processes end while one looks.
enum ProcFile {
    static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    static let pageBytes = UInt64(sysconf(Int32(_SC_PAGESIZE)))

    static func text(_ path: String) -> String? {
        let descriptor = clinux_open(path, O_RDONLY, 0)
        guard descriptor >= 0 else { return nil }
        defer { _ = clinux_close(descriptor) }
        var bytes: [UInt8] = []
        // No array that is filled before it is read into: hundreds of such files are read each second, beside a load.
        return withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 8) { chunk -> String? in
            while true {
                let got = clinux_pread(descriptor, chunk.baseAddress!, chunk.count, Int64(bytes.count))
                guard got >= 0 else { return nil }
                // Such a file may be handed out line by line: a short read is not its end.
                if got == 0 { return String(decoding: bytes, as: UTF8.self) }
                bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<got]))
            }
        }
    }

    /// The entries of a directory whose names are numbers: processes, threads.
    static func numericEntries(_ path: String) -> [Int32] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var found: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix(while: { $0 != 0 }), as: UTF8.self)
            }
            if let number = Int32(name) { found.append(number) }
        }
        return found
    }
}
