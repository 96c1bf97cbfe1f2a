// Fetch sessions over the wire: what a client hears of them, and what it no longer has to say.
import Host
import Testing
import Vocabulary
import Wire

@testable import Broker

/// One client's session, as it speaks of it.
private struct SessionClient {
    let client: RawClient
    var id: Int32 = 0
    var epoch: Int32 = 0

    init(_ client: RawClient) { self.client = client }

    /// The next fetch of the session, which names `partitions` of the topic `t` and forgets others.
    mutating func fetch(
        _ partitions: [(Int32, Offset, Int32)] = [], forget: [Int32] = [], topic: String = "t", maxBytes: Int32 = .max,
        waitMilliseconds: Int32 = 0, version: Int16 = 12
    ) throws -> FetchResponse {
        let request = request(partitions, forget: forget, topic: topic, maxBytes: maxBytes, waitMilliseconds: waitMilliseconds)
        let response = try client.ask(request, version, FetchResponse.self)
        if epoch == 0 { id = response.sessionID }
        epoch &+= 1
        return response
    }

    func request(
        _ partitions: [(Int32, Offset, Int32)] = [], forget: [Int32] = [], topic: String = "t", maxBytes: Int32 = .max,
        waitMilliseconds: Int32 = 0
    ) -> FetchRequest {
        var request = fetchRequest(topic, partitions, maxBytes: maxBytes, waitMilliseconds: waitMilliseconds)
        if partitions.isEmpty { request.topics = [] }
        request.sessionID = id
        request.sessionEpoch = epoch
        if !forget.isEmpty { request.forgottenTopics = [.init(name: topic, partitions: forget)] }
        return request
    }
}

extension FetchResponse {
    /// Partitions by their numbers.
    fileprivate var indexes: [Int32] { topics.flatMap { $0.partitions.map(\.index) } }
    fileprivate var withRecords: [Int32] { topics.flatMap { $0.partitions.filter { $0.records?.isEmpty == false }.map(\.index) } }
}

