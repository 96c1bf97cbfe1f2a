// The paragraph follows the figures: each sentence by turning what it rests on round.
import Measurement
import Testing

@testable import Results

@Suite struct ZeroCopyExplanationTests {
    private func metric(_ value: Double, _ unit: String = "x", share: Double = 0.01) -> Metric {
        .measured(
            "figure", value, unit: unit, polarity: .neutral,
            interval: ConfidenceInterval(estimate: value, lower: value * (1 - share), upper: value * (1 + share), method: .meanT, samples: 10))
    }

    private static let usual = ["splice": 0.05, "sendfile": 0.085, "mmap": 0.09, "copy 64 KiB": 0.15, "copy 1 MiB": 0.083, "TLS": 0.5, "floor": 0.045]
    private static let calls = ["splice": 2_000.0, "sendfile": 9_000, "mmap": 2_400, "copy 64 KiB": 32_000, "copy 1 MiB": 2_100, "TLS": 40_000]

    /// - Parameters:
    ///   - costs: CPU-s/GB that are not the usual ones; 0: the mode did not run.
    ///   - share: half of every interval, of its value.
    private func headline(_ costs: [String: Double] = [:], share: Double = 0.01) -> ZeroCopyHeadline {
        let all = Self.usual.merging(costs) { $1 }
        let modes = ["splice", "sendfile", "mmap", "copy 64 KiB", "copy 1 MiB", "TLS"].filter { all[$0] != 0 }
        return ZeroCopyHeadline(
            placement: "", load: "max rate", floor: metric(all["floor"]!, "CPU-s/GB", share: share),
            modes: modes.map { ModeRow(mode: $0, cpuSecondsPerGB: metric(all[$0]!, "CPU-s/GB", share: share), throughput: metric(1), syscallsPerGB: metric(Self.calls[$0]!, "count")) },
            comparisons: [])
    }

