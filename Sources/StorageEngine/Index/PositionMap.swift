// A segment's offset index in memory, for segments that are read at many places: a lookup takes no system call.
//
// An entry names the last offset of a batch and where the batch starts, but not which offset the batch starts with: a
// batch without an entry may stand before it. So for each entry the map remembers whether its batch is known to follow
// the batch of the entry before. The walks over headers that find out teach it; appends tell it at once.
internal import Synchronization
internal import Vocabulary

final class PositionMap {
    private struct Place {
        /// The batch's last offset, relative to the segment's base.
        var lastOffset: Int32
        var position: Int32
    }

    /// Bytes and maps that exist in the process. Both are bounded: most logs do well without.
    private static let bytes = Atomic<Int>(0)
    private static let maps = Atomic<Int>(0)

    private var places: UnsafeMutablePointer<Place>
    private var follows: UnsafeMutablePointer<Bool>
    private var capacity: Int
    private(set) var count = 0

    private static func bytes(of capacity: Int) -> Int { capacity * (MemoryLayout<Place>.stride + 1) }

    /// A map of one batch, the segment's first. The entries of the index follow by `append`.
    ///
    /// - Returns: nil when the process has as many as it may have.
    init?(entries: Int, firstBatchLastOffset: Int32) {
        let capacity = max(16, (entries + 1) * 5 / 4)
        guard Self.reserve(Self.bytes(of: capacity)) else { return nil }
        guard Self.maps.wrappingAdd(1, ordering: .relaxed).newValue <= StorageLimits.positionMaps else {
            Self.maps.wrappingSubtract(1, ordering: .relaxed)
            Self.bytes.wrappingSubtract(Self.bytes(of: capacity), ordering: .relaxed)
            return nil
        }
        self.capacity = capacity
        places = .allocate(capacity: capacity)
        follows = .allocate(capacity: capacity)
        add(Place(lastOffset: firstBatchLastOffset, position: 0), follows: true)
    }

    deinit {
        places.deallocate()
        follows.deallocate()
        Self.bytes.wrappingSubtract(Self.bytes(of: capacity), ordering: .relaxed)
        Self.maps.wrappingSubtract(1, ordering: .relaxed)
    }

    private static func reserve(_ count: Int) -> Bool {
        if bytes.wrappingAdd(count, ordering: .relaxed).newValue <= StorageLimits.positionMapBytes { return true }
        bytes.wrappingSubtract(count, ordering: .relaxed)
        return false
    }

    /// Adds an entry behind the last.
    ///
    /// - Parameter follows: whether its batch is known to stand right behind the last entry's.
    /// - Returns: false when there is no room for it: the map is worth nothing then.
    func append(_ entry: SparseIndex.Entry, follows: Bool) -> Bool {
        if count == capacity, !grow() { return false }
        add(Place(lastOffset: Int32(truncatingIfNeeded: entry.key), position: entry.value), follows: follows)
        return true
    }

    private func add(_ place: Place, follows isNext: Bool) {
        (places + count).initialize(to: place)
        (follows + count).initialize(to: isNext)
        count &+= 1
    }

    private func grow() -> Bool {
        let larger = capacity * 2
        guard Self.reserve(Self.bytes(of: larger) - Self.bytes(of: capacity)) else { return false }
        let (newPlaces, newFollows) = (UnsafeMutablePointer<Place>.allocate(capacity: larger), UnsafeMutablePointer<Bool>.allocate(capacity: larger))
        newPlaces.moveInitialize(from: places, count: count)
        newFollows.moveInitialize(from: follows, count: count)
        places.deallocate()
        follows.deallocate()
        (places, follows, capacity) = (newPlaces, newFollows, larger)
        return true
    }

    /// What is known of an offset.
    enum Knowledge { case known(Int), walk(from: Int, entry: Int) }

    /// Where the batch that holds `relativeOffset` starts, or where a walk over headers has to begin, and which entry
    /// it can teach the map of.
    func look(_ relativeOffset: Int64) -> Knowledge {
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) / 2
            if Int64(places[middle].lastOffset) < relativeOffset { low = middle &+ 1 } else { high = middle }
        }
        if low < count, follows[low] { return .known(Int(places[low].position)) }
        return .walk(from: Int(places[low &- 1].position), entry: low)
    }

    /// A walk found that the batch at `position` stands right behind that of the entry before `entry`.
    func learn(_ entry: Int, at position: Int) {
        if entry < count, Int(places[entry].position) == position { follows[entry] = true }
    }
}
