// What the broker tells those who started it: its ready line, its counters.
import Testing

@testable import Harness

@Suite struct FleetTests {
    @Test func `a ready line gives the listeners in order`() {
        let line = "tidemarkd ready pid=12 listeners=127.0.0.1:40123,[::1]:40124\n"
        #expect(BrokerProcess.parseReady(line)?.map(\.description) == ["127.0.0.1:40123", "[::1]:40124"])
        #expect(BrokerProcess.parseReady("tidemarkd ready pid=12 listeners=127.0.0.1\n") == nil)
        #expect(BrokerProcess.parseReady("starting up\n") == nil)
    }

    @Test func `a counters page is read by name, and a torn or foreign one is empty`() {
        var page = Array("TMKCTR01".utf8) + [2, 0, 0, 0, 0, 0, 0, 0]
        for (name, value) in [("bytes_in", UInt64(513)), ("errors", 7)] {
            page += Array(name.utf8) + [UInt8](repeating: 0, count: 48 - name.utf8.count)
            page += (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        #expect(CounterPage.parse(page) == ["bytes_in": 513, "errors": 7])
        #expect(CounterPage.parse(Array(page.dropLast())) == [:])
        #expect(CounterPage.parse(Array("NOTCTR01".utf8) + page.dropFirst(8)) == [:])
        #expect(CounterPage.parse([]) == [:])
    }

    @Test func `an endpoint needs a host and a port`() {
        #expect(HostPort("a:9092")?.port == 9092)
        #expect(HostPort("[::1]:1")?.host == "::1")
        #expect(HostPort("127.0.0.1:1")!.isLoopback && HostPort("localhost:1")!.isLoopback && HostPort("[::1]:1")!.isLoopback)
        #expect(!HostPort("broker.example:1")!.isLoopback && !HostPort("10.127.0.1:1")!.isLoopback)
        for wrong in ["", "a", ":1", "a:0", "a:70000", "::1:9092", "a:b"] { #expect(HostPort(wrong) == nil) }
    }

    @Test func `progress in a log speaks at a phase's start and then every ten seconds`() {
        var said: [String] = []
        let line = ProgressLine(style: .log) { said.append($0) }
        for second in 0...21 {
            var moment = ProgressLine.Moment(phase: "steady", elapsedSeconds: Double(second), totalSeconds: 30)
            moment.recordsPerSecond = 20_000
            moment.responseP99Nanoseconds = 1_250_000
            line.show(moment)
        }
        #expect(said.count == 3)
        #expect(said[0].hasSuffix("steady 0/30 s · 20000 records/s · p99 1.25 ms\n"))
    }
}
