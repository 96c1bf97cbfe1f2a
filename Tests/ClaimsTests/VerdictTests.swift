// Each claim is flipped into each verdict that its figures can give.
import Foundation
import Measurement
import Results
import Testing
@testable import Claims

@Suite struct VerdictTests {
    @Test(arguments: flips)
    func `a figure that changes flips the part of the claim that it decides`(flip: Flip) throws {
        var stage = Stage()
        let before = try stage.reading(flip.claim).findings[flip.part]
        #expect(before.verdict == .holds, "\(before)")
        flip.change(&stage)
        let after = try stage.reading(flip.claim).findings[flip.part]
        #expect(after.verdict.word == flip.word, "\(after)")
        #expect(!(after.verdict.detail ?? "").isEmpty)
    }

    /// Parts that no experiment of this version tells, from 0.
    private static let open = ["zero-copy": [6]]
    /// Parts that the claim does not fall with.
    private static let beside = [
        "sequential-io": [2, 3], "sparse-index": [1], "removal": [0], "zero-copy": [3, 5, 6], "ordering": [2], "cleanup": [3, 4], "own-cache": [1, 3, 4, 5], "durability": [1],
    ]

    /// Parts that are counted, or told by where a curve ends: their figures have no interval that could reach over a limit.
    private static let exact = [
        "page-cache": [6], "batching": [0, 1], "sparse-index": [1], "parallelism": [1, 2, 3, 4], "ordering": [0, 1], "offsets": [0, 1, 2, 3], "cleanup": [0, 1, 2],
        "durability": [0, 1, 2, 3],
    ]

    private static func isEssential(_ part: Int, of claim: String) -> Bool { !(beside[claim] ?? []).contains(part) }

