// Settings told at the start that no feature's own tests name: what each of them changes.
import Coordination
import Glibc
import Host
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct StartSettingsTests {
    @Test func `a member may ask for a session of group_max_session_timeout_ms and no longer`() throws {
        let server = try TestBroker(quickGroups.merging(["group.max.session.timeout.ms": "10000"]) { $1 })
        let member = try GroupMemberClient(server)
        member.sessionMilliseconds = 10_001
        #expect(try member.client.ask(member.joinRequest, 9, JoinGroupResponse.self).errorCode == .invalidSessionTimeout)
        member.sessionMilliseconds = 10_000
        try member.joinAlone()
    }

    /// A minute is the least, so an old commit is put into the topic instead of waiting for one to become old.
    @Test(arguments: [("2", true), ("4", false)])
    func `an offset goes offsets_retention_minutes after its commit`(minutes: String, expires: Bool) throws {
        let settings = ["offsets.topic.num.partitions": "1", "offsets.retention.check.interval.ms": "20"]
        let first = try TestBroker(settings)
        first.keepsFiles = true
        defer { removeTree(first.directory) }
        let client = try first.connect()
        try client.create("t")
        #expect(try client.commit("fresh", "t", 7) == .none)
        let old = CommittedOffset(offset: 5, leaderEpoch: nil, metadata: "", commitMilliseconds: WallClock.milliseconds() - 180_000)
        let record = GroupRecord.offset(group: "old", TopicPartition(topic: "t", partition: 0), old).encoded
        let outcome = Box<ErrorCode?>(nil)
        first.broker.post(to: Broker.groupsHome) { shard in
            let log = InternalTopicLog(.consumerOffsets, of: shard)
            log.append([record], to: 0) { error in
                outcome.set(error)
                _ = log
            }
        }
        try eventually { outcome.value == ErrorCode.none }
        try first.stop()
        let second = try TestBroker(directory: first.directory, settings.merging(["offsets.retention.minutes": minutes]) { $1 })
        second.keepsFiles = true
        let again = try second.connect()
        try eventually { try again.committed("fresh").offsets == ["t-0": 7] }
        if expires { try eventually { try again.committed("old").offsets.isEmpty } }
        usleep(100_000)
        #expect(try again.committed("old").offsets == (expires ? [:] : ["t-0": 5]))
        #expect(try again.committed("fresh").offsets == ["t-0": 7])
    }

    @Test(arguments: [
        ("offsets.topic", "__consumer_offsets", FindCoordinatorRequest.groupKeyType),
        ("transaction.state.log", "__transaction_state", FindCoordinatorRequest.transactionKeyType),
    ])
    func `a coordinator's topic is made with segments as large as it was told, and no smaller than its records`(
        key: String, topic: String, keyType: Int8
    ) throws {
        for (told, made) in [("67108864", "67108864"), ("1048576", "33554432")] {
            let server = try TestBroker(["\(key).segment.bytes": told, "\(key).num.partitions": "1"])
            let client = try server.connect()
            let found = try client.ask(FindCoordinatorRequest(keys: ["any"], keyType: keyType), 4, FindCoordinatorResponse.self)
            #expect(found.coordinators.map(\.errorCode) == [.none])
            #expect(try client.describe(ConfigResource.topic, topic)["segment.bytes"]?.value == made)
        }
    }

    @Test func `a request of socket_request_max_bytes is read, a larger one ends its connection`() throws {
        let server = try TestBroker(["socket.request.max.bytes": "2000"])
        let client = try server.connect()
        func request(of bytes: Int) throws -> [UInt8] {
            let empty = client.frame(ApiVersionsRequest(clientSoftwareVersion: "1"), 3)
            // The name's length takes one byte below 127 and two from there on.
            let name = String(repeating: "x", count: bytes - (empty.count - 4) - 1)
            return client.frame(ApiVersionsRequest(clientSoftwareName: name, clientSoftwareVersion: "1"), 3)
        }
        let largest = try request(of: 2_000)
        #expect(largest.count == 2_004)
        try client.send(largest)
        #expect(try client.receiveFrame().count > 8)
        try client.send(try request(of: 2_001))
        #expect(client.isClosedByPeer())
    }

    @Test(arguments: [("1", true), ("4", false)])
    func `what a client sent counts as much less as quota_window_size_seconds is longer`(seconds: String, isTooMuch: Bool) throws {
        let server = try TestBroker(["quota.window.num": "2", "quota.window.size.seconds": seconds])
        let client = try server.connect()
        try client.create("t")
        let entity = [QuotaEntityPart(type: QuotaEntityPart.clientID, name: "test")]
        let limit = AlterClientQuotasRequest.Operation(key: "producer_byte_rate", value: 5_000, removes: false)
        let altered = try client.ask(AlterClientQuotasRequest(entries: [.init(entity: entity, operations: [limit])]), 1, AlterClientQuotasResponse.self)
        #expect(altered.entries.map(\.errorCode) == [.none])
        // 9 kB are within 5,000 bytes a second over four seconds, and far above it over one.
        let answer = try client.ask(produceRequest("t", [(0, batch(1, valueBytes: 9_000))]), 9, ProduceResponse.self)
        #expect((answer.throttleMilliseconds > 500) == isTooMuch)
        #expect(isTooMuch || answer.throttleMilliseconds == 0)
    }

    @Test(arguments: ["cubic", "reno"])
    func `accepted connections have the congestion control that tcp_congestion names`(name: String) throws {
        let server = try TestBroker(["tcp.congestion": name])
        let client = try server.connect()
        _ = try client.ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self)
        #expect(try congestion(ofPeer: client.fd) == name)
    }
}

/// The congestion control of the other end of a connection, which is in this process.
private func congestion(ofPeer fd: Int32) throws -> String {
    let own = try #require(port { getsockname(fd, $0, $1) })
    for other in Int32(3)..<65_536 where other != fd && port({ getpeername(other, $0, $1) }) == own {
        var name = [UInt8](repeating: 0, count: 16)
        var length = socklen_t(name.count)
        try #require(getsockopt(other, Int32(IPPROTO_TCP), TCP_CONGESTION, &name, &length) == 0)
        return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    }
    throw RawClient.Closed()
}

/// The port that a socket call fills in; nil where it fails.
private func port(_ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) -> UInt16? {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failed = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
    }
    return failed == 0 && address.sin_family == sa_family_t(AF_INET) ? UInt16(bigEndian: address.sin_port) : nil
}
