// A produce request where it lies in its frame: what a broker reads, without a copy or an allocation.
internal import Bytes

/// Walks a produce request. The frame must outlive it.
///
/// `while let topic = try view.nextTopic() { while let partition = try view.nextPartition() { … } }`.
/// A copy of the view is a second, independent cursor.
package struct ProduceRequestView {
    package let version: Int16
    /// From version 3; nil for null.
    package let transactionalID: UnsafeRawBufferPointer?
    package let acks: Int16
    package let timeoutMilliseconds: Int32
    private var cursor: TopicCursor

    package var topicCount: Int { cursor.topicCount }

    /// One partition's records.
    package struct Partition {
        package let index: Int32
        /// Where the records lie in the frame, to be read and patched there; nil where the client sent null.
        package let records: Range<Int>?
    }

    /// - Parameters:
    ///   - frame: without its four bytes of length.
    ///   - bodyPosition: where the request header ends.
    ///   - version: 0-9.
    package init(frame: UnsafeRawBufferPointer, bodyPosition: Int, version: Int16) throws(WireError) {
        guard APIVersions.of(.produce).isCoded(version) else {
            throw .unsupportedVersion(apiKey: APIKey.produce.rawValue, version: version)
        }
        self.version = version
        var fields = FieldReader(
            ByteReader(frame, from: bodyPosition), version: version, isFlexible: APIKey.produce.isFlexible(version))
        transactionalID = version >= 3 ? try fields.nullableStringBytes() : nil
        acks = try fields.int16()
        timeoutMilliseconds = try fields.int32()
        cursor = try TopicCursor(
            fields, topicMinimumSize: ProduceRequest.Topic.minimumSize,
            partitionMinimumSize: ProduceRequest.Partition.minimumSize)
    }

    /// Walks a copy to the very end, so that a torn frame is refused before anything of it is appended.
    ///
    /// - Returns: the number of partitions.
    package func check() throws(WireError) -> Int {
        var walk = self
        var partitions = 0
        while try walk.nextTopic() != nil {
            while try walk.nextPartition() != nil { partitions += 1 }
        }
        try walk.cursor.fields.skipTags()
        return partitions
    }

    /// The next topic, passing over what is unread of the one before; nil behind the last.
    package mutating func nextTopic() throws(WireError) -> TopicSlice? {
        while try nextPartition() != nil {}
        return try cursor.nextTopic()
    }

    /// The next partition of the current topic; nil behind its last.
    package mutating func nextPartition() throws(WireError) -> Partition? {
        guard cursor.hasPartition else { return nil }
        let partition = Partition(index: try cursor.fields.int32(), records: try cursor.fields.recordsRange())
        try cursor.endPartition()
        return partition
    }
}
