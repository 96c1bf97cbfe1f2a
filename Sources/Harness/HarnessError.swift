// What can go wrong around a run, said for people.
package import Host

/// A run that could not be made, and why. A run that was made but spoiled is a verdict, not an error.
package enum HarnessError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Ctrl-C, SIGTERM or SIGHUP arrived.
    case interrupted(signal: Int32)
    /// A program of ours is not beside this one.
    case missingProgram(name: String, searched: [String])
    /// A child ended although it was needed.
    case childEnded(name: String, exitCode: Int32, lastLines: String)
    /// A child did not do something in time.
    case childTimedOut(name: String, waitingFor: String, seconds: Double, lastLines: String)
    /// The disk would be filled too far.
    case notEnoughDisk(needed: Int64, free: Int64, directory: String, entries: String)
    /// The plan asks for what this machine or this kind of run cannot give.
    case impossible(String)
    case system(SystemError)

    package var description: String {
        switch self {
        case .interrupted(let signal): "interrupted by signal \(signal); what was measured so far is kept and marked incomplete"
        case .missingProgram(let name, let searched):
            "‘\(name)’ is not where it should be (\(searched.joined(separator: ", "))); build it with: swift build -c release --product \(name)"
        case .childEnded(let name, let code, let lines):
            "\(name) ended with exit code \(code) while it was needed\(Self.quoted(lines))"
        case .childTimedOut(let name, let awaited, let seconds, let lines):
            "\(name) gave no \(awaited) within \(fixed(seconds, 0)) s\(Self.quoted(lines))"
        case .notEnoughDisk(let needed, let free, let directory, let entries):
            """
            this run may write \(decimalBytes(needed)) to \(directory), more than half of the \(decimalBytes(free)) free there: \
            refused. Choose a larger disk with --data-dir, or a shorter profile with --set.\n\(entries)
            """
        case .impossible(let text): text
        case .system(let error): error.description
        }
    }

    /// Whether it says what this machine cannot give, and not that something of ours broke.
    package var isOfMachine: Bool {
        switch self {
        case .notEnoughDisk, .impossible: true
        case .interrupted, .missingProgram, .childEnded, .childTimedOut, .system: false
        }
    }

    private static func quoted(_ lines: String) -> String {
        lines.isEmpty ? "" : "; its last lines:\n" + lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    }
}
