// Key → newest offset, in one flat piece of memory: 24 bytes a slot, nothing per key.
internal import Bytes
internal import Vocabulary

/// An open-addressing table of key hashes. Nothing is ever removed from it.
final class KeyMap {
    private struct Slot {
        var hash: KeyHash
        /// The offset plus one; 0 in a free slot.
        var place: Int64
    }

    static let slotBytes = 24
    private var slots: UnsafeMutablePointer<Slot>
    private var slotCount: Int
    private let largestSlotCount: Int
    /// Keys that the slots there are take: three quarters of them, so that a search stays short.
    private var room: Int
    private(set) var count = 0

    /// Takes little memory at first: searches in what the caches hold are several times as fast.
    ///
    /// - Parameter limitBytes: the most memory it may take.
    init(limitBytes: Int) {
        precondition(MemoryLayout<Slot>.stride == Self.slotBytes, "a slot takes \(MemoryLayout<Slot>.stride) bytes")
        largestSlotCount = max(2, limitBytes / Self.slotBytes)
        slotCount = min(1024, largestSlotCount)
        room = slotCount &* 3 / 4
        slots = Self.allocate(slotCount)
    }

    deinit { slots.deallocate() }

    var bytes: Int { slotCount * Self.slotBytes }
    /// Keys that it takes at most.
    var capacity: Int { largestSlotCount * 3 / 4 }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Slot> {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
        slots.initialize(repeating: Slot(hash: KeyHash(first: 0, second: 0), place: 0), count: count)
        return slots
    }

    private func grow() {
        let old = UnsafeMutableBufferPointer(start: slots, count: slotCount)
        slotCount = min(slotCount * 2, largestSlotCount)
        room = slotCount * 3 / 4
        slots = Self.allocate(slotCount)
        for slot in old where slot.place != 0 { slots[find(slot.hash)] = slot }
        old.baseAddress!.deallocate()
    }

    /// Remembers `offset`, which is the key's newest so far.
    ///
    /// - Returns: false, with nothing changed, when the map is full and the key is new.
    func put(_ hash: KeyHash, _ offset: Offset) -> Bool {
        var slot = find(hash)
        if slots[slot].place == 0 {
            if count == room {
                guard slotCount < largestSlotCount else { return false }
                grow()
                slot = find(hash)
            }
            count &+= 1
            slots[slot].hash = hash
        }
        slots[slot].place = offset &+ 1
        return true
    }

    /// The newest offset of the key; nil when the map doesn't know it.
    func newest(_ hash: KeyHash) -> Offset? {
        let place = slots[find(hash)].place
        return place == 0 ? nil : place &- 1
    }

    /// Starts to load the slot of the key.
    func prefetch(_ hash: KeyHash) { Prefetch.start(slots + home(hash), count: Self.slotBytes) }

    /// The slot of the key, or the free one where it belongs. There always is a free one.
    @inline(__always) private func find(_ hash: KeyHash) -> Int {
        var slot = home(hash)
        while slots[slot].place != 0, slots[slot].hash != hash {
            slot &+= 1
            if slot == slotCount { slot = 0 }
        }
        return slot
    }

    /// Where a search for the key begins.
    @inline(__always) private func home(_ hash: KeyHash) -> Int {
        // The high half of a product spreads over any number of slots, without a division.
        Int(truncatingIfNeeded: hash.first.multipliedFullWidth(by: UInt64(slotCount)).high)
    }
}