@Suite struct FetchSessionTests {
    @Test func `a session that nobody opened is unknown, and a wrong epoch is told`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        var session = SessionClient(client)
        session.id = 77
        session.epoch = 3
        #expect(try session.fetch([(0, 0, 100)]).errorCode == .fetchSessionIDNotFound)
        session.id = 0
        session.epoch = 1
        #expect(try session.fetch().errorCode == .fetchSessionIDNotFound)
        session.epoch = 0
        #expect(try session.fetch([(0, 0, 100)]).errorCode == .none)
        #expect(session.id != 0)
        for wrong in [Int32(2), .max] {
            session.epoch = wrong
            let answer = try session.fetch()
            #expect(answer.errorCode == .invalidFetchSessionEpoch && answer.topics.isEmpty)
        }
        session.epoch = 1
        #expect(try session.fetch().errorCode == .none, "a refused request changes nothing")
        #expect(try session.fetch().errorCode == .none)
        session.epoch = 2
        #expect(try session.fetch().errorCode == .invalidFetchSessionEpoch, "an epoch is used once")
    }

    @Test(arguments: [1, 2]) func `an answer has only what is new`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let client = try server.connect()
        try client.create("t", partitions: 4)
        var session = SessionClient(client)
        let first = try session.fetch((0..<4).map { ($0, 0, 10_000) })
        #expect(first.indexes == [0, 1, 2, 3] && first.sessionID == session.id && session.id != 0)
        #expect(try session.fetch().topics.isEmpty)
        let bytes = batch()
        _ = try client.produce("t", 2, bytes)
        let second = try session.fetch()
        #expect(second.indexes == [2] && second.sessionID == session.id)
        #expect(second.topics[0].partitions[0].records == stored(bytes, at: 0))
        // It does not say that it goes on: the same records again.
        #expect(try session.fetch().withRecords == [2])
        #expect(try session.fetch([(2, 1, 10_000)]).topics.isEmpty)
        // An end that moved is news without records, for one who reads from elsewhere.
        _ = try client.produce("t", 2, bytes)
        #expect(try session.fetch([(2, 2, 10_000)]).indexes == [2])
        #expect(try session.fetch().topics.isEmpty)
    }

    @Test(arguments: [1, 2]) func `a waiting fetch of a session is woken and answered with what woke it`(loops: Int) throws {
        let server = try TestBroker(loops: loops)
        let producer = try server.connect()
        try producer.create("t", partitions: 4)
        var session = SessionClient(try server.connect())
        _ = try session.fetch((0..<4).map { ($0, 0, 10_000) })
        for partition in Int32(0)..<4 {
            try session.client.send(session.request(waitMilliseconds: 60_000), 12)
            session.epoch += 1
            _ = try producer.produce("t", partition, batch())
            #expect(try session.client.response(FetchResponse.self, 12).body.withRecords == [partition])
            #expect(try session.fetch([(partition, 1, 10_000)]).topics.isEmpty)
        }
    }

    @Test func `partitions join a session, leave it, and come back`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", partitions: 3)
        try client.create("u")
        for partition in Int32(0)..<3 { _ = try client.produce("t", partition, batch()) }
        _ = try client.produce("u", batch())
        var session = SessionClient(client)
        #expect(try session.fetch([(0, 0, 10_000), (1, 0, 10_000)]).withRecords == [0, 1])
        #expect(try session.fetch([(2, 0, 10_000)], forget: [0]).withRecords == [1, 2])
        #expect(try session.fetch([(0, 0, 10_000)], topic: "u").topics.map(\.name).sorted() == ["t", "u"])
        #expect(try session.fetch(forget: [0], topic: "u").withRecords == [1, 2])
        #expect(try session.fetch(forget: [0, 7], topic: "u").withRecords == [1, 2], "what is not in it can't leave it")
        #expect(try session.fetch([(0, 1, 10_000)]).indexes.sorted() == [0, 1, 2])
        #expect(server.counter("fetch_sessions_open") == 1)
        let empty = try session.fetch(forget: [0, 1, 2])
        #expect(empty.topics.isEmpty && empty.sessionID == 0 && empty.errorCode == .none)
        #expect(try session.fetch().errorCode == .fetchSessionIDNotFound, "a session without partitions is closed")
    }

    @Test func `a session ends when it is closed, and when another takes its place`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        var session = SessionClient(client)
        _ = try session.fetch([(0, 0, 100)])
        let first = session.id
        session.epoch = 0
        _ = try session.fetch([(0, 0, 100)])
        #expect(session.id != first && session.id != 0)
        var old = session
        old.id = first
        #expect(try old.fetch().errorCode == .fetchSessionIDNotFound)
        var closing = session.request([(0, 0, 100)])
        closing.sessionEpoch = -1
        let closed = try client.ask(closing, 12, FetchResponse.self)
        #expect(closed.sessionID == 0 && closed.indexes == [0])
        #expect(try session.fetch().errorCode == .fetchSessionIDNotFound)
        var none = session.request([(0, 0, 100)])
        (none.sessionID, none.sessionEpoch) = (0, -1)
        #expect(try client.ask(none, 12, FetchResponse.self).sessionID == 0, "who asks for none gets none")
    }

    @Test func `an error is repeated until it is over, and its end is news`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("u")
        var session = SessionClient(client)
        #expect(try session.fetch([(0, 0, 100)]).topics[0].partitions[0].errorCode == .unknownTopicOrPartition)
        #expect(try session.fetch().topics[0].partitions[0].errorCode == .unknownTopicOrPartition)
        try client.create("t")
        let over = try session.fetch()
        #expect(over.indexes == [0] && over.topics[0].partitions[0].errorCode == .none)
        #expect(try session.fetch().topics.isEmpty)
        let outside = try session.fetch([(0, 5, 100)])
        #expect(outside.topics[0].partitions[0].errorCode == .offsetOutOfRange)
        #expect(try session.fetch([(0, 0, 100)]).indexes == [0])
    }

    @Test func `each partition is the first at some time, however little a client takes`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t", partitions: 5)
        for partition in Int32(0)..<5 { for _ in 0..<50 { _ = try client.produce("t", partition, batch(1, valueBytes: 500)) } }
        var session = SessionClient(client)
        var offsets = [Offset](repeating: 0, count: 5)
        var last = try #require(try session.fetch((0..<5).map { ($0, 0, 1_000) }, maxBytes: 1).withRecords.first)
        var served: [Int32] = []
        for _ in 0..<25 {
            offsets[Int(last)] += 1
            let found = try session.fetch([(last, offsets[Int(last)], 1_000)], maxBytes: 1).withRecords
            last = try #require(found.first)
            served += found
        }
        #expect(served.count == 25)
        for partition in Int32(0)..<5 { #expect(served.filter { $0 == partition }.count == 5, "\(served)") }
    }

    @Test func `a request that is overtaken by the next one of its session is told so`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        var session = SessionClient(client)
        _ = try session.fetch([(0, 0, 100)])
        try client.send(session.request(waitMilliseconds: 300), 12)
        session.epoch += 1
        try client.send(session.request(), 12)
        session.epoch += 1
        #expect(try client.response(FetchResponse.self, 12).body.errorCode == .invalidFetchSessionEpoch)
        #expect(try client.response(FetchResponse.self, 12).body.errorCode == .none)
        #expect(try session.fetch().errorCode == .none)
    }

    @Test func `a session is not known on another loop, and can be closed from there`() throws {
        let server = try TestBroker(loops: 2)
        let first = try server.connect()
        try first.create("t")
        var session = SessionClient(first)
        _ = try session.fetch([(0, 0, 100)])
        #expect(session.id != 0)
        var elsewhere = SessionClient(try server.connect())
        (elsewhere.id, elsewhere.epoch) = (session.id, session.epoch)
        #expect(try elsewhere.fetch().errorCode == .fetchSessionIDNotFound)
        elsewhere.epoch = 0
        let opened = try elsewhere.fetch([(0, 0, 100)])
        #expect(opened.sessionID != 0 && opened.sessionID != session.id)
        // The other loop has heard of it by the time that it answers something else.
        _ = try elsewhere.client.ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self)
        var answer = ErrorCode.none
        for _ in 0..<100 where answer == .none {
            answer = try session.fetch().errorCode
        }
        #expect(answer == .fetchSessionIDNotFound)
    }

    @Test(arguments: [0, 1]) func `a client for whom there is no room gets everything in each answer`(slots: Int) throws {
        let server = try TestBroker(["max.incremental.fetch.session.cache.slots": "\(slots)"])
        let client = try server.connect()
        try client.create("t")
        var granted = 0
        for _ in 0..<3 {
            var session = SessionClient(try server.connect())
            let answer = try session.fetch([(0, 0, 100)])
            #expect(answer.errorCode == .none && answer.indexes == [0])
            granted += answer.sessionID == 0 ? 0 : 1
        }
        #expect(granted == slots)
    }

    @Test func `names that no topic can have are not remembered`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        let long = String(repeating: "n", count: 250)
        var session = SessionClient(client)
        let refused = try session.fetch([(0, 0, 100)], topic: long)
        #expect(refused.sessionID == 0 && refused.topics[0].partitions[0].errorCode == .unknownTopicOrPartition)
        session = SessionClient(client)
        _ = try session.fetch([(0, 0, 100)])
        #expect(session.id != 0)
        #expect(try session.fetch([(0, 0, 100)], topic: long).errorCode == .fetchSessionIDNotFound)
        #expect(server.counter("fetch_sessions_open") == 0)
    }

    @Test func `an old version has no sessions`() throws {
        let server = try TestBroker()
        let client = try server.connect()
        try client.create("t")
        for version in Int16(4)...6 {
            #expect(try client.ask(fetchRequest("t", [(0, 0, 100)]), version, FetchResponse.self).indexes == [0])
        }
        #expect(server.counter("fetch_sessions_open") == 0)
    }
}

