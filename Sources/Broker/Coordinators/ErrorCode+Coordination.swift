// Coordinators' refusals as the wire numbers them, and what the log's refusals mean to coordinators.
internal import Coordination
internal import Wire

extension ErrorCode {
    /// Nil is no error.
    init(_ error: CoordinationError?) { self = error.map { ErrorCode(rawValue: $0.rawValue) } ?? .none }
}

extension CoordinationError {
    /// What a coordinator's client is told when the record of its request did not get into the log; nil when it did.
    ///
    /// - Parameter isCommit: the record is a consumer's offsets, whose size is its own doing.
    init?(append error: ErrorCode, isCommit: Bool) {
        switch error {
        case .none: return nil
        case .messageTooLarge, .recordListTooLarge: self = isCommit ? .invalidCommitOffsetSize : .unknownServerError
        case .invalidProducerEpoch: self = .invalidProducerEpoch
        // The client looks for the coordinator again, and finds this one when it can write.
        default: self = .coordinatorNotAvailable
        }
    }
}
