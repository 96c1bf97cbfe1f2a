// What slices come to, and the C servers that some of them are taken of.
import Measurement
import Results
import Testing

@testable import Harness

@Suite struct ZeroCopyRoundsTests {
    private static let modes = [
        ListenerPlan(transfer: .splice), ListenerPlan(transfer: .copy, bufferBytes: 65_536), ListenerPlan(transfer: .copy, bufferBytes: 1 << 20), ListenerPlan(transfer: .mmap),
        ListenerPlan(transfer: .tls),
    ]

    private func slice(_ cost: Double, _ noise: Double, calls: Double?, client: Double = 0.4) -> ZeroCopySlice {
        let recorder = LatencyRecorder(origin: 0, maximumSeconds: 1)
        for n in 0..<6_000 { recorder.record(Int64(cost * 1e6) + Int64(n % 7), at: UInt64(n)) }
        return ZeroCopySlice(
            cpuSeconds: cost * 10 * noise, userSeconds: cost * noise, gigabytes: 10, seconds: cost * 20, latency: recorder.snapshot(), systemCalls: calls, contextSwitches: calls.map { $0 / 10 },
            clientShare: client, cpuSecondsWithUnattributed: cost * 10 * noise + 0.1)
    }

    /// - Parameter best: CPU-s/GB of the best copy; the C loop's is 0.08.
    private func rounds(best: Double) -> ZeroCopyRounds {
        let rounds = (0..<10).map { n -> [ZeroCopySlice] in
            let noise = 1 + 0.002 * Double(n % 3)
            return [
                slice(0.05, noise, calls: 20_000), slice(0.16, noise, calls: 320_000), slice(best, noise, calls: 21_000), slice(0.09, noise, calls: 24_000),
                slice(0.5, noise, calls: 400_000), slice(0.045, noise, calls: nil), slice(0.08, noise, calls: nil),
            ]
        }
        return ZeroCopyRounds(modes: Self.modes, references: [.constant, .copy], rounds: rounds, seed: 7)
    }

    @Test func `each mode has its cost, times, calls and switches, and each pair its ratios with intervals`() throws {
        let found = rounds(best: 0.082).headline(placement: "here", load: "max rate")
        #expect(found.modes.map(\.mode) == ["splice", "copy 64 KiB", "copy 1 MiB", "mmap", "TLS"])
        #expect(found.floor.value.map { abs($0 - 0.045) < 0.001 } == true)
        let splice = found.modes[0]
        #expect(splice.fetchP50?.value.map { abs($0 - 50_000) < 100 } == true && splice.fetchP99?.value != nil)
        #expect(splice.syscallsPerGB?.value == 2_000 && splice.contextSwitchesPerGB?.value == 200 && splice.syscallsPerGB?.interval != nil)
        #expect(found.comparisons.map(\.baselineKind) == ["idiomatic", "best", "mapped", "encrypted"])
        let chunked = found.comparisons[0]
        #expect(chunked.saving.value.map { abs($0 - 68.75) < 0.1 } == true && chunked.saving.interval != nil)
        #expect(chunked.syscallRatio?.value.map { abs($0 - 0.0625) < 0.001 } == true && chunked.latencyRatio?.interval != nil)
        #expect(chunked.contextSwitchRatio?.value != nil && chunked.throughputRatio.value.map { $0 > 3 } == true)
    }

    @Test func `a best copy within 5 % of the C loop is a fair baseline, a worse one prints no saving`() throws {
        let fair = rounds(best: 0.0839).headline(placement: "", load: "")
        #expect(fair.bestCopyOverC?.value.map { abs($0 - 1.049) < 0.001 } == true)
        #expect(fair.comparisons[1].baselineKind == "best" && fair.comparisons[1].saving.value != nil)
        let unfair = rounds(best: 0.0848).headline(placement: "", load: "")
        let row = unfair.comparisons[1]
        #expect(row.saving.value == nil && row.savingNetOfFloor.value == nil && row.saving.unavailable?.contains("1.06 times what a C loop") == true)
        // The ratio of throughputs is what it is, and the other baselines are not touched.
        #expect(row.throughputRatio.value != nil && unfair.comparisons[0].saving.value != nil)
    }

