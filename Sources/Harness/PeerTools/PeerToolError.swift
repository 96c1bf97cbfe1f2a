// Why a tool that stands in for one of Kafka's can't do what it was told.

package enum PeerToolError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It can't be honoured, contradicts itself, or is no value of its kind: wrong usage.
    case refused(String)
    case unreadable(path: String, reason: String)
    /// It began, and can't go on.
    case failed(String)

    package var description: String {
        switch self {
        case .refused(let text), .failed(let text): text
        case .unreadable(let path, let reason): "\(path) can't be read: \(reason)"
        }
    }
}
