// Streams a produce response: counts first, then each partition, whose outcome may be filled in later.
package import Bytes
package import Vocabulary

/// Writes a produce response's body. Announced counts are held to by preconditions.
package struct ProduceResponseWriter {
    private let version: Int16
    private let isFlexible: Bool
    private var countdown: TopicCountdown

    /// - Parameter version: 0-9.
    package init(into writer: inout ByteWriter, version: Int16, topicCount: Int) {
        precondition(APIVersions.of(.produce).isCoded(version), "Produce has no version \(version)")
        self.version = version
        isFlexible = APIKey.produce.isFlexible(version)
        countdown = TopicCountdown(topicCount: topicCount)
        writer.arrayCount(topicCount, isFlexible: isFlexible)
    }

    package mutating func topic(_ name: UnsafeRawBufferPointer, partitionCount: Int, into writer: inout ByteWriter) {
        countdown.topic(name, partitionCount: partitionCount, isFlexible: isFlexible, into: &writer)
    }

    /// - Returns: the partition's slot, with which `patch` replaces the outcome once it is known.
    @discardableResult
    package mutating func partition(
        index: Int32, errorCode: ErrorCode = .none, baseOffset: Offset = -1, logAppendTimeMilliseconds: Int64 = -1,
        logStartOffset: Offset = -1, errorMessage: String? = nil, into writer: inout ByteWriter
    ) -> Int {
        countdown.checkPartition()
        writer.int32(index)
        let slot = writer.count
        writer.errorCode(errorCode)
        writer.int64(baseOffset)
        if version >= 2 { writer.int64(logAppendTimeMilliseconds) }
        if version >= 5 { writer.int64(logStartOffset) }
        if version >= 8 {
            writer.arrayCount(0, isFlexible: isFlexible)
            writer.nullableString(errorMessage, isFlexible: isFlexible)
        }
        countdown.endPartition(isFlexible: isFlexible, into: &writer)
        return slot
    }

    /// Replaces the outcome of a partition that has been written. Its message stays.
    package static func patch(
        _ slot: Int, errorCode: ErrorCode, baseOffset: Offset, logAppendTimeMilliseconds: Int64 = -1,
        logStartOffset: Offset, version: Int16, in writer: inout ByteWriter
    ) {
        writer.patch(errorCode.rawValue, at: slot)
        writer.patch(baseOffset, at: slot + 2)
        if version >= 2 { writer.patch(logAppendTimeMilliseconds, at: slot + 10) }
        if version >= 5 { writer.patch(logStartOffset, at: slot + 18) }
    }

    package mutating func finish(throttleMilliseconds: Int32 = 0, into writer: inout ByteWriter) {
        countdown.checkFinished()
        if version >= 1 { writer.int32(throttleMilliseconds) }
        writer.noTags(isFlexible: isFlexible)
    }
}
