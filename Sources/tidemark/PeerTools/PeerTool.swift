// What the tools that stand in for Kafka's have in common.
internal import ArgumentParser
internal import Foundation
internal import Harness
internal import Host

enum PeerTool {
    /// A line of Kafka's tool, at once: its readers may wait for it.
    static func say(_ line: String) { StandardOutput.write(Data("\(line)\n".utf8)) }

    /// Whatever Kafka's tool would not print stays off standard output.
    static func complain(_ text: String) { StandardError.write("tidemark: \(text)\n") }

    static func name(inactive properties: [String]) {
        guard !properties.isEmpty else { return }
        complain("without effect here: \(properties.joined(separator: ", "))")
    }

    /// Makes what a tool refuses wrong usage.
    static func checkingUsage<Plan>(_ check: () throws(PeerToolError) -> Plan) throws -> Plan {
        do throws(PeerToolError) { return try check() } catch { throw ValidationError(error.description) }
    }

    /// What Ctrl-C ends has no other error.
    static func stoppable<Outcome>(_ run: () throws -> Outcome) throws -> Outcome {
        do {
            return try run()
        } catch let error as PeerToolError {
            if let code = StopSignal.exitCode { throw ExitCode(code) }
            complain("\(error)")
            if case .refused = error { throw ExitCode(64) }
            throw ExitStatus.toolError
        }
    }
}
