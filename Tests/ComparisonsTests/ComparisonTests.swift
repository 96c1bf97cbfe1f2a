@testable import Comparisons
import Foundation
import Measurement
@testable import Results
import Testing

private func options(_ change: (inout PivotOptions) -> Void) -> PivotOptions {
    var options = PivotOptions()
    change(&options)
    return options
}

private func row(_ comparison: ResultComparison, _ part: String, table: Int = 0) throws -> PivotRow {
    try #require(comparison.tables[table].rows.first { $0.key.contains(part) }, "no row \(part)")
}

@Suite struct ComparisonTests {
    // MARK: refused

    @Test func `a spoiled side is exit 5, another experiment exit 4, and neither has a table`() {
        let spoiled = ResultComparison([Stored.result("000001"), Stored.result("000002") { $0.complete = false }])
        #expect(spoiled.exitCode == 5 && spoiled.tables.isEmpty)
        let other = ResultComparison([Stored.result("000001"), Stored.result("000002"), Stored.result("000003") { $0.profile.durability = "none" }])
        #expect(other.exitCode == 4 && other.tables.isEmpty)
        #expect(other.text().contains("C against A · INVALID") && other.text().contains("broker.durability"))
    }

    @Test func `different machines are exit 4 unless that is what was asked for, and get no ratio of absolute figures and no mark`() throws {
        let results = [Stored.result("000001"), Stored.result("000002", on: Machine.host, calibration: Machine.calibration(faster: 1.8), accepted: 400)]
        #expect(ResultComparison(results).exitCode == 4)
        let accepted = ResultComparison(results, options { $0.acceptsOtherMachines = true })
        #expect(accepted.exitCode == 0)
        #expect(accepted.tables.map(\.kind) == [.normalised, .absoluteAcrossMachines])
        #expect(accepted.tables[1].rows.filter { $0.group != .machine }.allSatisfy { $0.cells[1]?.ratio == nil })
        #expect(try row(accepted, "tcp_stream", table: 1).cells[1]?.ratio != nil)
        #expect(accepted.tables.allSatisfy { table in table.means.isEmpty && table.rows.allSatisfy { $0.cells.allSatisfy { $0?.mark == nil } } })
        #expect(accepted.text().contains("Refused") == false && ResultComparison(results).text().contains("Refused as a direct comparison (exit 4)"))
    }

    @Test func `a machine that was measured to do other things is told from another machine, in words`() {
        let restless = ResultComparison([Stored.result("000001"), Stored.result("000002", calibration: Machine.calibration(seed: 0.4))])
        #expect(restless.rung == .different && restless.text().contains("by name this is one machine"))
        let other = ResultComparison([Stored.result("000001"), Stored.result("000002", on: Machine.host)])
        #expect(other.rung == .different && !other.text().contains("by name this is one machine"))
    }

    @Test func `what is said of a side names it by its letter`() {
        let spoiled = ResultComparison([Stored.result("000001"), Stored.result("000002") { $0.complete = false }])
        #expect(spoiled.text().contains("because of B: the run did not end."))
        #expect(spoiled.sides[1].name == "2026-11-20-append-000002")
    }

    // MARK: one machine

    @Test func `ratios are to the first result; a figure that is missing or reserved has none`() throws {
        let comparison = ResultComparison([
            Stored.result("000001", accepted: 200), Stored.result("000002", accepted: 210),
            Stored.result("000003") { $0.headlines.append?.rows[0].note = "client-bound: 99 % of the generator's ceiling" },
        ])
        let accepted = try row(comparison, "accepted")
        #expect(accepted.cells[0]?.ratio == nil && accepted.cells[1]?.ratio == 1.05)
        #expect(accepted.cells[2]?.ratio == nil && accepted.cells[2]?.remark == "client-bound")
        let tail = try row(comparison, "p99.9")
        #expect(tail.cells[1]?.value == nil && tail.cells[1]?.remark == "only 40000 samples")
    }