    @Test(arguments: ClaimCatalogue.all.filter { !$0.experiments.isEmpty }.map(\.name))
    func `a claim holds by good figures where nothing that it needs is open, and is not measured without its experiments`(name: String) throws {
        let reading = try Stage().reading(name)
        for (part, finding) in reading.findings.enumerated() { #expect(finding.isEssential == Self.isEssential(part, of: name), "\(finding.statement)") }
        let open = Self.open[name] ?? []
        #expect(reading.findings.indices.filter { !reading.findings[$0].verdict.isDecided } == open)
        #expect(reading.verdict.word == (open.contains { Self.isEssential($0, of: name) } ? condition : "holds"), "\(reading.verdict)")
        #expect(reading.verdictText.hasSuffix(open.isEmpty ? reading.verdict.text : " (\(open.count) of \(reading.findings.count) parts not decided)"))
        var absent = Stage()
        absent.stands = [:]
        absent.powerCut = nil
        // A machine that nobody restarted is the machine's reason, which comes before ours.
        #expect(try absent.reading(name).verdict.word == (name == "durability" ? noisy : missing))
        let breakable = Set(flips.filter { $0.claim == name && $0.word == broken }.map(\.part))
        #expect(breakable == Set(reading.findings.indices).subtracting(open), "a part of \(name) is never broken here")
    }

    /// Of all claims but the two whose memory a control group bounds: some of their parts have no such change yet.
    @Test(arguments: ClaimCatalogue.all.filter { !$0.experiments.isEmpty && !["own-cache", "memory-pressure"].contains($0.name) }.map(\.name))
    func `each part whose figure has an interval can be too close to its limit, or too noisy, to be decided`(name: String) throws {
        let (findings, exact) = (try Stage().reading(name).findings, Self.exact[name] ?? [])
        for part in exact { #expect(findings[part].figures.allSatisfy { $0.interval == nil }, "\(findings[part])") }
        let undecided = Set(flips.filter { $0.claim == name && $0.word == noisy }.map(\.part))
        #expect(undecided == Set(findings.indices).subtracting(exact + (Self.open[name] ?? [])), "a part of \(name) is never undecided here")
    }

    @Test func `four caches behind a quarter may be in memory and what the instrument adds; where more is, the cache was not bounded`() throws {
        var stage = Stage()
        for (far, isBounded) in [(0.0, true), (45.0, true), (45.1, false), (55.0, false), (98.0, false)] {
            stage.stands["reader-delay"]![0].hitRate = Stage.cacheCurves(far: far)
            for finding in try stage.reading("page-cache").findings[4...5] {
                let isUndecided = finding.verdict.word == noisy && finding.verdict.text.hasSuffix("where at most 45 % can be: the cache was not bounded")
                #expect(isBounded ? finding.verdict == .holds : isUndecided, "\(far): \(finding)")
            }
        }
    }

    @Test(arguments: flips.filter { $0.word == broken })
    func `a claim falls with each part that makes it, and any other can be left out`(flip: Flip) throws {
        var stage = Stage()
        flip.change(&stage)
        let reading = try stage.reading(flip.claim)
        let fallen = reading.findings.indices.filter { reading.findings[$0].verdict.word == broken }
        #expect(fallen.contains(flip.part), "\(reading.findings)")
        // One figure may carry several parts.
        if let first = fallen.first(where: { Self.isEssential($0, of: flip.claim) }) {
            #expect(reading.verdict.word == broken && reading.verdict.text.contains(reading.findings[first].verdict.detail ?? "-"), "\(reading.verdict)")
        } else {
            #expect(reading.verdict.word == condition && reading.verdict.text.hasSuffix("” is left out"), "\(reading.verdict)")
        }
    }

    @Test(arguments: flips.filter { [noisy, missing].contains($0.word) })
    func `a part that a claim needs and that nothing decided is a condition, and where none was decided there is no verdict`(flip: Flip) throws {
        var stage = Stage()
        let before = try stage.reading(flip.claim)
        flip.change(&stage)
        let reading = try stage.reading(flip.claim)
        // One figure may carry parts that the claim needs beside one that it does not.
        let isNeeded = zip(before.findings, reading.findings).contains { $0.isEssential && $0.verdict != $1.verdict }
        #expect(isNeeded || !Self.isEssential(flip.part, of: flip.claim))
        guard isNeeded else { return #expect(reading.verdict == before.verdict) }
        if reading.findings.contains(where: { $0.isEssential && $0.verdict.isDecided }) {
            #expect(reading.verdict.word == condition && reading.verdict.text.contains("not decided"), "\(reading.verdict)")
            #expect(reading.verdict.text.contains(reading.findings[flip.part].statement.dropLast()))
        } else {
            #expect(reading.verdict.word == flip.word, "\(reading.verdict)")
        }
    }

    @Test func `mode switches are two a system call of a fetch, and copies what a way of serving is defined to do`() throws {
        var stage = Stage()
        stage.stands["zero-copy"]![0].modes = ["splice": 2_000, "copy 64 KiB": 40_000]
        let findings = try stage.reading("zero-copy").findings
        let switches = Dictionary(uniqueKeysWithValues: findings[5].figures.map { ($0.name, $0.value ?? .nan) })
        // 1 MiB of a GB, twice.
        let splice = try #require(switches["mode switches a fetch of 1.00 MiB, splice"], "\(switches)")
        let copy = try #require(switches["mode switches a fetch of 1.00 MiB, copy 64 KiB"], "\(switches)")
        #expect(abs(splice - 4.194) < 0.001 && abs(copy - 83.886) < 0.001, "\(splice) and \(copy)")
        #expect(switches["folklore: mode switches, sendfile"] == 2)
        let copies = findings[4].figures.filter { $0.name.hasPrefix("copies by the CPU, ") }
        #expect(copies.map(\.value) == [0, 0, 1, 2, 3] && copies.allSatisfy { $0.name.hasSuffix(", by its definition") })
    }

    @Test func `loads with and without retention that were repeated have the range of their pairs`() throws {
        var stage = Stage()
        let pair = try #require(stage.stands["retention"])
        stage.stands["retention"] = [1.0, 1.1, 1.2].flatMap { (growth: Double) -> [Stand] in
            var with = pair[0]
            with.load!.latency = UInt64(300_000 * growth)
            return [with, pair[1]]
        }
        let finding = try stage.reading("removal").findings[1]
        let ratio = try #require(finding.figures.last?.interval)
        #expect(finding.verdict == .holds && finding.runs.count == 6, "\(finding)")
        #expect(abs(ratio.estimate - 1.1) < 0.02 && abs(ratio.lower - 1) < 0.02 && abs(ratio.upper - 1.2) < 0.02 && ratio.samples == 3, "\(ratio)")
        #expect(finding.figures.first?.value == 120)
        stage.stands["retention"]!.removeLast()
        #expect(try stage.reading("removal").findings[1].verdict.word == missing)
    }

    @Test func `what of the slack beyond the interval was used is a figure`() throws {
        let figures = try Stage().reading("durability").findings[5].figures
        #expect(figures.first { $0.name == "of that used at most" }?.value == 120e6 && figures.first { $0.name == "allowed beyond it" }?.value == 1e9)
        #expect(figures.first { $0.name == "lost by the control" }?.value == 3_090)
    }

    @Test(arguments: ["replication", "failover", "distribution"])
    func `what takes several brokers says so`(name: String) throws {
        #expect(try Stage().reading(name).verdict == .needsACluster)
    }

    @Test func `a condition that several parts have is named once`() throws {
        var stage = Stage()
        stage.stands["zero-copy"]![0].saving[1].saving = 40
        stage.stands["zero-copy"]![0].saving[1].gain = 1.4
        let reading = try stage.reading("zero-copy")
        let conditions = reading.findings.prefix(2).map(\.verdict)
        #expect(conditions[0].word == condition && conditions[0] == conditions[1])
        #expect(reading.verdict == conditions[0])
    }

    @Test func `a verdict names the parts that broke, that are open and that are left out`() throws {
        var stage = Stage()
        stage.powerCut = nil
        stage.stands["restart"]![0].load!.counters["audit_duplicated"] = 2
        #expect(
            try stage.reading("durability").verdict.text
                == "holds when “No acknowledged record is lost when the machine's power is cut, where every append waits for the disk” and “Where the disk is waited for now and then, no lost record is older than that interval, a sync under way aside” hold as well, which were not decided, and “No record is there twice” is left out")
        stage.stands["restart"]![0].load!.counters["audit_lost"] = 3
        #expect(
            try stage.reading("durability").verdict.text
                == "does not hold here: “No acknowledged record is lost when the broker's process is killed” is not so: 3 records are lost")
        stage.set("own-cache", "page_cache_to_own_cache", 1, 0.9...1.1)
        stage.set("own-cache", "own_cache_cpu_to_page_cache", 1, 0.9...1.1)
        let cache = try stage.reading("own-cache")
        #expect(cache.verdict.word == noisy && cache.verdictText.hasSuffix("(2 of 6 parts not decided)"), "\(cache.verdictText)")
    }

    @Test func `a log under memory pressure is judged as it is run, and by what went in once memory was full`() throws {
        var stage = Stage()
        // The burst into empty memory is four times as fast as the rest, and decides nothing.
        stage.set("memory-pressure", "flushed_log_burst", 2_800)
        #expect(try stage.reading("memory-pressure").verdict == .holds)
        stage.set("memory-pressure", "unflushed_log_last_to_first", 0.44, 0.4...0.5)
        let verdict = try stage.reading("memory-pressure").findings[0].verdict
        #expect(verdict.text.contains("it is forced to the disk every") && verdict.text.contains("where nobody forces it, its last third is 0.44"), "\(verdict)")
        // However steady it is unforced: a broker is not run so.
        stage.set("memory-pressure", "unflushed_log_last_to_first", 1)
        stage.set("memory-pressure", "flushed_log_last_to_first", 0.5, 0.4...0.6)
        #expect(try stage.reading("memory-pressure").verdict.word == broken)
    }

    @Test func `a book of a version that began with empty memory is rendered, and its log on disk is not decided`() throws {
        var stage = Stage()
        for name in stage.stands["memory-pressure"]![0].metrics.keys where name.contains("flush") { stage.stands["memory-pressure"]![0].metrics[name] = nil }
        stage.set("memory-pressure", "disk_log_last_to_first", 0.44, 0.4...0.5)
        let findings = try stage.reading("memory-pressure").findings
        #expect(findings[0].verdict.word == missing && findings[1].verdict == .holds, "\(findings)")
    }

    @Test func `a load that its generator bounds decides nothing about throughput, and what it did otherwise still counts`() throws {
        var stage = Stage()
        stage.set("batching", "load_share_of_generator_ceiling", 0.79)
        #expect(try stage.reading("batching").verdict == .holds)
        stage.set("batching", "load_share_of_generator_ceiling", 0.92)
        let reading = try stage.reading("batching")
        #expect(reading.findings[2].verdict == .cannotBeTestedHere("client-bound: the load reached 92 % of what its generator can do by itself"))
        #expect(reading.findings[2].figures.count == 3 && reading.findings[0].verdict == .holds && reading.findings[1].verdict == .holds)
        stage.stands["batching"]![0].metrics["load_share_of_generator_ceiling"] = nil
        stage.stands["batching"]![0].unavailable["load_generator_ceiling"] = "the load itself was faster than without a broker"
        #expect(
            try stage.reading("batching").findings[2].verdict
                == .cannotBeTestedHere("client-bound or not, which is not known: the load itself was faster than without a broker"))
    }

