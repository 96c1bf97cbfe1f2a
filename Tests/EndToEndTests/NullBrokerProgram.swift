// A started `tidemark null-broker`.
import Foundation
import Testing

final class NullBrokerProgram {
    let process = Process()
    /// `127.0.0.1:40123`
    let address: String

    init(_ options: [String]) throws {
        let output = Pipe()
        process.executableURL = Harnessed.products.appending(path: "tidemark")
        process.arguments = ["null-broker"] + options
        process.standardOutput = output
        try process.run()
        let ready = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let listener = ready.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("listeners=") }
        address = String(try #require(listener, "it said ‘\(ready)’").dropFirst("listeners=".count))
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// CPU time that its one thread has had, nanoseconds; nil where the kernel keeps no account of it.
    var cpuNanoseconds: UInt64? {
        let text = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/schedstat", encoding: .utf8)
        return text?.split(separator: " ").first.flatMap { UInt64($0) }
    }
}