    @Test func `one result a side is never marked; six a side with medians apart are`() throws {
        #expect(try row(ResultComparison([Stored.result("000001", accepted: 100), Stored.result("000002", accepted: 900)]), "accepted").cells[1]?.mark == nil)
        let many = (0..<6).map { Stored.result("00000\($0)", accepted: 200 + Double($0), commit: "base") }
            + (0..<6).map { Stored.result("00001\($0)", accepted: 150 + Double($0), p99: 8_000_000 + UInt64($0), commit: "head") }
        let comparison = ResultComparison(many, options { $0.column = .commit })
        #expect(comparison.tables[0].columns == ["base", "head"])
        let accepted = try row(comparison, "accepted")
        #expect(accepted.cells[0]?.results == 6 && accepted.cells[0]?.value == 202.5)
        #expect(accepted.cells[1]?.mark == .worse)
        #expect(try row(comparison, "p50").cells[1]?.mark == nil)
        let fewer = ResultComparison(Array(many.dropLast()), options { $0.column = .commit })
        #expect(try row(fewer, "accepted").cells[1]?.mark == nil)
    }

    @Test func `a geometric mean stands only where every row of the group has its ratio`() throws {
        let whole = ResultComparison([Stored.result("000001", accepted: 100), Stored.result("000002", accepted: 121)])
        let mean = try #require(whole.tables[0].means.first { $0.group == .append })
        #expect(mean.rows == 2 && abs((mean.ratios[1] ?? 0) - 1.21) < 1e-12)
        let torn = ResultComparison([
            Stored.result("000001"),
            Stored.result("000002") {
                $0.headlines.append?.rows[0].durable = .unavailable("durable", unit: "MB/s", polarity: .higherIsBetter, reason: "no")
            },
        ])
        #expect(!torn.tables[0].means.contains { $0.group == .append })
    }

    @Test func `only changed rows stay, the worst first when sorted by ratio`() throws {
        let results = [Stored.result("000001", accepted: 200, p99: 8_000_000, cpu: 600), Stored.result("000002", accepted: 160, p99: 8_100_000, cpu: 900)]
        let changed = ResultComparison(results, options { $0.onlyChanged = true })
        #expect(changed.tables[0].rows.map(\.key).allSatisfy { $0.contains("append/") || $0.contains("cpu_ns") })
        let sorted = ResultComparison(results, options { $0.order = .ratio })
        let latency = sorted.tables[0].rows.filter { $0.group == .latency }.compactMap { $0.cells[1]?.ratio }
        #expect(latency == latency.sorted(by: >))
        #expect(ResultComparison([results[0], Stored.result("000003", accepted: 200, p99: 8_000_000, cpu: 600)], options { $0.onlyChanged = true }).text().contains("Nothing changed by more than 5 %."))
    }

    // MARK: rows and columns

    @Test func `durability against disk: a table for each figure, the difference asked for`() throws {
        let results = ["every-append", "none"].flatMap { durability in
            ["ext4", "xfs"].map { filesystem in
                Stored.result(durability == "none" ? "00000a" : "00000b", accepted: filesystem == "ext4" ? 200 : 220) {
                    $0.profile.durability = durability
                    $0.disks[0].filesystem = filesystem
                }
            }
        }
        let comparison = ResultComparison(results, options { $0.row = .durability; $0.column = .disk; $0.metrics = ["accepted"] })
        #expect(comparison.rung == .same)
        let table = try #require(comparison.tables.first)
        #expect(table.title == "broker, 2 × 64 KiB batches, accepted MB/s" || comparison.tables.count >= 1)
        #expect(table.columns == ["ext4 on virtual", "xfs on virtual"])
        #expect(table.rows.map(\.label) == ["every-append", "none"])
        #expect(table.rows[0].cells[1]?.ratio == 1.1)
    }

