package import Vocabulary

/// What one pass over one log did, for logs and figures.
package struct CompactionReport: Equatable, Sendable {
    package let partition: TopicPartition
    /// Where the dirty part began before and begins now. Between them every key stands once.
    package internal(set) var firstDirtyBefore: Offset
    package internal(set) var firstDirtyAfter: Offset
    /// Bytes read from segments, once for the map and once for the copy.
    package internal(set) var bytesRead: Int64 = 0
    package internal(set) var bytesWritten: Int64 = 0
    /// Records looked at by the copy, and what became of them.
    package internal(set) var recordsRead: Int64 = 0
    package internal(set) var recordsKept: Int64 = 0
    /// Those without a key, which are dropped: the topic was not compacted when they came.
    package internal(set) var recordsKeyless: Int64 = 0
    /// Keys in the map, and the memory it took.
    package internal(set) var mapKeys = 0
    package internal(set) var mapBytes = 0
    /// Keys in the map as a share of what it may hold.
    package internal(set) var mapFill = 0.0
    /// The map was full before the dirty part ended: the rest is left for a pass to come.
    package internal(set) var isMapFull = false
    /// Segments that went, and those that came for them.
    package internal(set) var segmentsReplaced = 0
    package internal(set) var segmentsWritten = 0
    package internal(set) var bytesBefore: Int64 = 0
    package internal(set) var bytesAfter: Int64 = 0
    package internal(set) var mapNanoseconds: UInt64 = 0
    package internal(set) var copyNanoseconds: UInt64 = 0
    /// Of both, what was waited for the rate limit.
    package internal(set) var throttledNanoseconds: UInt64 = 0
    /// Why the pass ended early. What it had replaced until then stays.
    package internal(set) var failure: StorageError?

    package var seconds: Double { Double(mapNanoseconds + copyNanoseconds) / 1e9 }

    init(partition: TopicPartition, firstDirty: Offset) {
        self.partition = partition
        firstDirtyBefore = firstDirty
        firstDirtyAfter = firstDirty
    }
}

extension CompactionReport: CustomStringConvertible {
    package var description: String {
        "\(partition): compacted \(firstDirtyBefore)..<\(firstDirtyAfter), \(segmentsReplaced) segments into \(segmentsWritten), "
            + "\(recordsKept) of \(recordsRead) records, \(bytesBefore) to \(bytesAfter) bytes, "
            + "\(mapKeys) keys (map \(Int(mapFill * 100)) % full\(isMapFull ? ", more to come" : "")), "
            + "\(Int(seconds * 1000)) ms" + (failure.map { ", ended early: \($0)" } ?? "")
    }
}
