// What a comparison that did not come to its table ends with: closed, never 0.
internal import ArgumentParser
internal import Foundation
internal import Gate
internal import Harness
internal import Host
internal import Results

enum ComparisonEnding {
    /// - Throws: exit code 5: a missing profile is a missing measurement.
    static func requireProfile(_ path: String) throws {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw ComparisonError.invalid(side: nil, group: nil, reason: "there is no profile ‘\(path)’")
        }
    }

    /// Runs `body`; says what it throws and turns that into the exit code that it stands for.
    ///
    /// - Parameter failed: told why, unless a report was made.
    static func guarding(
        _ progress: ProgressLine, failed: ((reason: String, code: Int32)) -> Void = { _ in }, _ body: () throws -> Void
    ) throws {
        do { try body() } catch let code as ExitCode {
            throw code
        } catch {
            progress.clear()
            let code = exitCode(for: error)
            failed((reason: "\(error)", code: code.rawValue))
            StandardError.write("tidemark: \(error)\nRESULT \(word(code))   exit \(code.rawValue)\n")
            throw code
        }
    }

    static func exitCode(for error: any Error) -> ExitCode {
        switch error {
        // A revision that cannot be had is a side that is missing.
        case ComparisonError.invalid, ComparisonError.build: ExitStatus.invalidRun
        case ComparisonError.notComparable: ExitStatus.notComparable
        case HarnessError.interrupted: ExitStatus.invalidRun
        case is GateFault, is ResultError: ExitStatus.invalidRun
        case let error as HistoryError: ExitCode(error.exitCode)
        case is ProfileError: ExitCode(64)
        default: ExitStatus.toolError
        }
    }

    private static func word(_ code: ExitCode) -> String {
        switch code {
        case ExitStatus.invalidRun: GateOutcome.invalid.word
        case ExitStatus.notComparable: GateOutcome.notComparable.word
        case ExitStatus.toolError: "tool error"
        default: "wrong usage"
        }
    }
}
