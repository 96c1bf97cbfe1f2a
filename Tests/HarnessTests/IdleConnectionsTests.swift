// Connections beside a load that ask for nothing: held, counted, and missed when the broker ends them.
import Client
import Foundation
import Host
import Measurement
import NullBroker
import Results
import Testing

@testable import Harness

@Suite struct IdlePlanTests {
    private func parse(_ text: String) throws(ProfileError) -> Profile {
        try Profile.parse("question: Q?\nname: n\n\(text)\n", path: "n.yaml")
    }

    @Test func `they ask in time for what the broker closes connections after`() throws {
        #expect(try parse("producers: {rate: 5}").idlePlan == nil)
        #expect(try parse("producers: {rate: 5}\nidleConnections: 0").idlePlan == nil)
        #expect(try parse("producers: {rate: 5}\nidleConnections: 5_000").idlePlan == IdlePlan(count: 5_000, keepAliveNanoseconds: 120_000_000_000))
        let short = try parse("producers: {rate: 5}\nidleConnections: 7\nbroker: {settings: {connections.max.idle.ms: 3000}}")
        #expect(short.idlePlan == IdlePlan(count: 7, keepAliveNanoseconds: 1_000_000_000))
        let swept = try parse("producers: {rate: 5}\nsweep: {idleConnections: [0, 1000]}")
        #expect(swept.sweep.map(\.path) == ["idleConnections"] && swept.idleConnections == 0)
    }

    @Test(arguments: [
        ("idleConnections: 5\nheadlines: {disk: true}", "beside the load of ‘producers’, which is missing"),
        ("producers: {mode: max}\nidleConnections: 5\ngate: {kind: max, metrics: [cpu]}", "no ‘idleConnections’ with ‘gate’"),
        ("producers: {rate: 5}\nidleConnections: 5\nheadlines: {placement: true}", "‘headlines.placement’ runs the load once a place"),
        ("producers: {rate: 5}\nidleConnections: 100001", "a whole number from 0 to 100000"), ("producers: {rate: 5}\nidleConnections: many", "a whole number from 0"),
    ])
    func `what they can't stand beside is refused`(text: String, reason: String) {
        let error = #expect(throws: ProfileError.self) { try parse(text) }
        #expect(error?.message.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func `more than this process may open is refused with both numbers`() {
        #expect(IdleConnections.refusal(5_000, isSecured: false, limit: 6_024) == nil)
        #expect(IdleConnections.refusal(5_000, isSecured: false, limit: 6_023)?.contains("takes 6024 open files of this process, which may have 6023") == true)
        #expect(IdleConnections.refusal(5_000, isSecured: true, limit: 6_024)?.contains("takes 16024 open files") == true)
    }
}

@Suite(.serialized) struct IdleConnectionsTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `all of them are there, stay while they ask, and are missed when the broker is gone`() throws {
        let broker = try FaultyBroker()
        let idle = try IdleConnections(IdlePlan(count: 20, keepAliveNanoseconds: 50_000_000), to: BrokerTarget(bootstrap: broker.address, process: nil)) {}
        defer { idle.stop() }
        #expect(idle.count == .init(asked: 20, open: 20, closed: 0))
        MonotonicClock.sleep(nanoseconds: 300_000_000)
        #expect(idle.count == .init(asked: 20, open: 20, closed: 0))
        broker.stop()
        let deadline = MonotonicClock.now() + 5 * Self.second
        while idle.count.closed < 20, MonotonicClock.now() < deadline { MonotonicClock.sleep(nanoseconds: 5_000_000) }
        #expect(idle.count == .init(asked: 20, open: 0, closed: 20))
        #expect(idle.count.sentence == "20 connections were held open beside the load, 0 of them at the end, since the broker closed 20")
    }

    @Test func `a broker that takes none is an error that says how far it came`() {
        let error = #expect(throws: HarnessError.self) {
            _ = try IdleConnections(IdlePlan(count: 3, keepAliveNanoseconds: Self.second), to: BrokerTarget(bootstrap: HostPort("127.0.0.1:1")!, process: nil)) {}
        }
        #expect(error?.description.contains("0 of 3 idle connections were opened, then: cannot connect") == true, "\(error?.description ?? "")")
    }

    private static let text = """
        question: q
        name: idle
        producers: {rate: 1000, recordBytes: 100}
        idleConnections: 5
        phases: {warmUp: 0s, steadyWait: 0s, steady: 1s, coolDown: 0s}
        """

    @Test func `one that is lost is an error of the first window that misses it, and of no later one`() {
        let (address, lost) = (BrokerAddress(host: "127.0.0.1", port: 9092), IdleConnections.Count(asked: 5, open: 3, closed: 2))
        #expect([0, 1, 2].map { lost.errors(of: address, beyond: $0) } == [["CONNECTION_LOST": 2], ["CONNECTION_LOST": 1], [:]])
    }

    @Test func `a run counts those that were open to its end`() throws {
        let broker = try FaultyBroker()
        defer { broker.stop() }
        let outcome = try run(Profile.parse(Self.text, path: "idle.yaml"), at: broker.address, fleet: { _, _, _ in FakeFleet([FakeProducerLane(eventsPerSecond: 1000)]) })
        let steady = try #require(outcome.record.phases.first { $0.kind == "steady" })
        #expect(["", "_open", "_closed"].map { steady.counters["idle_connections" + $0] } == [5, 5, 0])
        #expect(steady.notes.contains("5 connections were held open beside the load, all of them to the end"))
        #expect(outcome.record.facts[0].unexpectedErrors == [:])
    }

    @Test func `those that the broker closed are errors that the profile has to expect`() throws {
        let broker = try FaultyBroker()
        let null = broker.broker
        var stopper: WorkerThread?
        let outcome = try run(
            Profile.parse(Self.text, path: "idle.yaml"), at: broker.address,
            fleet: { _, _, _ in
                stopper = WorkerThread(name: "stopper") {
                    MonotonicClock.sleep(nanoseconds: 600_000_000)
                    null.stop()
                }
                return FakeFleet([FakeProducerLane(eventsPerSecond: 1000)])
            })
        stopper?.join()
        let steady = try #require(outcome.record.phases.first { $0.kind == "steady" })
        #expect(["", "_open", "_closed"].map { steady.counters["idle_connections" + $0] } == [5, 0, 5])
        #expect(outcome.record.facts[0].unexpectedErrors == ["CONNECTION_LOST": 5])
        #expect(outcome.verdict.reasons.contains { $0.rule == "errors" && $0.text.hasPrefix("5 x CONNECTION_LOST") })
    }
}
