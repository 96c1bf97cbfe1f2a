package import Host

/// Why a connection ended.
package enum CloseReason: Error, Equatable, Sendable {
    /// `close` or `closeWhenDrained` was called.
    case local
    /// The peer closed or reset it.
    case peer
    /// A system call failed, also the outgoing connect.
    case system(SystemError)
    /// A frame announced a length below zero or above the limit.
    case frameLength(Int, limit: Int)
    /// Small incomplete frames of all connections have used the memory budget up.
    case outOfMemoryBudget(wanted: Int, limit: Int)
    /// A file ended before its range did.
    case fileEnded(at: Int64, missing: Int)
}
