// Bare C loops behind the same clients: what copying costs at the least, and the floor under every way of sending a file.
internal import Bytes
internal import Host
internal import Topology

/// C servers, one for each consumer, that answer whatever is asked with the next bytes of a file, or of one buffer.
struct FetchReference {
    enum Kind: String {
        /// pread and send through one buffer of 1 MiB.
        case copy
        /// splice through a pipe of 1 MiB.
        case splice
        /// send of a buffer that never changes: no file at all.
        case constant

        /// As slices and notes call it.
        var title: String {
            switch self {
            case .copy: "C copy 1 MiB"
            case .splice: "C splice"
            case .constant: "floor"
            }
        }

        var readsFile: Bool { self != .constant }

        /// Answers before a byte is sent a second time, so that what was cold stays so; 1 where there is no file.
        func distinctAnswers(fileBytes: Int64, answerBytes: Int) -> Int { readsFile ? max(1, Int(fileBytes) / max(1, answerBytes)) : 1 }
    }

    let addresses: [HostPort]
    /// Of the servers themselves; what started them costs nothing.
    let pids: [Int32]
    private let helpers: [ChildProcess]

    /// - Parameters:
    ///   - answerBytes: of records in each answer.
    ///   - topic: as the fetches name it.
    ///   - count: of servers; on every new connection they begin at places of the file that are evenly spread, as a pass's consumers do.
    static func start(
        _ kind: Kind, file: (path: String, bytes: Int64), answerBytes: Int, topic: String, count: Int, cpus: CPUSet?, _ context: RunContext
    ) throws -> FetchReference {
        let head = answerHead(topic: topic, recordBytes: answerBytes).map { hexadecimal($0) }.joined()
        var words = ["serve-reference", kind.rawValue, "--chunk", "\(answerBytes)", "--head", head, "--congestion", FetchPass.congestionControl]
        if kind.readsFile { words += ["--file", file.path, "--file-bytes", "\(max(file.bytes, 1))"] }
        if let cpu = cpus?.cpus.first { words += ["--cpu", "\(cpu)"] }
        var (addresses, pids, helpers): ([HostPort], [Int32], [ChildProcess]) = ([], [], [])
        let answers = kind.distinctAnswers(fileBytes: file.bytes, answerBytes: answerBytes)
        for number in 0..<count {
            let first = kind.readsFile ? ["--from", "\(number * answers / count * answerBytes)"] : []
            let (child, line) = try context.startHelper("microbench", words + first, label: "c-\(kind.rawValue)")
            guard let (pid, address) = parse(line) else { throw HarnessError.impossible("microbench serve-reference said ‘\(line)’ instead of its ready line") }
            addresses.append(address)
            pids.append(pid)
            helpers.append(child)
        }
        return FetchReference(addresses: addresses, pids: pids, helpers: helpers)
    }

    func stop(_ context: RunContext) { helpers.forEach { context.stop($0) } }

    /// `reference ready pid=123 port=40123`
    static func parse(_ line: String) -> (pid: Int32, address: HostPort)? {
        func field(_ name: String) -> Substring? { line.split(separator: " ").first { $0.hasPrefix(name) }?.dropFirst(name.count) }
        guard line.hasPrefix("reference ready "), let pid = field("pid=").flatMap({ Int32($0) }), let address = field("port=").flatMap({ HostPort("127.0.0.1:\($0)") }) else { return nil }
        return (pid, address)
    }

    /// A Fetch answer of version 11 up to its records: one partition without an error or aborted transactions. With its length; the
    /// correlation id is the server's to fill in.
    static func answerHead(topic: String, recordBytes: Int) -> [UInt8] {
        var head = ByteWriter()
        head.int32(0)  // correlation id
        head.int32(0)  // throttle time
        head.int16(0)
        head.int32(0)  // session
        head.int32(1)
        head.int16(Int16(topic.utf8.count))
        head.write(Array(topic.utf8))
        head.int32(1)
        head.int32(0)  // partition
        head.int16(0)
        head.int64(0)  // high watermark
        head.int64(0)  // last stable offset
        head.int64(0)  // log start
        head.int32(-1)  // no aborted transactions
        head.int32(-1)  // no preferred replica
        head.int32(Int32(recordBytes))
        var whole = ByteWriter()
        whole.int32(Int32(head.count + recordBytes))
        return Array(whole.bytes) + Array(head.bytes)
    }

    private static func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