@Suite struct FetchSessionCacheTests {
    private func filled(_ cache: inout FetchSessionCache, _ partitions: Int, now: UInt64) -> FetchSession? {
        guard let session = cache.open(partitions: partitions, now: now) else { return nil }
        for index in 0..<partitions { _ = put(session, Int32(index)) }
        return cache.changed(session, from: 0) ? session : nil
    }

    private func put(_ session: FetchSession, _ index: Int32) -> FetchSession.Partition {
        [UInt8(0x74)].withUnsafeBytes { session.put($0, index, FetchPosition(offset: 0, leaderEpoch: -1, lastFetchedEpoch: -1, maxBytes: 1)) }
    }

    private static let patience = FetchSessionCache.evictionNanoseconds

    @Test func `who was not seen for two minutes gives way, and nobody who was`() throws {
        var cache = FetchSessionCache(slots: 2, shard: 0, shardCount: 1)
        let first = filled(&cache, 1, now: 1)
        let second = filled(&cache, 1, now: 2)
        let one = try #require(first)
        let two = try #require(second)
        two.usedAt = Self.patience + 1
        let early = filled(&cache, 1, now: Self.patience + 1)
        let late = filled(&cache, 1, now: Self.patience + 2)
        #expect(early == nil && late != nil)
        #expect(cache.find(one.id) == nil && cache.find(two.id) === two)
        #expect(cache.count == 2 && cache.evicted == 1 && cache.partitionCount == 2)
    }

