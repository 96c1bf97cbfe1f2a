// The process around a broker: arguments, signals, the ready line, the exit status.
internal import Broker
internal import BuildInfo
internal import Glibc
internal import Host
internal import Logging
internal import Reactor

enum Tidemarkd {
    /// Exit statuses.
    private static let ok: Int32 = 0
    private static let failed: Int32 = 1
    private static let misused: Int32 = 2

    static func run(_ arguments: [String]) -> Int32 {
        do {
            switch try Command(arguments, read: readFile) {
            case .version: print(versionLine(of: "tidemarkd"))
            case .help: print(Command.usage + "\n" + ConfigurationTable.help())
            case .completion: print(BashCompletion.script(Synopsis.parse(usage: Command.usage), keys: ConfigurationTable.names), terminator: "")
            case .serve(let configuration): try serve(configuration)
            case .log(let request): return LogTool.run(request, complain: complain)
            }
            return ok
        } catch let error as ConfigurationError {
            complain("\(error)")
            return misused
        } catch {
            complain("\(error)")
            return failed
        }
    }

    private static func serve(_ configuration: BrokerConfiguration) throws {
        ProcessSetup.boundHeap()
        ProcessSetup.ignoreBrokenPipes()
        // Before any thread starts, so that all inherit the blocked signals.
        let signals = try SignalDescriptor([SIGTERM, SIGINT])
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let logger = Logger(label: "tidemarkd")
        let broker = try Broker(configuration, logger: logger)
        broker.start()
        let burn = configuration.burnPercent.map { " burn-percent=\($0)" } ?? ""
        if let percent = configuration.burnPercent { logger.warning("burning \(percent) % more CPU on purpose (--burn-percent)") }
        print("tidemarkd ready pid=\(getpid()) listeners=\(broker.endpoints.map(\.description).joined(separator: ","))\(burn)")
        fflush(nil)
        waitForSignal(signals, logger)
        broker.drain()
        try broker.wait()
        logger.info("shut down cleanly")
    }

    private static func waitForSignal(_ signals: SignalDescriptor, _ logger: Logger) {
        while true {
            var waited = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&waited, 1, -1)
            guard let signal = signals.next() else { continue }
            return logger.info("\(signal == SIGTERM ? "SIGTERM" : "SIGINT"): draining")
        }
    }

    private static func readFile(_ path: String) throws(ConfigurationError) -> String {
        guard let file = fopen(path, "r") else {
            throw ConfigurationError("--config \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
        guard let valid = String(validating: text, as: UTF8.self) else {
            throw ConfigurationError("--config \(path): is not UTF-8 text")
        }
        return valid
    }

    private static func complain(_ message: String) {
        let line = Array("tidemarkd: \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
