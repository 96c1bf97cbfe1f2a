// Streams a fetch response around records that are file data and never pass through the writer.
package import Bytes
package import Vocabulary

/// Writes a fetch response's body but for the records.
///
/// On the wire go the writer's bytes up to the first partition's cut, that partition's file data, the
/// writer's bytes up to the next cut, and so on. `externalBytes` is the sum for `Frame.end`.
package struct FetchResponseWriter {
    private let version: Int16
    private let isFlexible: Bool
    private let isReadCommitted: Bool
    private var countdown: TopicCountdown
    /// Bytes of file data announced so far.
    package private(set) var externalBytes = 0

    /// - Parameters:
    ///   - version: 4-12.
    ///   - isolationLevel: that of the request. Readers of committed records get a list of aborted
    ///     transactions, all others null, as Kafka answers.
    package init(
        into writer: inout ByteWriter, version: Int16, throttleMilliseconds: Int32 = 0,
        errorCode: ErrorCode = .none, sessionID: Int32 = 0, isolationLevel: Int8 = 0, topicCount: Int
    ) {
        precondition(APIVersions.of(.fetch).isCoded(version), "Fetch has no version \(version)")
        self.version = version
        isFlexible = APIKey.fetch.isFlexible(version)
        isReadCommitted = isolationLevel == 1
        countdown = TopicCountdown(topicCount: topicCount)
        writer.int32(throttleMilliseconds)
        if version >= 7 {
            writer.errorCode(errorCode)
            writer.int32(sessionID)
        }
        writer.arrayCount(topicCount, isFlexible: isFlexible)
    }

    package mutating func topic(_ name: UnsafeRawBufferPointer, partitionCount: Int, into writer: inout ByteWriter) {
        countdown.topic(name, partitionCount: partitionCount, isFlexible: isFlexible, into: &writer)
    }

    /// - Parameters:
    ///   - abortedTransactions: those that a reader of committed records has to pass over in the records.
    ///   - divergingEpoch: from version 12, where the log parts from the fetcher's.
    ///   - recordsCount: bytes of file data that follow; 0 where there are none.
    /// - Returns: the cut: the position in `writer` before which the writer's bytes go first, then the file data.
    @discardableResult
    package mutating func partition(
        index: Int32, errorCode: ErrorCode = .none, highWatermark: Offset, lastStableOffset: Offset,
        logStartOffset: Offset, abortedTransactions: [FetchResponse.AbortedTransaction] = [],
        divergingEpoch: FetchResponse.EpochEndOffset? = nil, recordsCount: Int, into writer: inout ByteWriter
    ) -> Int {
        countdown.checkPartition()
        writer.int32(index)
        writer.errorCode(errorCode)
        writer.int64(highWatermark)
        writer.int64(lastStableOffset)
        if version >= 5 { writer.int64(logStartOffset) }
        writer.arrayCount(isReadCommitted ? abortedTransactions.count : nil, isFlexible: isFlexible)
        if isReadCommitted { for transaction in abortedTransactions { write(transaction, into: &writer) } }
        if version >= 11 { writer.int32(-1) }
        writer.arrayCount(recordsCount, isFlexible: isFlexible)
        let cut = writer.count
        externalBytes += recordsCount
        if let divergingEpoch, isFlexible {
            write(divergingEpoch, into: &writer)
            countdown.endTaggedPartition(into: &writer)
        } else {
            countdown.endPartition(isFlexible: isFlexible, into: &writer)
        }
        return cut
    }

    private func write(_ transaction: FetchResponse.AbortedTransaction, into writer: inout ByteWriter) {
        writer.int64(transaction.producerID)
        writer.int64(transaction.firstOffset)
        writer.noTags(isFlexible: isFlexible)
    }

    /// The partition's one tag: its number, its size, two integers and no tags of its own.
    private func write(_ end: FetchResponse.EpochEndOffset, into writer: inout ByteWriter) {
        writer.unsignedVarint(1)
        writer.unsignedVarint(0)
        writer.unsignedVarint(UInt32(FetchResponse.EpochEndOffset.minimumSize + 1))
        writer.int32(end.epoch)
        writer.int64(end.endOffset)
        writer.noTags(isFlexible: true)
    }

    package mutating func finish(into writer: inout ByteWriter) {
        countdown.checkFinished()
        writer.noTags(isFlexible: isFlexible)
    }
}