    @Test func `a larger session takes the place of a smaller one that has had its two minutes`() throws {
        var cache = FetchSessionCache(slots: 2, shard: 0, shardCount: 1)
        let (three, nine) = (filled(&cache, 3, now: 1), filled(&cache, 9, now: 1))
        let small = try #require(three)
        let large = try #require(nine)
        let now = Self.patience + 2
        (small.usedAt, large.usedAt) = (now, now)
        let same = filled(&cache, 3, now: now)
        let larger = filled(&cache, 4, now: now)
        #expect(same == nil && larger != nil)
        #expect(cache.find(small.id) == nil && cache.find(large.id) != nil)
    }

    @Test func `the partitions of all sessions are bounded, at the opening and later`() throws {
        var cache = FetchSessionCache(slots: 1_000, shard: 0, shardCount: 1)
        let tooLarge = cache.open(partitions: FetchSessionCache.partitionLimit + 1, now: 1)
        #expect(tooLarge == nil)
        let full = filled(&cache, FetchSessionCache.partitionLimit, now: 1)
        let session = try #require(full)
        let another = cache.open(partitions: 1, now: 1)
        #expect(another == nil)
        _ = put(session, -1)
        let fits = cache.changed(session, from: FetchSessionCache.partitionLimit)
        #expect(!fits)
        #expect(cache.find(session.id) == nil && cache.partitionCount == 0)
    }

    @Test func `ids say whose they are, and the slots are shared out`() throws {
        var open = 0
        for shard in 0..<3 {
            var cache = FetchSessionCache(slots: 5, shard: shard, shardCount: 3)
            while let session = filled(&cache, 1, now: 1) {
                #expect(session.id > 0 && FetchSessionCache.home(of: session.id, shardCount: 3) == shard)
                open += 1
            }
        }
        #expect(open == 5)
    }

    @Test func `epochs begin anew at one`() {
        let session = FetchSession(id: 1, now: 0)
        #expect(session.nextEpoch == 1)
        session.advance()
        #expect(session.nextEpoch == 2)
    }
}
