// Where readers begin: every form is read, a place that there is not is refused, and what is there is read from the right record on.
import Client
import Host
import Measurement
import NullBroker
import Testing
import Vocabulary
import Wire

@testable import Harness

@Suite struct StartPlaceTests {
    private func parse(_ start: String) throws(ProfileError) -> ConsumersPlan.Start? {
        try Profile.parse("question: Q?\nname: n\nproducers: {rate: 5}\nconsumers:\n  startOffset: \(start)\n", path: "n.yaml").consumerGroups.first?.start
    }

    @Test func `every form is read`() throws {
        #expect(try parse("earliest") == .earliest && parse("latest") == .latest)
        #expect(try parse("offset:0") == .offset(0) && parse("offset:1_000") == .offset(1_000))
        #expect(try parse("last:250") == .last(250))
        #expect(try parse("ago:30s") == .ago(nanoseconds: 30_000_000_000) && parse("ago:1.5m") == .ago(nanoseconds: 90_000_000_000))
        let flow = try Profile.parse("question: Q?\nname: n\nproducers: {rate: 5}\nconsumers: [{name: a, startOffset: last:5}, {name: b}]", path: "n.yaml")
        #expect(flow.consumerGroups.map(\.start) == [.last(5), .latest])
    }

    @Test(arguments: ["newest", "offset", "offset:", "offset:-1", "offset:five", "offset:+5", "offset:9223372036854775808", "last:", "last:_5", "ago:30", "ago:soon", "latest:5", ":5"])
    func `what is no place is refused with the forms that there are`(start: String) {
        let error = #expect(throws: ProfileError.self) { try parse("'\(start)'") }
        #expect(error?.message.contains("must be one of earliest, latest, offset:N, last:N") == true && error?.line == 5, "\(error?.description ?? "")")
    }

    /// Two partitions, one cut at the front, that answer for times as `found` says.
    private func positions(_ start: ConsumersPlan.Start, found: [Int32: Offset] = [:]) throws -> [Int32: Offset] {
        try start.positions(in: "t", now: 1_000_000) { place in
            switch place {
            case .earliest: [0: 0, 1: 40]
            case .latest: [0: 100, 1: 60]
            case .time(let milliseconds): milliseconds == 970_000 ? found : [:]
            }
        }
    }

    @Test func `each partition begins at its own place`() throws {
        #expect(try positions(.earliest) == [0: 0, 1: 40] && positions(.latest) == [0: 100, 1: 60])
        #expect(try positions(.offset(50)) == [0: 50, 1: 50] && positions(.offset(60)) == [0: 60, 1: 60])
        #expect(try positions(.last(0)) == [0: 100, 1: 60] && positions(.last(10)) == [0: 90, 1: 50])
        // Where there are fewer, at the front.
        #expect(try positions(.last(50)) == [0: 50, 1: 40] && positions(.last(.max)) == [0: 0, 1: 40])
        // Nothing so young in partition 1: at its end.
        #expect(try positions(.ago(nanoseconds: 30_000_000_000), found: [0: 77]) == [0: 77, 1: 60])
    }

    @Test(arguments: [(Int64(39), "t-1, which begins at 40 and gets offset 60 next"), (61, "t-1, which begins at 40 and gets offset 60 next"), (101, "t-0, which begins at 0 and gets offset 100 next")])
    func `an offset that a partition has not is refused with what it has`(offset: Int64, what: String) {
        let error = #expect(throws: HarnessError.self) { try positions(.offset(offset)) }
        #expect(error?.description == "‘startOffset: offset:\(offset)’ is not in \(what)")
    }

    @Test func `a broker that looks no time up is told apart from one that is gone`() {
        let broker = BrokerAddress(host: "127.0.0.1", port: 1)
        func ask(_ failure: ClientError) throws -> [Int32: Offset] {
            try ConsumersPlan.Start.ago(nanoseconds: 5).positions(in: "t", now: 1) { place in
                if case .time = place { throw failure }
                return [0: 5]
            }
        }
        let refused = #expect(throws: HarnessError.self) { try ask(.broker(.unsupportedVersion, "list offsets of t-0")) }
        #expect(refused?.description.contains("has the broker look a time up in t, and it does not: list offsets of t-0") == true, "\(refused?.description ?? "")")
        #expect(throws: ClientError.closed(broker, nil)) { try ask(.closed(broker, nil)) }
    }
}

@Suite(.serialized) struct StartPlaceLaneTests {
    /// 300 records of 200 bytes into two partitions, read by one consumer.
    private func load(_ label: String, consumers: String, at broker: FaultyBroker) throws -> LaneLive? {
        let text = """
            question: Where does a reader begin?
            name: begin
            topic: {partitions: 2}
            producers: {mode: max, recordBytes: 200, batchBytes: 4KiB}
            \(consumers)
            """
        return try LaneFleet.readBack300(text, label: label, topic: "begin", at: broker.address)
    }

    private func ends(at broker: FaultyBroker) throws -> [Offset] {
        let admin = try Admin(BrokerAddress(host: "127.0.0.1", port: broker.broker.port))
        return try (0..<2).map { try admin.latestOffset(of: .init(topic: "begin", partition: $0)) }
    }

    @Test func `a reader gets so many records from before its load, and all of its load`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        _ = try load("first", consumers: "", at: broker)
        let last = try ends(at: broker)
        let read = try #require(try load("last", consumers: "consumers: {startOffset: last:40}", at: broker))
        #expect(read.ownRecords == 300 && read.strangers == last.reduce(0) { $0 + UInt64(min(40, $1)) }, "\(read) behind \(last)")
        let offsets = try ends(at: broker)
        let from = try #require(try load("offset", consumers: "consumers: {startOffset: offset:10}", at: broker))
        #expect(from.ownRecords == 300 && from.strangers == offsets.reduce(0) { $0 + UInt64($1 - 10) }, "\(from) behind \(offsets)")
    }

    @Test func `an offset that is not there ends the load before it begins`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        let error = #expect(throws: HarnessError.self) { _ = try load("none", consumers: "consumers: {startOffset: offset:5}", at: broker) }
        #expect(error?.description.contains("is not in begin-0, which begins at 0 and gets offset 0 next") == true, "\(error?.description ?? "")")
    }
}
