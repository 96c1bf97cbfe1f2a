// The fetch sessions of one shard: a bounded number, from which the useless go first.
internal import Vocabulary

/// Touched by its shard's loop only. A session lives on the shard of the connection it was opened on, which its id tells;
/// on a connection of another shard it is unknown, as an evicted one is, and the client begins anew.
struct FetchSessionCache {
    /// How long a session stays unused before any other may take its place, and how long it is safe from larger ones.
    static let evictionNanoseconds: UInt64 = 120_000_000_000
    /// Partitions of all sessions of a shard together.
    static let partitionLimit = 100_000

    private let shard: Int
    private let shardCount: Int
    private let slots: Int
    private var sessions: [Int32: FetchSession] = [:]
    private(set) var partitionCount = 0
    private(set) var evicted = 0

    var count: Int { sessions.count }

    /// - Parameter slots: sessions of all shards together.
    init(slots: Int, shard: Int, shardCount: Int) {
        self.shard = shard
        self.shardCount = shardCount
        self.slots = slots / shardCount + (shard < slots % shardCount ? 1 : 0)
    }

    func find(_ id: Int32) -> FetchSession? { sessions[id] }

    /// The shard that has a session, if any has.
    static func home(of id: Int32, shardCount: Int) -> Int { Int(id.magnitude) % shardCount }

    /// A session for so many partitions, which `changed` has to hear of.
    ///
    /// - Returns: nil when there is no room and nobody has to give way.
    mutating func open(partitions: Int, now: UInt64) -> FetchSession? {
        guard partitionCount + partitions <= Self.partitionLimit, slots > 0 else { return nil }
        if sessions.count >= slots, !evict(for: partitions, now) { return nil }
        var id: Int32
        repeat {
            let raw = Int32.random(in: 1...(.max - Int32(shardCount)))
            id = raw - raw % Int32(shardCount) + Int32(shard)
        } while id <= 0 || sessions[id] != nil
        let session = FetchSession(id: id, now: now)
        sessions[id] = session
        return session
    }

    /// Counts partitions that came to a session or left it.
    ///
    /// - Returns: false when there are too many now; the session is closed then.
    mutating func changed(_ session: FetchSession, from before: Int) -> Bool {
        partitionCount += session.partitions.count - before
        if session.partitions.isEmpty || partitionCount > Self.partitionLimit {
            close(session.id)
            return session.partitions.isEmpty
        }
        return true
    }

    mutating func close(_ id: Int32) {
        guard let session = sessions.removeValue(forKey: id) else { return }
        partitionCount -= session.partitions.count
    }

    /// Makes room: the longest unused goes if nobody used it for two minutes, else the smallest, if it is two minutes old
    /// and smaller than the new one.
    ///
    /// - Source: Kafka's `FetchSessionCacheShard.tryEvict`.
    private mutating func evict(for partitions: Int, _ now: UInt64) -> Bool {
        func isOld(_ time: UInt64) -> Bool { now > time && now - time > Self.evictionNanoseconds }
        guard let unused = sessions.values.min(by: { $0.usedAt < $1.usedAt }) else { return false }
        var victim: FetchSession? = isOld(unused.usedAt) ? unused : nil
        if victim == nil {
            victim = sessions.values.filter { isOld($0.openedAt) && $0.partitions.count < partitions }
                .min { $0.partitions.count < $1.partitions.count }
        }
        guard let victim else { return false }
        close(victim.id)
        evicted += 1
        return true
    }
}
