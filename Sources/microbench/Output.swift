// What every command prints, and how it fails.
internal import ArgumentParser
internal import BuildInfo
internal import Glibc
internal import Host
internal import Topology

struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object instead of a table.") var json = false

    /// One line of JSON with who says it in front, or the lines of a table; whatever of the machine or the disk is modelled is said
    /// above every figure.
    ///
    /// - Parameter directory: where the command wrote; nil: nowhere.
    func print(command: String, directory: String?, _ fields: [(String, JSON)], table: [String]) {
        let modelled = Modelled.text(directory: directory)
        if json {
            var head: [(String, JSON)] = [
                ("program", .string("microbench")), ("version", .string(versionLine(of: "microbench"))), ("command", .string(command)),
            ]
            if let modelled { head.append(("modelled", .string(modelled))) }
            Swift.print(JSON.object(head + fields).text)
        } else {
            if let modelled { Swift.print("MODELLED, no figure of hardware: \(modelled)") }
            for line in table { Swift.print(line) }
        }
    }
}

/// A reference loop that failed.
func referenceFailure(_ result: some BinaryInteger, _ what: String) -> SystemError {
    SystemError(call: what, errno: Int32(clamping: -Int64(clamping: result)), subject: "C reference")
}

/// A directory of this process under `parent`, removed with everything in it by `remove`.
struct ScratchDirectory {
    let path: String

    init(in parent: String) throws {
        path = "\(parent)/microbench-\(getpid())"
        Self.removeTree(path)
        guard mkdir(path, 0o755) == 0 else { throw SystemError(call: "mkdir", errno: errno, subject: path) }
    }

    func make(_ name: String) throws -> String {
        let made = "\(path)/\(name)"
        guard mkdir(made, 0o755) == 0 else { throw SystemError(call: "mkdir", errno: errno, subject: made) }
        return made
    }

    func remove() { Self.removeTree(path) }

    static func removeTree(_ path: String) {
        if unlink(path) == 0 || errno == ENOENT { return }
        for name in names(in: path) { removeTree("\(path)/\(name)") }
        rmdir(path)
    }

    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
