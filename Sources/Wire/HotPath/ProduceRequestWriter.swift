// Streams a produce request around record batches that lie in the client's own buffers.
package import Bytes

/// Writes a produce request's body but for the records, with cuts as in `FetchResponseWriter`.
package struct ProduceRequestWriter {
    private let isFlexible: Bool
    private var countdown: TopicCountdown
    /// Bytes of records announced so far.
    package private(set) var externalBytes = 0

    /// - Parameter version: 0-9.
    package init(
        into writer: inout ByteWriter, version: Int16, transactionalID: String? = nil, acks: Int16,
        timeoutMilliseconds: Int32, topicCount: Int
    ) {
        precondition(APIVersions.of(.produce).isCoded(version), "Produce has no version \(version)")
        isFlexible = APIKey.produce.isFlexible(version)
        countdown = TopicCountdown(topicCount: topicCount)
        if version >= 3 { writer.nullableString(transactionalID, isFlexible: isFlexible) }
        writer.int16(acks)
        writer.int32(timeoutMilliseconds)
        writer.arrayCount(topicCount, isFlexible: isFlexible)
    }

    package mutating func topic(_ name: UnsafeRawBufferPointer, partitionCount: Int, into writer: inout ByteWriter) {
        countdown.topic(name, partitionCount: partitionCount, isFlexible: isFlexible, into: &writer)
    }

    /// - Parameter recordsCount: bytes of the record batch that follows.
    /// - Returns: the cut: the position in `writer` before which the writer's bytes go first, then the records.
    @discardableResult
    package mutating func partition(index: Int32, recordsCount: Int, into writer: inout ByteWriter) -> Int {
        countdown.checkPartition()
        writer.int32(index)
        writer.arrayCount(recordsCount, isFlexible: isFlexible)
        let cut = writer.count
        externalBytes += recordsCount
        countdown.endPartition(isFlexible: isFlexible, into: &writer)
        return cut
    }

    package mutating func finish(into writer: inout ByteWriter) {
        countdown.checkFinished()
        writer.noTags(isFlexible: isFlexible)
    }
}
