// The process: arguments, and the exit status.
internal import Broker
internal import BuildInfo
internal import Glibc

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
            case .serve(let configuration):
                // The same command line, read again: what it says goes on to win over the file.
                try Service(configuration) { () throws(ConfigurationError) in
                    guard case .serve(let again) = try Command(arguments, read: readFile) else { return configuration }
                    return again
                }.run()
            case .credentials(let request): return CredentialsTool.run(request, complain: complain)
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
