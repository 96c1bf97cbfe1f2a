// The producer's memory: batches of one size, allocated once, handed out and taken back by number.
internal import Records
internal import Vocabulary

/// One batch on its way from open to acknowledged.
struct BatchSlot {
    var builder: BatchBuilder
    /// Intended times, one a record; nil where they are not kept.
    let intended: UnsafeMutablePointer<UInt64>?
    /// Bytes of values, one a record; nil where all are of one size.
    let valueSizes: UnsafeMutablePointer<UInt32>?
    /// The finished batch; nil while it is open.
    var batch: UnsafeMutableRawBufferPointer?
    var partition: Int32 = 0
    /// Position in its partition's order of batches.
    var ordinal: UInt64 = 0
    var firstSequence: UInt64 = 0
    var firstIntended: UInt64 = 0
    var handedAt: UInt64 = 0
    var attempts = 0
    /// Links in the queue that holds it: open batches by age, or sealed ones of a partition.
    var next: Int32?
    var previous: Int32?
    /// Whether it is in the queue of open batches.
    var isLingering = false
    /// Of a transaction that has not ended; nil before it came.
    var answer: BatchAnswer?
}

/// What the leader said to a batch, and when.
struct BatchAnswer {
    let baseOffset: Offset?
    let sentAt: UInt64
    let at: UInt64
    /// Whether it is the first batch of its request.
    let startsRequest: Bool
}

struct BatchSlots: ~Copyable {
    let slots: UnsafeMutablePointer<BatchSlot>
    let count: Int
    private let memory: UnsafeMutableRawBufferPointer
    private let times: UnsafeMutablePointer<UInt64>?
    private let sizes: UnsafeMutablePointer<UInt32>?
    private let free: UnsafeMutablePointer<Int32>
    private(set) var freeCount: Int
    let recordsPerSlot: Int

    /// - Parameters:
    ///   - preparedBytes: of each kind of memory, whose pages are there from the beginning.
    ///   - smallestRecord: bytes of the smallest record that will be written, which bounds records a batch.
    init(count: Int, slotBytes: Int, preparedBytes: Int, smallestRecord: Int, keepsTimes: Bool, keepsSizes: Bool) {
        self.count = count
        freeCount = count
        recordsPerSlot = slotBytes / smallestRecord + 1
        // Batches begin on cache lines.
        let stride = (slotBytes + 63) / 64 * 64
        memory = .allocate(byteCount: stride * count, alignment: 4096)
        times = keepsTimes ? .allocate(capacity: recordsPerSlot * count) : nil
        Self.prepare(memory, preparedBytes)
        if let times { Self.prepare(UnsafeMutableRawBufferPointer(start: times, count: recordsPerSlot * count * MemoryLayout<UInt64>.stride), preparedBytes) }
        sizes = keepsSizes ? .allocate(capacity: recordsPerSlot * count) : nil
        slots = .allocate(capacity: count)
        free = .allocate(capacity: count)
        for n in 0..<count {
            let room = UnsafeMutableRawBufferPointer(rebasing: memory[n * stride..<n * stride + slotBytes])
            (slots + n).initialize(
                to: BatchSlot(
                    builder: BatchBuilder(into: room), intended: times.map { $0 + n * recordsPerSlot },
                    valueSizes: sizes.map { $0 + n * recordsPerSlot }))
            free[n] = Int32(count - 1 - n)
        }
    }

    /// Has pages put in place ahead of their first record. That costs a fault, and in a virtual machine the host's as well, tens of
    /// microseconds each: a producer that makes up for a delay, in batches that it had no use for before, would fall further behind.
    private static func prepare(_ memory: UnsafeMutableRawBufferPointer, _ bytes: Int) {
        for offset in stride(from: 0, to: min(memory.count, bytes), by: 4096) { memory[offset] = 0 }
    }

    deinit {
        slots.deinitialize(count: count)
        slots.deallocate()
        free.deallocate()
        times?.deallocate()
        sizes?.deallocate()
        memory.deallocate()
    }

    subscript(_ slot: Int32) -> UnsafeMutablePointer<BatchSlot> { slots + Int(slot) }

    /// A slot for an open batch; nil when all are taken.
    mutating func take() -> Int32? {
        guard freeCount > 0 else { return nil }
        freeCount &-= 1
        return free[freeCount]
    }

    mutating func giveBack(_ slot: Int32) {
        precondition(freeCount < count, "slot \(slot) given back twice")
        free[freeCount] = slot
        freeCount &+= 1
    }
}

/// A doubly linked queue of slots: any member leaves in constant time.
struct SlotQueue {
    private(set) var head: Int32?
    private(set) var tail: Int32?
    private(set) var count = 0

    var isEmpty: Bool { head == nil }

    mutating func append(_ slot: Int32, _ slots: UnsafeMutablePointer<BatchSlot>) {
        insert(slot, behind: tail, slots)
    }

    /// Puts `slot` behind `other`, or in front of all.
    mutating func insert(_ slot: Int32, behind other: Int32?, _ slots: UnsafeMutablePointer<BatchSlot>) {
        let next = other.map { slots[Int($0)].next } ?? head
        slots[Int(slot)].previous = other
        slots[Int(slot)].next = next
        if let other { slots[Int(other)].next = slot } else { head = slot }
        if let next { slots[Int(next)].previous = slot } else { tail = slot }
        count &+= 1
    }

    mutating func remove(_ slot: Int32, _ slots: UnsafeMutablePointer<BatchSlot>) {
        let (previous, next) = (slots[Int(slot)].previous, slots[Int(slot)].next)
        if let previous { slots[Int(previous)].next = next } else { head = next }
        if let next { slots[Int(next)].previous = previous } else { tail = previous }
        slots[Int(slot)].next = nil
        slots[Int(slot)].previous = nil
        count &-= 1
    }
}