    @Test func `any field of the machine or the profile is an axis`() {
        let side = ComparisonSide(Stored.result("000001"), index: 27)
        #expect(side.letter == "R28")
        #expect(Axis("kernel").value(of: side) == "Linux 6.18.44")
        #expect(Axis("producers.rate").value(of: side) == "5000" && Axis("rate").value(of: side) == "5000")
        #expect(Axis("nonsense").value(of: side) == "not recorded")
        #expect(Axis("machine").value(of: side).hasPrefix("AMD EPYC "))
        for name in Axis.names { #expect(Axis(name).name == name) }
    }
}

@Suite struct NormalisedTests {
    private func figure(_ result: StoredResult, _ key: String) throws -> NormalisedFigure {
        try #require(NormalisedFigures.list(result.record).first { $0.key.hasPrefix(key) }, "no \(key)")
    }

    @Test func `without a calibration nothing is relative to it`() {
        #expect(NormalisedFigures.list(Stored.result("000001", calibration: CalibrationRecord()).record).isEmpty)
    }

    @Test func `durable bytes are a fraction of what the disk writes, less what is written more than once`() throws {
        // 1.9 GB/s at 1.04 written per byte is 1827 MB/s.
        let share = try figure(Stored.result("000001", accepted: 1_000), "fraction/2 × 64 KiB batches/durable")
        #expect(abs(share.value - 900 / (1_900 / 1.04)) < 1e-9)
        #expect(share.against == "disk ÷ 1.04 written")
        #expect(share.lower < share.value && share.value < share.upper)
    }

    @Test(arguments: [("0-1", "none", 2.0, "2.00"), ("0-1", "1.5", 1.5, "1.50"), ("3", "none", 1, "1.00"), ("0-3,8", "none", 2, "2.00"), ("nonsense", "none", 2, "2.00")])
    func `a burst into the page cache is held against checks, copies and loopback on the CPUs there are, not the disk`(
        allowed: String, quota: String, cpus: Double, name: String
    ) throws {
        let share = try figure(
            Stored.result("000001", accepted: 1_000) {
                $0.headlines.append?.rows[0].sustained = false
                $0.environment.hard["allowed_cpus"] = allowed
                $0.environment.hard["cgroup_cpu_limit"] = quota
            }, "fraction/2 × 64 KiB batches/accepted")
        #expect(share.against == "path on \(name) CPUs")
        let limit = 1_000 / (2 / cpus * (1 / 21.2 + 1 / 23) + 1 / 7.4)
        #expect(abs(share.value - 1_000 / limit) < 1e-9)
        #expect(share.lower < share.value && share.value < share.upper)
    }

    @Test func `CPU per record is counted in checks of a KiB, an acknowledgement that waits for the disk in syncs`() throws {
        let cpu = try figure(Stored.result("000001", cpu: 610), "cpu/append steady")
        #expect(abs(cpu.value - 610 / (1_024 / 21.2)) < 1e-9)
        let synced = try figure(Stored.result("000001", p99: 514_000), "latency/unpinned/response/p99")
        #expect(synced.value == 2 && synced.against == "raw append + fdatasync p99")
        let cached = Stored.result("000001", p99: 210_000) { $0.profile.durability = "none" }
        #expect(!NormalisedFigures.list(cached.record).contains { $0.key.hasPrefix("latency") })
        // A sync that is nothing beside a wake-up, as in memory: the acknowledgement does not wait for it.
        let inMemory = Stored.result("000001", p99: 210_000) { result in
            result.calibration.before = result.calibration.before.map { item in
                item.name.hasPrefix("append_fdatasync") ? .measured(item.name, 900, unit: "ns", polarity: .lowerIsBetter) : item
            }
        }
        #expect(!NormalisedFigures.list(inMemory.record).contains { $0.key.hasPrefix("latency") })
    }