    @Test func `rounds that were finished before Ctrl-C are kept, and the one under way is not`() throws {
        let whole = rounds(best: 0.08)
        func collected(until: Int) throws -> (rounds: [[ZeroCopySlice]], interruption: HarnessError?) {
            try ZeroCopyRounds.collect(10) { number in
                if number == until { throw HarnessError.interrupted(signal: 2) }
                return whole.rounds[number]
            }
        }
        let three = try collected(until: 3)
        #expect(three.rounds.count == 3 && three.interruption == .interrupted(signal: 2))
        let found = ZeroCopyRounds(modes: whole.modes, references: whole.references, rounds: three.rounds, seed: 7).headline(placement: "", load: "")
        #expect(found.comparisons[0].pairs == 3 && found.comparisons[0].saving.value != nil)
        #expect(ZeroCopyRounds.cutText(after: 3, of: 10) == "interrupted after 3 of 10 rounds")
        let one = try collected(until: 1)
        #expect(one.rounds.count < ZeroCopyRounds.leastRounds && one.interruption != nil)
        #expect(ZeroCopyRounds.cutText(after: 1, of: 10) == "interrupted after 1 of 10 rounds; 2 at least are needed")
        #expect(ZeroCopyRounds.cutText(after: 10, of: 10) == "interrupted when all 10 rounds were made")
        let all = try collected(until: 10)
        #expect(all.rounds.count == 10 && all.interruption == nil)
        #expect(throws: HarnessError.impossible("served nothing")) {
            _ = try ZeroCopyRounds.collect(10) { _ in throw HarnessError.impossible("served nothing") }
        }
    }

    @Test func `without the C loop there is no saving against the best copy either`() {
        let whole = rounds(best: 0.08)
        let cut = ZeroCopyRounds(modes: whole.modes, references: [.constant], rounds: whole.rounds.map { Array($0.dropLast()) }, seed: 7).headline(placement: "", load: "")
        #expect(cut.comparisons[1].saving.unavailable?.contains("no C loop") == true && cut.comparisons[0].saving.value != nil)
    }

    @Test func `every two modes have their ratio of CPU, and the broker's own default is judged by them`() throws {
        let found = rounds(best: 0.08).headline(placement: "", load: "")
        #expect(found.defaultMode == "splice" && found.costRatios?.count == 15)
        #expect(found.costRatio(of: "mmap", over: "splice")?.value.map { abs($0 - 1.8) < 1e-6 } == true)
        #expect(found.costRatio(of: "copy 64 KiB", over: "floor")?.value.map { abs($0 - 0.16 / 0.045) < 1e-6 } == true)
        #expect(DefaultModeVerdict.judge(found)?.word == "supported")
        var slow = rounds(best: 0.08)
        slow.rounds = slow.rounds.map { round in
            var round = round
            round[0].cpuSeconds *= 1.7
            return round
        }
        #expect(DefaultModeVerdict.judge(slow.headline(placement: "", load: ""))?.word == "loses to copy 1 MiB")
        // Without a second of its CPU nothing is known of the one that might beat it.
        slow.rounds = slow.rounds.map { round in
            var round = round
            round[2].cpuSeconds = 0.01
            return round
        }
        #expect(DefaultModeVerdict.judge(slow.headline(placement: "", load: ""))?.word == "undecided")
    }

    @Test func `a saving is told of the broker, and of what the kernel did elsewhere with it`() throws {
        let found = rounds(best: 0.08).headline(placement: "", load: "")
        let (machine, alone) = (try #require(found.modes[0].cpuSecondsPerGBWithUnattributed?.value), try #require(found.modes[0].cpuSecondsPerGB.value))
        #expect(abs(machine - alone - 0.01) < 1e-6)
        // 0.06 instead of 0.17, where the broker alone has 0.05 instead of 0.16.
        let row = found.comparisons[0]
        #expect(row.savingWithUnattributed?.value.map { abs($0 - 64.7) < 0.1 } == true && row.savingWithUnattributed?.interval != nil)
        var without = rounds(best: 0.08)
        without.rounds[3][1].cpuSecondsWithUnattributed = nil
        let cut = without.headline(placement: "", load: "")
        #expect(cut.comparisons[0].savingWithUnattributed == nil && cut.modes[1].cpuSecondsPerGBWithUnattributed == nil && cut.comparisons[1].savingWithUnattributed != nil)
        without.rounds[3][1].cpuSecondsWithUnattributed = -0.02
        #expect(without.headline(placement: "", load: "").comparisons[0].savingWithUnattributed?.unavailable == "a slice has none")
    }

    @Test func `what an unfair best copy saves is not told of the whole machine either`() {
        #expect(rounds(best: 0.09).headline(placement: "", load: "").comparisons[1].savingWithUnattributed?.unavailable?.contains("times what a C loop") == true)
    }

    /// - Parameter side: the one beside which the client is busy.
    private func busyClient(_ share: Double, beside side: Int) -> ZeroCopyHeadline {
        var busy = rounds(best: 0.08)
        busy.rounds = busy.rounds.enumerated().map { number, round in
            var round = round
            round[side].clientShare = share + (number % 2 == 0 ? 0.01 : -0.01)
            return round
        }
        return busy.headline(placement: "", load: "max rate")
    }

    @Test func `no throughput is compared where the client may have bound one of the two`() {
        // Splice: every comparison; a copy: its own; just below the limit: none.
        let reason = "client-bound: beside splice the client's busiest thread was on its CPU for 86 % of the time"
        #expect(busyClient(0.86, beside: 0).comparisons.allSatisfy { $0.throughputRatio.unavailable == reason && $0.saving.value != nil })
        #expect(busyClient(0.86, beside: 1).comparisons.map { $0.throughputRatio.value == nil } == [true, false, false, false])
        #expect(busyClient(0.84, beside: 0).comparisons.allSatisfy { $0.throughputRatio.value != nil })
        #expect(busyClient(0.86, beside: 0).modes[0].clientShare?.value.map { abs($0 - 86) < 1e-9 } == true)
    }

    /// - Parameter fetches: of every mode in every slice.
    private func rounds(_ count: Int, fetches: Int) -> ZeroCopyRounds {
        var found = rounds(best: 0.08)
        let recorder = LatencyRecorder(origin: 0, maximumSeconds: 1)
        for n in 0..<fetches { recorder.record(Int64(100_000 + n), at: UInt64(n)) }
        found.rounds = found.rounds.prefix(count).map { round in
            round.map { slice in
                var slice = slice
                slice.latency = recorder.snapshot()
                return slice
            }
        }
        return found
    }

    @Test func `a p99 is compared over as many rounds together as it takes fetches for`() throws {
        func ratio(_ found: ZeroCopyRounds) throws -> Metric { try #require(found.headline(placement: "", load: "").comparisons[0].latencyP99Ratio) }
        let enough = try ratio(rounds(10, fetches: 5_000))
        #expect(enough.samples == 10 && enough.note == nil && enough.interval != nil && enough.value.map { abs($0 - 1) < 1e-9 } == true)
        let pooled = try ratio(rounds(10, fetches: 2_500))
        #expect(pooled.samples == 5 && pooled.note == "5 pairs of 2 rounds each" && pooled.interval != nil)
        #expect(try ratio(rounds(10, fetches: 1_250)).note == "2 pairs of 4 rounds each")
        let few = try ratio(rounds(10, fetches: 900))
        #expect(few.value == nil && few.unavailable == "half of the rounds have fewer than the 5000 fetches that a p99 takes")
        // As long as the machine's own hiccups it is the machine's.
        var disturbed = rounds(10, fetches: 5_000)
        disturbed.hiccup = disturbed.rounds[0][0].latency
        #expect(try ratio(disturbed).unavailable == "the p99 of splice is no longer than the machine's own hiccups")
    }

    @Test func `the broker's CPU is split in its own and the kernel's, where every slice had a tick`() throws {
        let found = rounds(best: 0.08).headline(placement: "", load: "")
        let (user, system) = (try #require(found.modes[0].userSecondsPerGB?.value), try #require(found.modes[0].systemSecondsPerGB?.value))
        #expect(abs(user / (user + system) - 0.1) < 1e-9 && found.modes[0].userSecondsPerGB?.interval != nil)
        var missed = rounds(best: 0.08)
        missed.rounds[4][0].userSeconds = nil
        let cut = missed.headline(placement: "", load: "")
        #expect(cut.modes[0].userSecondsPerGB?.unavailable == "no tick of the kernel's fell into a slice" && cut.modes[1].userSecondsPerGB?.value != nil)
    }

    @Test func `splice is held against a bare C loop of splice, where one ran`() throws {
        var beside = rounds(best: 0.08)
        #expect(beside.headline(placement: "", load: "").bareSplice == nil)
        beside.rounds = beside.rounds.map { $0 + [slice(0.049, 1, calls: nil)] }
        let found = ZeroCopyRounds(modes: beside.modes, references: [.constant, .copy, .splice], rounds: beside.rounds, seed: 7).headline(placement: "", load: "")
        #expect(found.bareSplice?.mode == "C splice" && found.bareSplice?.cpuSecondsPerGB.value.map { abs($0 - 0.049) < 1e-9 } == true)
        #expect(found.bareSplice?.syscallsPerGB?.value == nil)
        #expect(try #require(found.spliceOverBare?.value) < 1 && found.spliceOverBare?.interval != nil && found.bestCopyOverC?.value != nil)
    }

    @Test func `a reference that hardly ran is none, and nothing is saved against a best copy that it should have judged`() {
        var planted = rounds(best: 0.08)
        // A slice that ended with its first answer: within 5 % of the best copy, and worth nothing.
        planted.rounds = planted.rounds.map { round in
            var round = round
            round[6].cpuSeconds = 0.0001
            round[6].gigabytes = 0.00125
            return round
        }
        let found = planted.headline(placement: "", load: "")
        #expect(found.bestCopyOverC?.unavailable == "only 0.00 s of CPU in all slices of C copy 1 MiB; 1 s is needed")
        #expect(found.comparisons[1].saving.unavailable?.contains("of C copy 1 MiB; 1 s is needed") == true && found.comparisons[1].savingNetOfFloor.value == nil)
        #expect(found.comparisons[0].saving.value != nil)
    }

    @Test(arguments: [(0, [0, 1, 2, 3]), (1, [0])])
    func `a saving takes a second of CPU on both of its sides`(side: Int, lost: [Int]) {
        var short = rounds(best: 0.08)
        short.rounds = short.rounds.map { round in
            var round = round
            round[side].cpuSeconds = 0.09
            return round
        }
        let found = short.headline(placement: "", load: "")
        #expect(found.comparisons.indices.filter { found.comparisons[$0].saving.unavailable?.contains("only 0.90 s of CPU in all slices of") == true } == lost)
    }

    @Test func `without a second of the floor's CPU nothing is net of it`() {
        var short = rounds(best: 0.08)
        short.rounds = short.rounds.map { round in
            var round = round
            round[5].cpuSeconds = 0.01
            return round
        }
        let found = short.headline(placement: "", load: "")
        #expect(found.floor.value == nil && found.comparisons.allSatisfy { $0.savingNetOfFloor.unavailable?.contains("of floor; 1 s is needed") == true && $0.saving.value != nil })
    }

    @Test func `the paragraph says what the figures say, and nothing without them`() throws {
        var found = rounds(best: 0.0824).headline(placement: "here", load: "max rate")
        let text = try #require(ZeroCopyExplanation.text(found))
        for words in [
            "without any file, costs 0.0451 CPU-s/GB", "copy 1 MiB adds 0.0375 (45 % of its cost)", "in 2,100 system calls and 210 context switches a GB",
            "splice costs 0.0501, 1.11 [1.11, 1.11] times the floor", "copy 64 KiB costs 0.160, 1.94 [1.94, 1.94] times copy 1 MiB, in 32,000 system calls",
            "mmap costs 0.0902, 1.09 [1.09, 1.09] times copy 1 MiB", "TLS costs 0.501", "1.03 times what a bare C loop",
            "Of the broker's CPU its own code has 10 % in splice, 10 % in copy 64 KiB", "The p99 fetch of splice takes 0.607 [0.607, 0.607] times as long as that of copy 1 MiB.",
        ] { #expect(text.contains(words), "\(words) is not in: \(text)") }
        #expect(!text.contains("sendfile"))
        for index in found.modes.indices { found.modes[index].syscallsPerGB = nil }
        #expect(ZeroCopyExplanation.text(found) == nil)
    }
}

@Suite struct FetchReferenceTests {
    @Test func `a ready line is read, and nothing else is taken for one`() {
        let read = FetchReference.parse("reference ready pid=123 port=40123")
        #expect(read?.pid == 123 && read?.address == HostPort("127.0.0.1:40123"))
        #expect(FetchReference.parse("reference ready pid=123") == nil && FetchReference.parse("tidemarkd ready pid=1 port=2") == nil)
    }

    @Test func `an answer's head announces itself and its records`() {
        let head = FetchReference.answerHead(topic: "abc", recordBytes: 1_000)
        #expect(head.count == 4 + 69 && Array(head.suffix(4)) == [0, 0, 3, 232])
        #expect(head[0...3].reduce(0) { $0 << 8 | Int($1) } == head.count - 4 + 1_000)
    }
}