    @Test func `a part shows what lies between its figures and beside them, and arithmetic is called so`() throws {
        let stage = Stage()
        func names(_ claim: String, _ part: Int) throws -> [String] { try stage.reading(claim).findings[part].figures.map(\.name) }
        #expect(try names("sparse-index", 0) == ["log_growth", "lookup_smallest_log", "lookup_4_segments", "lookup_largest_log", "lookup_growth"])
        #expect(try names("batching", 1).suffix(2) == ["device_writes_per_1000_records (2KiB)", "device_writes_per_1000_records (1MiB)"])
        #expect(try names("memory-pressure", 1).last == "memory_log_throughput")
        let prices = try stage.reading("price").findings[0].figureTexts
        #expect(prices.contains { $0.name == "cpu of a terabyte" && $0.value == "0.00444 USD/TB (arithmetic)" }, "\(prices)")
        #expect(prices.contains { $0.name == "terabyte in all" && $0.value.hasPrefix("80.0 USD/TB (arithmetic: ") }, "\(prices)")
        #expect(prices.contains { $0.name == "month of storage to cpu" && $0.value.hasSuffix("x (arithmetic)") }, "\(prices)")
        #expect(ClaimText.figure(.measured("index_of_log", 0.0305, unit: "%", polarity: .lowerIsBetter)) == "0.0305 %")
        #expect(ClaimText.figure(.measured("index_of_log", 0, unit: "%", polarity: .lowerIsBetter)) == "0.0 %")
    }

