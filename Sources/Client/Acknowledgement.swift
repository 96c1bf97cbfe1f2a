package import Vocabulary
package import Wire

/// Why a batch was not acknowledged.
package enum ProduceFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The broker said so, and it was the last attempt or no attempt could help.
    case broker(ErrorCode)
    /// The connection went with the request in flight. Whether the broker appended it is not known.
    case connectionLost
    /// The delivery timeout passed.
    case timedOut
    /// An earlier batch of the same idempotent partition failed for good, so this one's sequence can never be next.
    case abandoned

    package var description: String {
        switch self {
        case .broker(let code): code.name
        case .connectionLost: "CONNECTION_LOST"
        case .timedOut: "DELIVERY_TIMED_OUT"
        case .abandoned: "ABANDONED"
        }
    }
}

/// The end of one batch: acknowledged, aborted with its transaction, or failed for good. Times are CLOCK_MONOTONIC nanoseconds.
package struct Acknowledgement {
    package let partition: Int32
    /// Where the first record lies; nil with acks 0, for a duplicate whose offset is forgotten, and for failures.
    package let baseOffset: Offset?
    /// Stamp sequences are `firstSequence ..< firstSequence + recordCount`.
    package let firstSequence: UInt64
    package let recordCount: Int
    /// Of the whole batch, header included.
    package let batchBytes: Int
    /// The same before its records were compressed.
    package let uncompressedBytes: Int
    /// Intended send time of the first record.
    package let firstIntended: UInt64
    /// When the first record was handed to the producer.
    package let handedToClient: UInt64
    /// When the first byte of the (last) request went to the socket; 0 if it never did.
    package let handedToSocket: UInt64
    /// When the leader's answer came.
    package let answeredAt: UInt64
    /// The same; of a transaction, when that had ended.
    package let acknowledgedAt: UInt64
    /// Each record's intended time where the configuration keeps them, else empty. Valid during the call.
    package let intended: UnsafeBufferPointer<UInt64>
    /// Bytes of each record's value where they differ, else empty. Valid during the call.
    package let valueSizes: UnsafeBufferPointer<UInt32>
    /// nil: acknowledged, or aborted.
    package let failure: ProduceFailure?
    /// Whether its transaction was aborted: it lies in the log, and no reader of committed records gets it.
    package let isAborted: Bool
    /// Times it was sent.
    package let attempts: Int
    /// True for the first batch of an answered request: count these to count requests.
    package let startsRequest: Bool
}

/// Who hears of every batch, once, on the loop's thread.
package protocol AcknowledgementHandler: AnyObject {
    func acknowledged(_ acknowledgement: Acknowledgement)
    /// After its batches.
    func transactionEnded(_ transaction: EndedTransaction)
}

extension AcknowledgementHandler {
    package func transactionEnded(_ transaction: EndedTransaction) {}
}

/// Exact counts since a producer began.
package struct ProducerCounters: Sendable, Equatable {
    package var handedRecords: UInt64 = 0
    package var acknowledgedRecords: UInt64 = 0
    package var acknowledgedBatches: UInt64 = 0
    /// Of whole batches, headers included.
    package var acknowledgedBytes: UInt64 = 0
    package var acknowledgedRequests: UInt64 = 0
    package var failedRecords: UInt64 = 0
    /// Of transactions that were aborted.
    package var abortedRecords: UInt64 = 0
    package var sentRequests: UInt64 = 0
    /// Batches sent again.
    package var retriedBatches: UInt64 = 0
    package var lostConnections: UInt64 = 0
    /// Every error, by name, those that a retry then healed included.
    package var errors: [String: UInt64] = [:]

    mutating func count(_ error: String) { errors[error, default: 0] += 1 }
}
