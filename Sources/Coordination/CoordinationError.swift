// Why a coordinator refuses, by the protocol's numbers. An absent error is nil, which the wire writes as 0.

/// The error codes of the protocol that coordinators answer; `rawValue` is the number on the wire.
package enum CoordinationError: Int16, Error, Hashable, Sendable {
    case unknownServerError = -1
    case offsetMetadataTooLarge = 12
    case coordinatorLoadInProgress = 14
    case coordinatorNotAvailable = 15
    case illegalGeneration = 22
    case inconsistentGroupProtocol = 23
    case invalidGroupID = 24
    case unknownMemberID = 25
    case invalidSessionTimeout = 26
    case rebalanceInProgress = 27
    case invalidCommitOffsetSize = 28
    case invalidRequest = 42
    case policyViolation = 44
    case invalidProducerEpoch = 47
    case invalidTransactionState = 48
    case invalidProducerIDMapping = 49
    case invalidTransactionTimeout = 50
    case concurrentTransactions = 51
    case nonEmptyGroup = 68
    case groupIDNotFound = 69
    case memberIDRequired = 79
    case groupMaxSizeReached = 81
    case fencedInstanceID = 82
    case groupSubscribedToTopic = 86
    case unstableOffsetCommit = 88
    case producerFenced = 90
    case transactionalIDNotFound = 105
}
