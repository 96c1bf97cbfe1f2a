package import Records
package import Vocabulary

/// How a consumer fetches.
package struct ConsumerConfiguration: Sendable {
    /// The broker waits so long for `minBytes`.
    package var maxWaitMilliseconds: Int32 = 500
    package var minBytes: Int32 = 1
    /// Of a whole answer. The first batch comes whole even when it is larger.
    package var maxBytes: Int32 = 1 << 20
    /// Of one partition in an answer.
    package var partitionMaxBytes: Int32 = 1 << 20
    /// Fetches on the way at once, on one connection, each for partitions of its own.
    package var pipelineDepth = 1
    /// Each fetch begins with another partition than the one before: where answers have room for one of them only, all get their turn.
    package var rotatesPartitions = false
    /// Pass over what was aborted, and wait for transactions that are open.
    package var isCommittedOnly = false
    /// Check each batch's CRC before it is delivered.
    package var checksBatches = true
    package var retryBackoffNanoseconds: UInt64 = 20_000_000

    package init() {}
}

/// Where a consumer begins.
package enum StartOffset: Sendable, Equatable {
    case earliest
    /// The high watermark at the time of `assign`.
    case latest
    case at(Offset)
}

/// One answered fetch: what a consumer's poll returns.
package struct FetchOutcome: Sendable {
    package let batches: Int
    /// Of whole batches.
    package let bytes: Int
    package let requestedAt: UInt64
    package let receivedAt: UInt64
}

/// Who gets the batches, on the loop's thread.
package protocol FetchHandler: AnyObject {
    /// One whole batch, in the order of its partition; its memory is valid during the call. It may begin below
    /// `position`, where the fetch did: records before that were delivered already.
    func fetched(_ batch: BatchView, partition: Int32, position: Offset, at receivedAt: UInt64)
    /// A batch that failed its check; the consumer goes on behind it.
    func corrupt(_ batch: BatchView, _ error: RecordError, partition: Int32)
    /// A partition's part of an answer, after its batches: where the next fetch begins, and where readers end.
    func advanced(_ partition: Int32, position: Offset, highWatermark: Offset)
    /// Every answer, after its batches.
    func fetchEnded(_ outcome: FetchOutcome)
    /// An error; with a partition where it is that partition's. The consumer retries what can be retried.
    func failed(_ error: ClientError, partition: Int32?)
}

extension FetchHandler {
    package func advanced(_ partition: Int32, position: Offset, highWatermark: Offset) {}
}

/// Exact counts since a consumer began.
package struct ConsumerCounters: Sendable, Equatable {
    package var records: UInt64 = 0
    package var batches: UInt64 = 0
    /// Of whole batches, headers included.
    package var bytes: UInt64 = 0
    package var answers: UInt64 = 0
    package var emptyAnswers: UInt64 = 0
    package var corruptBatches: UInt64 = 0
    package var lostConnections: UInt64 = 0
    /// To find leaders again, and to keep a silent connection.
    package var metadataRequests: UInt64 = 0
    package var errors: [String: UInt64] = [:]

    mutating func count(_ error: String) { errors[error, default: 0] += 1 }
}