    /// A second of 500 MB, and one response of 514 µs in a thousand of 200 µs.
    private func loaded(_ mode: String, _ durability: String, compressed: Bool = false) -> StoredResult {
        Stored.result("000001") { record in
            record.headlines = Headlines()
            record.profile.durability = durability
            var phase = PhaseRecord(
                name: "steady", kind: "steady", startedNanoseconds: 0, endedNanoseconds: 5_000_000_000,
                series: [480, 500, 500, 510, 500].enumerated().map { SecondRecord(second: $0.offset, records: 1, bytes: $0.element * 1_000_000) })
            phase.notes = ["\(mode) loop"]
            phase.counters = ["acknowledged_records": 5_000, "acknowledged_requests": 5_000, "acknowledged_bytes": 2_500_000_000]
            if compressed { phase.counters.merge(["batch_bytes": 1, "uncompressed_batch_bytes": 2]) { $1 } }
            let recorder = LatencyRecorder(origin: 0, maximumSeconds: 10)
            recorder.record(304_000, count: 4_000, at: 1)
            recorder.record(514_000, count: 1_000, at: 1)
            phase.histograms = ["response": recorder.snapshot()]
            record.phases = [phase]
        }
    }

    @Test func `a load of the profile's own has its fraction where nothing held it back, and its acknowledgements in syncs where it had a schedule`() throws {
        let path: Double = 1_000 / (1 / 21.2 + 1 / 23 + 1 / 7.4)
        let share = try figure(loaded("max", "none"), "fraction/load/steady/accepted")
        #expect(abs(share.value - 500 / path) < 1e-9 && share.against == "path on 2.00 CPUs")
        #expect(share.lower < share.value && share.value < share.upper)
        let synced = try figure(loaded("open", "every-append"), "latency/load/steady/response/p99")
        #expect(abs(synced.value - 2) < 0.01 && synced.lower <= synced.value && synced.against == "raw append + fdatasync p99")
        for (result, key) in [
            (loaded("open", "none"), "fraction"), (loaded("max", "none", compressed: true), "fraction"), (loaded("max", "every-append"), "fraction"),
            (loaded("open", "none"), "latency"), (loaded("max", "every-append"), "latency"),
        ] { #expect(!NormalisedFigures.list(result.record).contains { $0.key.hasPrefix(key) }, "\(key)") }
    }

    @Test func `a machine twice as fast that does twice as much has the same fractions`() throws {
        let one = Stored.result("000001", accepted: 400, p99: 8_000_000, cpu: 600)
        let two = Stored.result("000002", on: Machine.host, calibration: Machine.calibration(faster: 2), accepted: 800, p99: 4_000_000, cpu: 300)
        for (a, b) in zip(NormalisedFigures.list(one.record), NormalisedFigures.list(two.record)) { #expect(abs(a.value / b.value - 1) < 1e-6, "\(a.key)") }
        #expect(NormalisedFigures.list(one.record).count == 5)
    }

    @Test func `a run on one CPU and a run on two have no fraction in common, and the table says why`() throws {
        func run(_ id: String, _ allowed: String) -> StoredResult { Stored.result(id, accepted: 400) { $0.environment.hard["allowed_cpus"] = allowed } }
        var options = PivotOptions()
        options.acceptsOtherMachines = true
        func fractions(_ comparison: ResultComparison) -> [PivotRow] {
            comparison.tables.filter { $0.kind == .normalised }.flatMap(\.rows).filter { $0.key.hasPrefix("fraction/") }
        }
        let apart = ResultComparison([run("000001", "0-1"), run("000002", "0")], options)
        #expect(apart.rung == .different && !fractions(apart).isEmpty)
        for row in fractions(apart) {
            #expect(row.cells[0]?.value != nil && row.cells[1]?.value == nil && row.cells[1]?.ratio == nil)
            #expect(row.cells[1]?.remark == FractionObstacle.turns.text)
        }
        #expect(apart.text().contains("No fraction of a limit for B: client and broker took turns on one CPU"))
        // Both on one CPU, or a quota of more than one: they stand.
        let alike = ResultComparison([run("000001", "0"), run("000002", "1")], options)
        #expect(fractions(alike).allSatisfy { $0.cells.allSatisfy { $0?.value != nil } } && !alike.text().contains("took turns"))
    }

    @Test func `a log in memory and one on a disk have no fraction in common either, but two in memory have`() {
        func run(_ id: String, _ fileSystem: String, faster: Double = 1) -> StoredResult {
            Stored.result(id, calibration: Machine.calibration(faster: faster), accepted: 400) { $0.environment.hard["filesystem"] = fileSystem }
        }
        var options = PivotOptions()
        options.acceptsOtherMachines = true
        func shown(_ comparison: ResultComparison, _ prefix: String) -> [PivotRow] {
            comparison.tables.filter { $0.kind == .normalised }.flatMap(\.rows).filter { $0.key.hasPrefix(prefix) }
        }
        let apart = ResultComparison([run("000001", "ext4"), run("000002", "tmpfs")], options)
        #expect(!shown(apart, "fraction/").isEmpty && shown(apart, "fraction/").allSatisfy { $0.cells[1]?.value == nil && $0.cells[1]?.remark == FractionObstacle.memory.text })
        #expect(shown(apart, "cpu/").allSatisfy { $0.cells[1]?.value != nil }, "what a record costs is no fraction of a limit")
        #expect(apart.text().contains("No fraction of a limit for B: the log was on a file system in memory"))
        let alike = ResultComparison([run("000001", "tmpfs"), run("000002", "tmpfs", faster: 2)], options)
        #expect(alike.rung == .different && shown(alike, "fraction/").allSatisfy { $0.cells.allSatisfy { $0?.value != nil } })
    }

    @Test func `a phase that was set aside and measured again has no figures`() {
        let result = Stored.result("000001", cpu: 610) { record in
            var first = record.phases[0]
            first.name += ", set aside 1"
            record.phases.append(first)
            record.facts.append(VerdictFacts(phase: first.name, load: .maxRate))
            record.facts[record.facts.count - 1].setAside = "steal"
        }
        #expect(result.record.phases[0].costs != nil)
        let keys = ResultFigures.list(result.record).map(\.key) + NormalisedFigures.list(result.record).map(\.key)
        #expect(keys.contains { $0.contains("cpu") } && !keys.contains { $0.contains("set aside") })
    }

    @Test func `several results of one machine: what any of their intervals allows, and the spread between them`() throws {
        let slow = Stored.result("000001", accepted: 1_000), fast = Stored.result("000002", accepted: 1_200)
        let other = Stored.result("000003", on: Machine.host, accepted: 1_100)
        var options = PivotOptions()
        options.acceptsOtherMachines = true
        options.column = .machine
        let row = try #require(
            ResultComparison([slow, fast, other], options).tables.first { $0.kind == .normalised }?.rows.first { $0.key.hasSuffix("/durable") })
        let cell = try #require(row.cells[0])
        let low = try figure(slow, "fraction/2 × 64 KiB batches/durable"), high = try figure(fast, "fraction/2 × 64 KiB batches/durable")
        let (lower, upper) = (try #require(cell.lower), try #require(cell.upper))
        #expect(cell.results == 2 && lower < low.lower && upper > high.upper)
        #expect(try #require(cell.value) > low.value && cell.value! < high.value)
        // t of one degree of freedom is 12.7: of ln 1.2 half, so many times, above and below the geometric mean.
        let middle = (low.value * high.value).squareRoot(), half = exp(12.706 * log(1.2) / 2)
        #expect(abs(lower / (middle / half) - 1) < 0.001 && abs(upper / (middle * half) - 1) < 0.001, "\(cell)")
        // A third between them, and the spread is known better.
        let third = Stored.result("000004", accepted: 1_100)
        let more = try #require(
            ResultComparison([slow, fast, third, other], options).tables.first { $0.kind == .normalised }?.rows.first { $0.key.hasSuffix("/durable") }?.cells[0])
        #expect(more.results == 3 && more.lower! > lower && more.upper! < upper)
    }
}
