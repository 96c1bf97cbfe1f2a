// Why a probe could not be made, or not be laid beside a run.

package enum ProbeError: Error, Equatable, Sendable, CustomStringConvertible {
    case noProcess(pid: Int32)
    /// The file to write is there already.
    case exists(path: String)
    case system(call: String, path: String, reason: String)
    case noProbe(path: String, reason: String)
    case otherVersion(path: String, found: String)
    case damaged(path: String, line: Int, reason: String)
    /// The two hosts' clocks cannot be compared, or not well enough.
    case clocks(String)
    /// The readings do not cover a phase.
    case notCovered(phase: String, reason: String)
    case nothingToJoin(String)

    package var description: String {
        switch self {
        case .noProcess(let pid): "there is no process \(pid) that may be read here"
        case .exists(let path): "\(path) is there already, and a probe never writes over one: choose another name"
        case .system(let call, let path, let reason): "\(call) \(path): \(reason)"
        case .noProbe(let path, let reason): "\(path) is no probe's file: \(reason)"
        case .otherVersion(let path, let found):
            "\(path) is of schema `\(found)`; this program reads `\(ProbeHeader.schemaName) \(ProbeHeader.schemaVersion)`"
        case .damaged(let path, let line, let reason): "\(path), line \(line): \(reason)"
        case .clocks(let reason): reason
        case .notCovered(let phase, let reason): "the probe does not cover the phase ‘\(phase)’: \(reason)"
        case .nothingToJoin(let reason): reason
        }
    }
}
