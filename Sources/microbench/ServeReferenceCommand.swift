// The C servers on their own, for comparisons that other programs drive.
internal import ArgumentParser
internal import CReference
internal import Glibc
internal import Host

struct ServeReferenceCommand: ParsableCommand {
    enum Mode: String, CaseIterable, ExpressibleByArgument { case produce, splice, sendfile, copy, constant }

    static let configuration = CommandConfiguration(
        commandName: "serve-reference", abstract: "Runs a C server until it is told to stop.",
        discussion: """
            produce receives Kafka Produce requests (version 9, one batch each), checks the CRC and appends. The others answer every \
            request with --head and the next --chunk bytes of --file, at --from on every new connection; constant sends as many bytes of \
            one buffer, the floor of zero-copy. \
            Prints `reference ready pid=PID port=PORT` and runs until SIGTERM, SIGINT or the death of its parent.
            """)

    @Argument(help: "produce, splice, sendfile, copy or constant.") var mode: Mode
    @Option(help: "Directory of the segments (produce).") var dir = "."
    @Option(help: "File to be sent.") var file = ""
    @Option(help: "Bytes of the file that are sent, from its start.") var fileBytes: UInt64 = 0
    @Option(help: "Byte of the file at which a connection begins.") var from: UInt64 = 0
    @Option(help: "Bytes of the file in one answer.") var chunk: UInt64 = 1 << 20
    @Option(help: "What precedes them, in hexadecimal, length included; the correlation id goes to byte 4.") var head = "0000000000000000"
    @Option(help: "CPU to be pinned to; -1 for none.") var cpu: Int32 = -1
    @Option(help: "TCP congestion control.") var congestion = "cubic"

    func validate() throws {
        guard mode == .produce || mode == .constant || (!file.isEmpty && fileBytes > 0) else {
            throw ValidationError("\(mode.rawValue) needs --file and --file-bytes")
        }
        guard from == 0 || from < fileBytes else { throw ValidationError("--from lies within --file-bytes") }
        guard chunk > 0, Self.bytes(head).map({ $0.count >= 8 }) ?? false else {
            throw ValidationError("--head takes 8 bytes or more in hexadecimal, and --chunk is positive")
        }
    }

    func run() throws {
        var port: UInt16 = 0
        let pid: pid_t
        switch mode {
        case .produce: pid = creference_start_produce_server(dir, 256 << 20, cpu, congestion, &port)
        case .splice: pid = start(CREFERENCE_SPLICE, &port)
        case .sendfile: pid = start(CREFERENCE_SENDFILE, &port)
        case .copy: pid = start(CREFERENCE_COPY, &port)
        case .constant: pid = start(CREFERENCE_CONSTANT, &port)
        }
        guard pid > 0 else { throw referenceFailure(pid, "start \(mode.rawValue) server") }
        let line = "reference ready pid=\(pid) port=\(port)\n"
        _ = line.withCString { write(1, $0, strlen($0)) }
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGCHLD] { sigaddset(&signals, signal) }
        sigprocmask(SIG_BLOCK, &signals, nil)
        var caught: Int32 = 0
        sigwait(&signals, &caught)
        creference_stop_server(pid)
    }

    private func start(_ transfer: creference_transfer, _ port: inout UInt16) -> pid_t {
        let bytes = Self.bytes(head)!
        let size = transfer == CREFERENCE_CONSTANT && fileBytes == 0 ? chunk : fileBytes
        return creference_start_fetch_server(transfer, file, from, size, chunk, bytes, bytes.count, cpu, congestion, &port)
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 ? $0 - 48 : ($0 | 32) &- 87 }
        guard digits.count % 2 == 0, digits.allSatisfy({ $0 < 16 }) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
