// What was due and the client had no room for yet.
internal import Measurement

/// Records that are handed over and wait for the client, oldest first. A ring of a fixed bound; records that come due
/// while it is full are only counted, and found again by walking the schedule a second time from where the ring ended.
/// So the queue never delays the schedule, never drops a record, and never grows.
struct LaneQueue: ~Copyable {
    struct Entry {
        let intended: UInt64
        /// When it entered the queue. For a record beyond the bound: its intended time.
        let handed: UInt64
    }

    let bound: Int
    private let ring: UnsafeMutablePointer<Entry>
    private let mask: Int
    private var head = 0
    private var ringCount = 0
    private var behind: ArrivalStream?
    /// Records beyond the bound, which are behind those in the ring.
    private(set) var behindCount: UInt64 = 0

    /// - Parameter bound: records; rounded up to a power of two.
    init(bound: Int) {
        var capacity = 1
        while capacity < bound { capacity *= 2 }
        self.bound = capacity
        mask = capacity - 1
        ring = .allocate(capacity: capacity)
    }

    deinit { ring.deallocate() }

    var count: UInt64 { UInt64(ringCount) + behindCount }
    var isEmpty: Bool { ringCount == 0 && behindCount == 0 }

    /// Takes the next record of `stream`, which is due.
    ///
    /// - Returns: false when it came beyond the bound.
    @inline(__always)
    mutating func takeNext(of stream: inout ArrivalStream, at now: UInt64) -> Bool {
        if behindCount == 0, ringCount <= mask, let intended = stream.take() {
            ring[(head &+ ringCount) & mask] = Entry(intended: intended, handed: now)
            ringCount &+= 1
            return true
        }
        if behindCount == 0 { behind = stream }
        _ = stream.take()
        behindCount &+= 1
        return false
    }

    /// The oldest record.
    var first: Entry? {
        if ringCount > 0 { return ring[head] }
        guard behindCount > 0, let intended = behind?.next else { return nil }
        return Entry(intended: intended, handed: intended)
    }

    mutating func removeFirst() {
        if ringCount > 0 {
            head = (head &+ 1) & mask
            ringCount &-= 1
        } else if behindCount > 0 {
            _ = behind?.take()
            behindCount &-= 1
            if behindCount == 0 { behind = nil }
        }
    }
}
