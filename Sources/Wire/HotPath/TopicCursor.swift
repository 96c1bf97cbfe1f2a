// The walk that produce and fetch bodies share: topics by name, each with its partitions, tags after both.
internal import Bytes

/// A topic where it lies in a frame.
package struct TopicSlice {
    /// Not checked to be UTF-8: it is looked up or sent back, never shown. Points into the frame.
    package let name: UnsafeRawBufferPointer
    package let partitionCount: Int
}

/// Walks topics and partitions in order. Whoever owns it reads the partition's own fields.
struct TopicCursor {
    var fields: FieldReader
    private let partitionMinimumSize: Int
    private var topicsLeft: Int
    private var partitionsLeft = 0
    let topicCount: Int

    /// - Parameter fields: at the array of topics.
    init(_ fields: FieldReader, topicMinimumSize: Int, partitionMinimumSize: Int) throws(WireError) {
        self.fields = fields
        self.partitionMinimumSize = partitionMinimumSize
        topicCount = try self.fields.arrayCount(minimumSize: topicMinimumSize)
        topicsLeft = topicCount
    }

    /// Whether partitions of the current topic are left to read.
    var hasPartition: Bool { partitionsLeft > 0 }

    /// The next topic; nil behind the last. Every partition of the one before must have been read.
    mutating func nextTopic() throws(WireError) -> TopicSlice? {
        guard topicsLeft > 0 else { return nil }
        topicsLeft &-= 1
        let name = try fields.stringBytes()
        partitionsLeft = try fields.arrayCount(minimumSize: partitionMinimumSize)
        if partitionsLeft == 0 { try fields.skipTags() }
        return TopicSlice(name: name, partitionCount: partitionsLeft)
    }

    /// Ends the partition just read: its tags, and the topic's behind the last.
    mutating func endPartition() throws(WireError) {
        try fields.skipTags()
        partitionsLeft &-= 1
        if partitionsLeft == 0 { try fields.skipTags() }
    }
}

/// Counts down what a streaming writer has announced, so that tags fall where they belong.
struct TopicCountdown {
    private var topicsLeft: Int
    private var partitionsLeft = 0

    init(topicCount: Int) {
        precondition(topicCount >= 0, "\(topicCount) topics")
        topicsLeft = topicCount
    }

    /// Writes a topic's name and count.
    mutating func topic(
        _ name: UnsafeRawBufferPointer, partitionCount: Int, isFlexible: Bool, into writer: inout ByteWriter
    ) {
        precondition(partitionsLeft == 0, "the topic before still lacks \(partitionsLeft) partitions")
        precondition(topicsLeft > 0, "more topics than were announced")
        topicsLeft &-= 1
        partitionsLeft = partitionCount
        writer.string(name, isFlexible: isFlexible)
        writer.arrayCount(partitionCount, isFlexible: isFlexible)
        if partitionCount == 0 { writer.noTags(isFlexible: isFlexible) }
    }

    /// Checks that a partition may be written now.
    func checkPartition() {
        precondition(partitionsLeft > 0, "more partitions than were announced")
    }

    /// Writes the tags that end a partition, and the topic's behind the last.
    mutating func endPartition(isFlexible: Bool, into writer: inout ByteWriter) {
        writer.noTags(isFlexible: isFlexible)
        partitionsLeft &-= 1
        if partitionsLeft == 0 { writer.noTags(isFlexible: isFlexible) }
    }

    /// The same for a partition of a flexible version whose tags are written.
    mutating func endTaggedPartition(into writer: inout ByteWriter) {
        partitionsLeft &-= 1
        if partitionsLeft == 0 { writer.noTags(isFlexible: true) }
    }

    func checkFinished() {
        precondition(topicsLeft == 0 && partitionsLeft == 0, "\(topicsLeft) topics and \(partitionsLeft) partitions are missing")
    }
}