    private func text(_ costs: [String: Double] = [:], share: Double = 0.01) throws -> String { try #require(ZeroCopyExplanation.text(headline(costs, share: share))) }

    /// What a sentence says of the usual figures, what of those that are turned round, and what where the intervals meet.
    private static let turns: [(mode: String, cost: Double, usual: String, turned: String, same: String)] = [
        ("mmap", 0.07, "it more than pays in page tables", "is more than it pays in page tables", "mmap cannot be told from copy 1 MiB"),
        ("sendfile", 0.04, "each call of TCP gets 64 KiB at most", "is no handicap here", "sendfile cannot be told from splice"),
        ("splice", 0.1, "no byte is touched", "costs more here than copying them", "and cannot be told from copy 1 MiB"),
        ("TLS", 0.05, "whatever the file's way", "encryption does not show", "encryption does not show"),
    ]

    @Test func `a cause is named where the figures have its sign, and not where they have the other one or none`() throws {
        for turn in Self.turns {
            let (usual, turned, wide) = (try text(), try text([turn.mode: turn.cost]), try text(["TLS": 0.083, "sendfile": 0.052], share: 0.5))
            #expect(usual.contains(turn.usual) && !usual.contains(turn.turned), "\(turn.mode): \(usual)")
            #expect(turned.contains(turn.turned) && !turned.contains(turn.usual), "\(turn.mode): \(turned)")
            #expect(wide.contains(turn.same) && !wide.contains(turn.usual), "\(turn.mode): \(wide)")
        }
    }

    @Test func `the floor is one only under what costs more`() throws {
        #expect(try !text().contains("Less than that"))
        let high = try text(["floor": 0.06])
        #expect(high.contains("costs 0.0600 CPU-s/GB") && high.contains("Less than that: splice; copying out of that buffer"), "\(high)")
        #expect(try text(["floor": 0.2]).contains("Less than that: splice, sendfile, mmap, copy 64 KiB, copy 1 MiB;"))
    }

    @Test func `a copy's own share is told where it is above the floor`() throws {
        #expect(try text().contains("copy 1 MiB adds 0.0380 (46 % of its cost) for a copy out of the page cache"))
        let below = try text(["floor": 0.2])
        #expect(!below.contains("copy 1 MiB adds") && below.contains("its copy out of the page cache does not show"))
        #expect(try text(["floor": 0.083]).contains("copy 1 MiB cannot be told from the floor (1.00 ["))
    }

    @Test func `small chunks are blamed on system calls only where they make more of them`() throws {
        #expect(try text().contains("copy 64 KiB costs 0.150, 1.81 [1.77, 1.84] times copy 1 MiB, in 32,000 system calls a GB: the smaller the buffer"))
        #expect(try text(["copy 64 KiB": 0.0835]).contains("copy 64 KiB cannot be told from copy 1 MiB"))
        var even = headline()
        for index in even.modes.indices { even.modes[index].syscallsPerGB = metric(2_000, "count") }
        let alike = try #require(ZeroCopyExplanation.text(even))
        #expect(!alike.contains("the smaller the buffer"))
    }

    @Test func `pairs that a result keeps are what counts, not the wider intervals of each`() throws {
        var kept = headline([:], share: 0.5)
        kept.costRatios = [CostRatio(mode: "mmap", over: "copy 1 MiB", ratio: metric(1.09))]
        #expect(try #require(ZeroCopyExplanation.text(kept)).contains("mmap costs 0.0900, 1.09 [1.08, 1.10] times copy 1 MiB, in 2,400 system calls a GB: what it saves"))
        kept.costRatios = [CostRatio(mode: "copy 1 MiB", over: "mmap", ratio: metric(1.25))]
        #expect(try #require(ZeroCopyExplanation.text(kept)).contains("mmap costs 0.0900, 0.800 [0.792, 0.808] times copy 1 MiB, in 2,400 system calls a GB: what it saves of a copy into a buffer is more"))
        // Too little CPU for a pair is too little for a cause.
        kept.costRatios = [CostRatio(mode: "mmap", over: "copy 1 MiB", ratio: .unavailable("cost_ratio", unit: "x", polarity: .lowerIsBetter, reason: "only 0.2 s"))]
        #expect(try #require(ZeroCopyExplanation.text(kept)).contains("mmap costs 0.0900, in 2,400 system calls a GB."))
    }

    @Test func `nothing is said of modes that did not run`() throws {
        let few = try text(["sendfile": 0, "mmap": 0, "TLS": 0, "copy 64 KiB": 0])
        for word in ["sendfile", "mmap", "TLS", "64 KiB"] { #expect(!few.contains(word), "\(few)") }
        let uncopied = try text(["copy 1 MiB": 0, "copy 64 KiB": 0])
        #expect(uncopied.contains("mmap costs 0.0900, in 2,400 system calls a GB.") && !uncopied.contains("no byte is touched"))
    }

    @Test func `the C loop, the split of the CPU and the tail have a sentence each, by their figures`() throws {
        var found = headline()
        found.bestCopyOverC = metric(1.03)
        for index in found.modes.indices {
            found.modes[index].userSecondsPerGB = metric(0.01, "CPU-s/GB")
            found.modes[index].systemSecondsPerGB = metric(0.04, "CPU-s/GB")
        }
        found.comparisons = [
            SavingRow(zeroCopy: "splice", baseline: "copy 1 MiB", baselineKind: "best", pairs: 10, saving: metric(40), savingNetOfFloor: metric(80), throughputRatio: metric(1.5)),
        ]
        found.comparisons[0].latencyP99Ratio = metric(0.7)
        let first = try #require(ZeroCopyExplanation.text(found))
        #expect(first.contains("so little of this is the broker's own") && first.contains("its own code has 20 % in splice, 20 % in sendfile"))
        #expect(first.contains("The p99 fetch of splice takes 0.700 [0.693, 0.707] times as long as that of copy 1 MiB."))
        found.bestCopyOverC = metric(1.2)
        found.comparisons[0].latencyP99Ratio = metric(1)
        let second = try #require(ZeroCopyExplanation.text(found))
        #expect(second.contains("no saving against it is told") && !second.contains("so little of this") && second.contains("cannot be told apart (1.00 [0.990, 1.01] times as long)"))
    }
}
