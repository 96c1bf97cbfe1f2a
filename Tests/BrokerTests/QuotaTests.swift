// Client quotas as values: which one counts, how a rate is taken, what a file remembers.
import Testing
import Wire

@testable import Broker

private let second: UInt64 = 1_000_000_000

@Suite struct QuotaTests {
    private func rate() -> WindowedRate { WindowedRate(windowCount: 11, windowNanoseconds: second) }

    @Test func `the most specific quota counts, users before client ids`() {
        // In Kafka's order of precedence.
        let entities: [(entity: QuotaEntity, subject: QuotaSubject)] = [
            (.init(user: .named("u"), clientID: .named("c")), .init(kind: .produce, user: "u", clientID: "c")),
            (.init(user: .named("u"), clientID: .byDefault), .init(kind: .produce, user: "u", clientID: "c")),
            (.init(user: .named("u")), .init(kind: .produce, user: "u", clientID: nil)),
            (.init(user: .byDefault, clientID: .named("c")), .init(kind: .produce, user: "u", clientID: "c")),
            (.init(user: .byDefault, clientID: .byDefault), .init(kind: .produce, user: "u", clientID: "c")),
            (.init(user: .byDefault), .init(kind: .produce, user: "u", clientID: nil)),
            (.init(clientID: .named("c")), .init(kind: .produce, user: nil, clientID: "c")),
            (.init(clientID: .byDefault), .init(kind: .produce, user: nil, clientID: "c")),
        ]
        var table = QuotaTable()
        for (place, entry) in entities.enumerated() { table.set(.produce, Int64(place + 1), of: entry.entity) }
        for (place, entry) in entities.enumerated() {
            #expect(
                table.match(.produce, user: "u", clientID: "c")
                    == QuotaMatch(bytesPerSecond: Int64(place + 1), subject: entry.subject))
            #expect(table.match(.fetch, user: "u", clientID: "c") == nil)
            table.set(.produce, nil, of: entry.entity)
        }
        #expect(table == QuotaTable())
    }

    @Test func `names of others do not count`() {
        var table = QuotaTable()
        table.set(.fetch, 5, of: .init(user: .named("other")))
        table.set(.fetch, 6, of: .init(user: .named("u"), clientID: .named("other")))
        #expect(table.match(.fetch, user: "u", clientID: "c") == nil)
    }

    @Test func `lines say what the table says, whatever the names`() throws {
        var table = QuotaTable()
        for name in ["a", "-", "<default>", "with space", "%", "ünïcode\n", "=", "a=b"] {
            table.set(.produce, 7, of: .init(user: .named(name)))
            table.set(.fetch, .max, of: .init(user: .byDefault, clientID: .named(name)))
        }
        table.set(.fetch, 1, of: .init(clientID: .byDefault))
        #expect(table.lines.allSatisfy { !$0.contains("\n") && $0.split(separator: " ").count == 4 })
        #expect(QuotaTable(lines: table.lines) == table)
    }

    @Test(arguments: [
        "", "producer_byte_rate 5 =u", "producer_byte_rate 0 =u -", "producer_byte_rate x =u -", "other 5 =u -",
        "producer_byte_rate 5 u -", "producer_byte_rate 5 =%4 -", "producer_byte_rate 5 =%zz -", "producer_byte_rate 5 =%ff -",
    ])
    func `a line that says nothing is refused`(line: String) { #expect(QuotaTable(lines: [line]) == nil) }

    @Test func `a rate below the limit costs nothing, a burst above it the time that brings it back`() {
        var rate = rate()
        for tick in 0..<100 {
            rate.record(1_000, at: UInt64(tick) * second / 10)
            #expect(rate.throttleMilliseconds(limit: 10_000, at: UInt64(tick) * second / 10) == 0, "\(tick)")
        }
        var burst = self.rate()
        burst.record(150_000, at: second)
        // Ten windows of 10,000 bytes are allowed; 15 s worth came.
        #expect(burst.throttleMilliseconds(limit: 10_000, at: second) == 5_000)
        #expect(burst.throttleMilliseconds(limit: 15_000, at: second) == 0)
    }

    @Test func `what was long ago does not count, and what is taken back neither`() {
        var rate = rate()
        rate.record(1_000_000, at: second)
        #expect(rate.throttleMilliseconds(limit: 1_000, at: 11 * second) > 0)
        #expect(rate.throttleMilliseconds(limit: 1_000, at: 12 * second) == 0)
        #expect(rate.bytes(at: 12 * second) == 0)
        rate.record(1_000_000, at: 20 * second)
        rate.record(-1_000_000, at: 20 * second)
        #expect(rate.throttleMilliseconds(limit: 1, at: 20 * second) == 0)
        // A loop whose clock is a little behind.
        rate.record(5, at: 19 * second)
        #expect(rate.bytes(at: 20 * second) == 5)
    }

    @Test func `nobody is told to hold off for ever`() {
        var rate = rate()
        rate.record(.max / 2, at: 0)
        #expect(Double(rate.throttleMilliseconds(limit: 1, at: 0)) == WindowedRate.longestThrottleMilliseconds)
        var one = WindowedRate(windowCount: 2, windowNanoseconds: second)
        #expect(one.throttleMilliseconds(limit: 1, at: 0) == 0)
    }

    @Test func `what is over the limit does not go, but for what is too large to ever fit`() {
        let meter = QuotaMeter(windowCount: 11, windowNanoseconds: second)
        let first = meter.admit(20_000, limit: 1_000, at: second)
        #expect(first.isAdmitted && first.throttleMilliseconds == 10_000)
        let second_ = meter.admit(20_000, limit: 1_000, at: 2 * second)
        #expect(!second_.isAdmitted && second_.throttleMilliseconds > 10_000)
        // It was not counted.
        let later = meter.admit(20_000, limit: 1_000, at: 12 * second)
        #expect(later.isAdmitted)
    }

    @Test func `strangers under any number of client ids cost a bounded number of meters`() throws {
        var table = QuotaTable()
        table.set(.produce, 1_000, of: .init(clientID: .byDefault))
        let quotas = ClientQuotas(table, windowCount: 11, windowSeconds: 1)
        var held: [AppliedQuota] = []
        for number in 0..<ClientQuotas.meterLimit {
            held.append(try #require(quotas.applied(.produce, user: "u", clientID: "\(number)", at: second)))
        }
        let one = try #require(quotas.applied(.produce, user: "u", clientID: "one more", at: second))
        let two = try #require(quotas.applied(.produce, user: "u", clientID: "and one", at: second))
        #expect(one.meter === two.meter)
        #expect(try #require(quotas.applied(.produce, user: "u", clientID: "5", at: second)).meter === held[5].meter)
        held.removeAll()
        let three = try #require(quotas.applied(.produce, user: "u", clientID: "later", at: 3 * second))
        #expect(three.meter !== one.meter)
    }
}