    @Test func `a run that is INVALID, or did not end, or failed, decides nothing, unless its audit is what is asked for`() throws {
        var stage = Stage()
        stage.stands["lookup"]![0].outcome = .invalid
        #expect(try stage.reading("sparse-index").verdict == .notMeasured("2026-11-30-lookup-000000 is INVALID: a reason"))
        stage.stands["restart"]![0].outcome = .invalid
        stage.stands["restart"]![0].load!.counters["audit_lost"] = 1
        #expect(try stage.reading("durability").findings[0].verdict.word == broken)
        stage.stands["keys"]![0].isComplete = false
        #expect(try stage.reading("ordering").findings[1].verdict == .notMeasured("2026-11-30-keys-000000 did not end"))
        stage.failures["own-cache"] = "the disk is full"
        #expect(try stage.reading("own-cache").verdict == .notMeasured("its experiment, own-cache, failed: the disk is full"))
    }

    @Test func `what the machine spoiled or cannot do can't be tested here`() throws {
        var stage = Stage()
        stage.stands["lookup"]![0].outcome = .invalid
        stage.stands["lookup"]![0].rule = "foreignLoad"
        #expect(try stage.reading("sparse-index").verdict == .cannotBeTestedHere("2026-11-30-lookup-000000 is INVALID: a reason"))
        let again = Evidence.Point(record: try stage.stands["lookup"]![0].record("lookup", 1), insteadOf: try stage.stands["lookup"]![0].record("lookup", 0))
        let twice = ClaimReading(try #require(ClaimCatalogue.named(["e"])?.first), Evidence(["lookup": .points([again])]))
        #expect(twice.verdict == .cannotBeTestedHere("2026-11-30-lookup-000001 is INVALID, as was 2026-11-30-lookup-000000 before it: a reason"))
        let full = ClaimReading(try #require(ClaimCatalogue.named(["e"])?.first), Evidence(["lookup": .failed("the disk is full", byMachine: true)]))
        #expect(full.verdict == .cannotBeTestedHere("its experiment, lookup, failed: the disk is full"))
    }
}
