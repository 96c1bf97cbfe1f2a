// A produce response where it lies in its frame: what a producer reads.
internal import Bytes
package import Vocabulary

/// Walks a produce response. The frame must outlive it.
package struct ProduceResponseView {
    package let version: Int16
    private var cursor: TopicCursor

    package var topicCount: Int { cursor.topicCount }

    /// The outcome for one partition. -1 stands for what the version does not carry.
    package struct Partition {
        package let index: Int32
        package let errorCode: ErrorCode
        package let baseOffset: Offset
        package let logAppendTimeMilliseconds: Int64
        package let logStartOffset: Offset
        /// Not checked to be UTF-8. Points into the frame.
        package let errorMessage: UnsafeRawBufferPointer?
    }

    /// - Parameters:
    ///   - frame: without its four bytes of length.
    ///   - bodyPosition: where the response header ends.
    ///   - version: that of the request, 0-9.
    package init(frame: UnsafeRawBufferPointer, bodyPosition: Int, version: Int16) throws(WireError) {
        guard APIVersions.of(.produce).isCoded(version) else {
            throw .unsupportedVersion(apiKey: APIKey.produce.rawValue, version: version)
        }
        self.version = version
        let fields = FieldReader(
            ByteReader(frame, from: bodyPosition), version: version, isFlexible: APIKey.produce.isFlexible(version))
        cursor = try TopicCursor(
            fields, topicMinimumSize: ProduceResponse.Topic.minimumSize,
            partitionMinimumSize: ProduceResponse.Partition.minimumSize)
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
        let baseOffset = try cursor.fields.int64()
        let logAppendTime = version >= 2 ? try cursor.fields.int64() : -1
        let logStartOffset = version >= 5 ? try cursor.fields.int64() : -1
        let message = version >= 8 ? try readErrors() : nil
        try cursor.endPartition()
        return Partition(
            index: index, errorCode: errorCode, baseOffset: baseOffset, logAppendTimeMilliseconds: logAppendTime,
            logStartOffset: logStartOffset, errorMessage: message)
    }

    /// Reads over the errors of single records, to the message for all.
    private mutating func readErrors() throws(WireError) -> UnsafeRawBufferPointer? {
        for _ in 0..<(try cursor.fields.arrayCount(minimumSize: ProduceResponse.RecordError.minimumSize)) {
            _ = try cursor.fields.int32()
            _ = try cursor.fields.nullableStringBytes()
            try cursor.fields.skipTags()
        }
        return try cursor.fields.nullableStringBytes()
    }

    /// What follows the topics, which it passes over if they are unread.
    ///
    /// - Returns: the milliseconds for which the broker asks the client to keep still.
    package mutating func finish() throws(WireError) -> Int32 {
        while try nextTopic() != nil {}
        let throttle = version >= 1 ? try cursor.fields.int32() : 0
        try cursor.fields.skipTags()
        return throttle
    }
}
