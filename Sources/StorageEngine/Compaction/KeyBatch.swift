// The keys of one batch, hashed before any of them is looked up: by the time the first one is, the memory of all of them
// is on its way. A map larger than the caches costs a quarter of what it costs key by key.
internal import Vocabulary

/// Reused from batch to batch.
final class KeyBatch {
    private struct Entry {
        var hash: KeyHash
        /// nil for a record without a key.
        var offset: Offset?
    }

    private var entries: ContiguousArray<Entry> = []

    var count: Int { entries.count }

    func removeAll() { entries.removeAll(keepingCapacity: true) }

    /// Adds a record, and starts to load where the map has its key.
    func append(_ record: RecordKey, _ hasher: KeyHasher, _ map: KeyMap) {
        guard let key = record.key else { return entries.append(Entry(hash: KeyHash(first: 0, second: 0), offset: nil)) }
        let hash = hasher.hash(key)
        map.prefetch(hash)
        entries.append(Entry(hash: hash, offset: record.offset))
    }

    /// Puts all of them into the map; false when it is full before the last.
    func put(into map: KeyMap) -> Bool {
        for entry in entries {
            if let offset = entry.offset, !map.put(entry.hash, offset) { return false }
        }
        return true
    }

    /// The newest offset of the `index`-th record's key.
    func newest(_ index: Int, in map: KeyMap) -> Offset? { map.newest(entries[index].hash) }
}
