import Measurement
import Testing

@testable import Results

@Suite struct RecoveryTests {
    /// A phase that began at 100 s, with a p99 in milliseconds and records for each second.
    private func phase(_ seconds: [(p99: UInt64, records: UInt64)], _ perturbations: [(from: Double, to: Double)]) -> PhaseRecord {
        func time(_ seconds: Double) -> UInt64 { 100_000_000_000 + UInt64(seconds * 1e9) }
        var phase = PhaseRecord(
            name: "steady", kind: "steady", startedNanoseconds: time(0), endedNanoseconds: time(Double(seconds.count)),
            series: seconds.enumerated().map {
                SecondRecord(second: $0.offset, records: $0.element.records, bytes: 1, responseP99Nanoseconds: $0.element.p99 * 1_000_000)
            })
        phase.perturbations = perturbations.map {
            PerturbationRecord(kind: "pause", startedNanoseconds: time($0.from), endedNanoseconds: time($0.to))
        }
        return phase
    }

    @Test func `nothing is said without a whole second before it`() {
        #expect(phase([(1, 100), (1, 100)], [(0.5, 0.7)]).recovery(after: 0) == nil)
        #expect(phase([(1, 100), (1, 100)], []).recovery(after: 0) == nil)
    }

    @Test func `a second is whole before a disturbance where the lanes' own clock says so, not the phase's`() throws {
        var late = phase([(1, 100), (250, 60), (1, 100)], [(1.0, 1.2)])
        late.startedNanoseconds += 3_000_000
        #expect(late.recovery(after: 0) == nil)
        late.seriesStartedNanoseconds = late.startedNanoseconds - 3_000_000
        #expect(try #require(late.recovery(after: 0)).worstP99Nanoseconds == 250_000_000)
    }

    @Test func `the first second whose latency and rate are as before ends it`() throws {
        let recovery = try #require(phase([(1, 100), (1, 100), (250, 60), (3, 120), (1, 100), (1, 100)], [(2.1, 2.4)]).recovery(after: 0))
        #expect(recovery.p99BeforeNanoseconds == 1_000_000 && recovery.worstP99Nanoseconds == 250_000_000)
        let seconds = try #require(recovery.seconds)
        #expect(abs(seconds - 1.6) < 1e-6, "second 3 is three times slower than before, second 4 is not")
    }

    @Test func `a rate that stays down is no recovery, however quick the answers`() throws {
        #expect(try #require(phase([(1, 100), (1, 100), (9, 10), (1, 90), (1, 90)], [(2, 2.2)]).recovery(after: 0)).seconds == nil)
    }

    @Test func `each one is judged until the next begins`() throws {
        let both = phase([(1, 100), (50, 90), (9, 100), (80, 90), (1, 100)], [(1.2, 1.3), (3.1, 3.2)])
        let first = try #require(both.recovery(after: 0))
        #expect(first.seconds == nil && first.worstP99Nanoseconds == 80_000_000, "the second in which the next one begins is its, too")
        #expect(try #require(both.recovery(after: 1)).seconds.map { abs($0 - 0.8) < 1e-6 } == true)
    }

    @Test func `each second says what was under way in it`() {
        var marked = phase([(1, 100), (1, 100), (50, 60), (50, 60), (1, 100)], [(2.9, 3.1), (3.5, 3.6)])
        marked.perturbations!.append(PerturbationRecord(kind: "dropCache", startedNanoseconds: 103_700_000_000, endedNanoseconds: 103_700_000_000))
        marked.markSeconds()
        #expect(marked.series.map(\.perturbations) == [nil, nil, ["pause"], ["pause", "dropCache"], nil])
    }

    @Test func `the error budget counts every second since the first disturbance that is not as before`() throws {
        let twice = phase([(1, 100), (50, 90), (1, 100), (80, 90), (1, 100)], [(1.2, 1.3), (3.1, 3.2)])
        let budget = try #require(twice.errorBudget)
        #expect(budget.seconds == 4 && budget.spent == 2 && budget.failedRecords == 0 && budget.spentShare == 0.5)
        #expect(phase([(1, 100), (1, 100)], []).errorBudget == nil)
    }
}
