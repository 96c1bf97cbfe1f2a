// A fetch response where it lies in its frame: what a consumer reads.
internal import Bytes
package import Vocabulary

/// Walks a fetch response. The frame must outlive it.
package struct FetchResponseView {
    package let version: Int16
    package let throttleMilliseconds: Int32
    package let errorCode: ErrorCode
    package let sessionID: Int32
    private var cursor: TopicCursor

    package var topicCount: Int { cursor.topicCount }

    /// One partition's answer. -1 stands for what the version does not carry.
    package struct Partition {
        package let index: Int32
        package let errorCode: ErrorCode
        package let highWatermark: Offset
        package let lastStableOffset: Offset
        package let logStartOffset: Offset
        package let preferredReadReplica: Int32
        /// Of a fetch of committed records; empty for others.
        package let abortedTransactions: [FetchResponse.AbortedTransaction]
        /// Where the batches lie in the frame; empty for null. The last batch may be cut short.
        package let records: Range<Int>
    }

    /// - Parameters: as for `ProduceResponseView`, version 4-12.
    package init(frame: UnsafeRawBufferPointer, bodyPosition: Int, version: Int16) throws(WireError) {
        guard APIVersions.of(.fetch).isCoded(version) else {
            throw .unsupportedVersion(apiKey: APIKey.fetch.rawValue, version: version)
        }
        self.version = version
        var fields = FieldReader(
            ByteReader(frame, from: bodyPosition), version: version, isFlexible: APIKey.fetch.isFlexible(version))
        throttleMilliseconds = try fields.int32()
        errorCode = version >= 7 ? try fields.errorCode() : .none
        sessionID = version >= 7 ? try fields.int32() : 0
        cursor = try TopicCursor(
            fields, topicMinimumSize: FetchResponse.Topic.minimumSize,
            partitionMinimumSize: FetchResponse.Partition.minimumSize)
    }

    /// The next topic, passing over what is unread of the one before; nil behind the last.
    package mutating func nextTopic() throws(WireError) -> TopicSlice? {
        while try nextPartition() != nil {}
        return try cursor.nextTopic()
    }

    /// The next partition of the current topic; nil behind its last.
    package mutating func nextPartition() throws(WireError) -> Partition? {
        guard cursor.hasPartition else { return nil }
        let index = try cursor.fields.int32()
        let errorCode = try cursor.fields.errorCode()
        let highWatermark = try cursor.fields.int64()
        let lastStableOffset = try cursor.fields.int64()
        let logStartOffset = version >= 5 ? try cursor.fields.int64() : -1
        let aborted = try abortedTransactions()
        let preferredReadReplica = version >= 11 ? try cursor.fields.int32() : -1
        let records = try cursor.fields.recordsRange() ?? cursor.fields.position..<cursor.fields.position
        try cursor.endPartition()
        return Partition(
            index: index, errorCode: errorCode, highWatermark: highWatermark, lastStableOffset: lastStableOffset,
            logStartOffset: logStartOffset, preferredReadReplica: preferredReadReplica, abortedTransactions: aborted, records: records)
    }

    /// Allocates where there are any, and only there.
    private mutating func abortedTransactions() throws(WireError) -> [FetchResponse.AbortedTransaction] {
        guard let count = try cursor.fields.nullableArrayCount(minimumSize: FetchResponse.AbortedTransaction.minimumSize), count > 0 else { return [] }
        var transactions: [FetchResponse.AbortedTransaction] = []
        transactions.reserveCapacity(count)
        for _ in 0..<count { transactions.append(try FetchResponse.AbortedTransaction(from: &cursor.fields)) }
        return transactions
    }

    /// What follows the topics, which it passes over if they are unread.
    package mutating func finish() throws(WireError) {
        while try nextTopic() != nil {}
        try cursor.fields.skipTags()
    }
}
