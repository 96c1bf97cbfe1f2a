// Key → newest offset, in one flat piece of memory: 24 bytes a slot, nothing per key.
internal import Vocabulary

/// An open-addressing table of key hashes. Nothing is ever removed from it.
final class KeyMap {
    private struct Slot {
        var hash: KeyHash
        /// The offset plus one; 0 in a free slot.
        var place: Int64
    }

    static let slotBytes = 24
    private let slots: UnsafeMutablePointer<Slot>
    private let slotCount: Int
    /// Keys that it takes: three quarters of the slots, so that a search stays short.
    let capacity: Int
    private(set) var count = 0

    /// - Parameters:
    ///   - limitBytes: the most memory it may take.
    ///   - expectedKeys: as many keys as there can be.
    init(limitBytes: Int, expectedKeys: Int) {
        precondition(MemoryLayout<Slot>.stride == Self.slotBytes, "a slot takes \(MemoryLayout<Slot>.stride) bytes")
        let wanted = max(16, expectedKeys &+ expectedKeys / 3 &+ 1)
        slotCount = max(2, min(limitBytes / Self.slotBytes, wanted))
        capacity = max(1, slotCount &* 3 / 4)
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: Slot(hash: KeyHash(first: 0, second: 0), place: 0), count: slotCount)
    }

    deinit { slots.deallocate() }

    var bytes: Int { slotCount * Self.slotBytes }

    /// Remembers `offset`, which is the key's newest so far.
    ///
    /// - Returns: false, with nothing changed, when the map is full and the key is new.
    func put(_ hash: KeyHash, _ offset: Offset) -> Bool {
        let slot = find(hash)
        if slots[slot].place == 0 {
            guard count < capacity else { return false }
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

    /// The slot of the key, or the free one where it belongs. There always is a free one.
    @inline(__always) private func find(_ hash: KeyHash) -> Int {
        // The high half of a product spreads over any number of slots, without a division.
        var slot = Int(truncatingIfNeeded: hash.first.multipliedFullWidth(by: UInt64(slotCount)).high)
        while slots[slot].place != 0, slots[slot].hash != hash {
            slot &+= 1
            if slot == slotCount { slot = 0 }
        }
        return slot
    }
}
