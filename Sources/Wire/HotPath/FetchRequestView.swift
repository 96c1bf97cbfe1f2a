// A fetch request where it lies in its frame.
internal import Bytes
package import Vocabulary

/// Walks a fetch request, as `ProduceRequestView` does. The frame must outlive it.
package struct FetchRequestView {
    package let version: Int16
    /// -1 for a consumer.
    package let replicaID: Int32
    package let maxWaitMilliseconds: Int32
    package let minBytes: Int32
    package let maxBytes: Int32
    package let isolationLevel: Int8
    /// 0 and -1 before version 7.
    package let sessionID: Int32
    package let sessionEpoch: Int32
    private var cursor: TopicCursor

    package var topicCount: Int { cursor.topicCount }

    /// What is asked of one partition. -1 stands for what the version does not carry.
    package struct Partition {
        package let index: Int32
        package let currentLeaderEpoch: LeaderEpoch
        package let fetchOffset: Offset
        package let lastFetchedEpoch: LeaderEpoch
        package let logStartOffset: Offset
        package let maxBytes: Int32
    }

    /// - Parameters: as for `ProduceRequestView`, version 4-12.
    package init(frame: UnsafeRawBufferPointer, bodyPosition: Int, version: Int16) throws(WireError) {
        guard APIVersions.of(.fetch).isCoded(version) else {
            throw .unsupportedVersion(apiKey: APIKey.fetch.rawValue, version: version)
        }
        self.version = version
        var fields = FieldReader(
            ByteReader(frame, from: bodyPosition), version: version, isFlexible: APIKey.fetch.isFlexible(version))
        replicaID = try fields.int32()
        maxWaitMilliseconds = try fields.int32()
        minBytes = try fields.int32()
        maxBytes = try fields.int32()
        isolationLevel = try fields.int8()
        sessionID = version >= 7 ? try fields.int32() : 0
        sessionEpoch = version >= 7 ? try fields.int32() : -1
        cursor = try TopicCursor(
            fields, topicMinimumSize: FetchRequest.Topic.minimumSize,
            partitionMinimumSize: FetchRequest.Partition.minimumSize)
    }

    /// Walks a copy to the very end, over the forgotten topics and the rack too.
    ///
    /// - Returns: the number of partitions.
    package func check() throws(WireError) -> Int {
        var walk = self
        var partitions = 0
        while try walk.nextTopic() != nil {
            while try walk.nextPartition() != nil { partitions += 1 }
        }
        var fields = walk.cursor.fields
        if version >= 7 {
            for _ in 0..<(try fields.arrayCount(minimumSize: FetchRequest.ForgottenTopic.minimumSize)) {
                _ = try fields.stringBytes()
                try fields.skip(4 * (try fields.arrayCount(minimumSize: 4)))
                try fields.skipTags()
            }
        }
        if version >= 11 { _ = try fields.stringBytes() }
        try fields.skipTags()
        return partitions
    }

    /// Whether the request has nothing to do with a session.
    package var isSessionless: Bool { sessionID == 0 && sessionEpoch == -1 }

    /// Shows every partition that leaves the session. What is left unread of the topics is passed over.
    package mutating func forgotten(_ body: (_ topic: UnsafeRawBufferPointer, _ partition: Int32) -> Void) throws(WireError) {
        while try nextTopic() != nil {}
        guard version >= 7 else { return }
        for _ in 0..<(try cursor.fields.arrayCount(minimumSize: FetchRequest.ForgottenTopic.minimumSize)) {
            let topic = try cursor.fields.stringBytes()
            for _ in 0..<(try cursor.fields.arrayCount(minimumSize: 4)) { body(topic, try cursor.fields.int32()) }
            try cursor.fields.skipTags()
        }
    }

    /// The next topic, passing over what is unread of the one before; nil behind the last.
    package mutating func nextTopic() throws(WireError) -> TopicSlice? {
        while try nextPartition() != nil {}
        return try cursor.nextTopic()
    }

    /// The next partition of the current topic; nil behind its last.
    package mutating func nextPartition() throws(WireError) -> Partition? {
        guard cursor.hasPartition else { return nil }
        let partition = Partition(
            index: try cursor.fields.int32(),
            currentLeaderEpoch: version >= 9 ? try cursor.fields.int32() : -1,
            fetchOffset: try cursor.fields.int64(),
            lastFetchedEpoch: version >= 12 ? try cursor.fields.int32() : -1,
            logStartOffset: version >= 5 ? try cursor.fields.int64() : -1,
            maxBytes: try cursor.fields.int32())
        try cursor.endPartition()
        return partition
    }
}
