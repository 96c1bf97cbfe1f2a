// A shard's topics by the bytes of their names, so that a request is routed without making a String.
internal import StorageEngine
internal import Vocabulary

/// A topic as one shard sees it.
final class ShardTopic {
    let name: String
    let id: TopicID
    /// As it was at the last look. Partitions are added, settings change; name and id stay.
    fileprivate(set) var description: TopicDescription
    let hash: UInt64
    /// The coordinators' alone to write.
    let isInternal: Bool
    fileprivate let nameBytes: [UInt8]
    fileprivate var next: ShardTopic?
    /// The partitions this shard has opened, by index.
    var partitions: ContiguousArray<Partition?>

    init(_ description: TopicDescription, hash: UInt64) {
        name = description.name
        id = description.id
        isInternal = InternalTopic.named(description.name) != nil
        self.description = description
        nameBytes = Array(description.name.utf8)
        self.hash = hash
        partitions = ContiguousArray(repeating: nil, count: Int(description.partitionCount))
    }

    /// Takes up what changed since the last look.
    ///
    /// - Returns: whether anything has.
    fileprivate func take(_ current: TopicDescription) -> Bool {
        guard current != description else { return false }
        description = current
        // Topics only grow.
        let added = Int(current.partitionCount) - partitions.count
        if added > 0 { partitions.append(contentsOf: repeatElement(nil, count: added)) }
        return true
    }

    fileprivate func isNamed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        nameBytes.count == bytes.count && nameBytes.withUnsafeBytes { $0.elementsEqual(bytes) }
    }
}

/// Topics by name, with the last one found at hand.
struct TopicTable {
    private var byHash: [UInt64: ShardTopic] = [:]
    private var last: ShardTopic?
    private(set) var version: UInt64 = 0

    /// The topic called `name`, asked of the catalogue the first time.
    mutating func find(_ name: UnsafeRawBufferPointer, in storage: Storage) -> ShardTopic? {
        if let last, last.isNamed(name) { return last }
        let hash = TopicTable.hash(name)
        var topic = byHash[hash]
        while let candidate = topic, !candidate.isNamed(name) { topic = candidate.next }
        if topic == nil { topic = open(name, hash, in: storage) }
        if let topic { last = topic }
        return topic
    }

    private mutating func open(_ name: UnsafeRawBufferPointer, _ hash: UInt64, in storage: Storage) -> ShardTopic? {
        guard let text = String(validating: name, as: UTF8.self), let description = storage.topic(named: text) else { return nil }
        let topic = ShardTopic(description, hash: hash)
        topic.next = byHash[hash]
        byHash[hash] = topic
        return topic
    }

    /// Forgets topics that are deleted, or were made anew under their old name; looks at the others again.
    ///
    /// - Returns: the forgotten ones, whose waiters want an answer, and those that have grown or are kept otherwise now.
    mutating func refresh(from storage: Storage) -> (forgotten: [ShardTopic], changed: [ShardTopic]) {
        let current = storage.topicsVersion
        guard current != version else { return ([], []) }
        version = current
        var forgotten: [ShardTopic] = []
        var changed: [ShardTopic] = []
        var kept: [UInt64: ShardTopic] = [:]
        for first in byHash.values {
            var topic: ShardTopic? = first
            while let candidate = topic {
                topic = candidate.next
                if let found = storage.topic(named: candidate.name), found.id == candidate.id {
                    if candidate.take(found) { changed.append(candidate) }
                    candidate.next = kept[candidate.hash]
                    kept[candidate.hash] = candidate
                } else {
                    forgotten.append(candidate)
                }
            }
        }
        byHash = kept
        last = nil
        return (forgotten, changed)
    }

    /// FNV-1a. The same on every shard: partitions are dealt out by it.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }
}
