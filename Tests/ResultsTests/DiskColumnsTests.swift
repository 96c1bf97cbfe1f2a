// Disks side by side in the table: each with its own calibration, and with what a log got of it as a share of that.
import Measurement
@testable import Results
import Testing

@Suite struct DiskColumnsTests {
    private func disk(_ name: String, _ diskClass: String, write: Double, sync: Double, log: DiskLog? = nil) -> DiskRecord {
        func item(_ name: String, _ value: Double, _ unit: String) -> Metric { .measured(name, value, unit: unit, polarity: .neutral) }
        var record = DiskRecord(
            name: name, filesystem: "ext4", mountOptions: "rw", device: name, model: "unknown", transport: "sata", diskClass: diskClass,
            calibration: [
                item("write_direct", write, "GB/s"), item("write_buffered", write / 2, "GB/s"), item("append_fdatasync_p50", sync, "ns"), item("append_fdatasync_p99", 2 * sync, "ns"),
            ])
        record.log = log
        return record
    }

    /// - Parameters:
    ///   - broker: MB/s.
    ///   - p99: nanoseconds; nil: too few acknowledgements.
    private func log(broker: Double, p99: UInt64?, valid: Bool = true) -> DiskLog {
        let rows = [
            AppendRow(
                height: .broker, label: "1 × 1024 KiB batches", durability: "every-append", accepted: .measured("accepted", broker, unit: "MB/s", polarity: .higherIsBetter),
                durable: .unavailable("durable", unit: "MB/s", polarity: .higherIsBetter, reason: "not asked"), sustained: false)
        ]
        let cells = [
            QuantileCell(quantile: 0.5, reading: .measured(nanoseconds: 300_000, bound: nil, episodes: nil)),
            QuantileCell(quantile: 0.99, reading: p99.map { .measured(nanoseconds: $0, bound: nil, episodes: nil) } ?? .unavailable(samples: 40)),
        ]
        let row = LatencyRow(placement: "x", clock: "response", eventsPerSecond: 100, cells: cells, samples: 6_000, valid: valid, note: valid ? nil : "foreign load")
        return DiskLog(append: AppendHeadline(rows: rows, directory: "x"), acknowledged: row)
    }

    private func table(_ disks: [DiskRecord], _ form: ResultTable.Form = .full) -> String {
        var record = Sample.finished()
        record.disks = disks
        return ResultTable.text(record, form)
    }

    @Test func `what a log got of a disk stands beside that disk's own limit`() {
        let slow = disk("slow", "hdd", write: 0.1, sync: 8_000_000, log: log(broker: 50, p99: 24_000_000))
        let figures = Dictionary(uniqueKeysWithValues: slow.logFigures.map { ($0.name, $0.value) })
        #expect(figures["broker_append"] == 0.05 && figures["broker_append_of_disk"] == 50)
        #expect(figures["acknowledgement_p99"] == 24_000_000 && figures["acknowledgement_p99_of_fdatasync"] == 1.5)
        #expect(disk("bare", "ssd", write: 1, sync: 1).logFigures.isEmpty)
    }

    @Test func `an acknowledgement that was spoiled or seen too seldom has no figure, but its reason`() {
        let spoiled = disk("a", "ssd", write: 1, sync: 1, log: log(broker: 1, p99: 5, valid: false)), few = disk("b", "ssd", write: 1, sync: 1, log: log(broker: 1, p99: nil))
        #expect(spoiled.logFigures.first { $0.name == "acknowledgement_p50" }?.unavailable == "INVALID: foreign load")
        #expect(few.logFigures.first { $0.name == "acknowledgement_p99" }?.unavailable == "n/a (40 samples)")
        #expect(!(spoiled.logFigures + few.logFigures).contains { $0.name == "acknowledgement_p99_of_fdatasync" })
    }

    @Test func `an acknowledgement that is an upper bound is printed as one, and has no ratio`() {
        var bound = log(broker: 1, p99: 5)
        bound.acknowledged.cells[1].reading = .measured(nanoseconds: 80_000, bound: .machineFloor, episodes: nil)
        let fast = disk("fast", "memory", write: 1, sync: 400, log: bound)
        #expect(fast.logFigures.first { $0.name == "acknowledgement_p99_of_fdatasync" }?.unavailable == "the time is an upper bound")
        #expect(table([fast]).contains("≤ 80.0 µs (machine floor)"))
    }

    @Test func `several disks have a column each, and their figures stand there alone`() throws {
        let disks = [disk("slow", "hdd", write: 0.1, sync: 8_000_000, log: log(broker: 50, p99: 24_000_000)), disk("fast", "nvme", write: 2, sync: 30_000)]
        for form in [ResultTable.Form.full, .oneScreen(inFull: "x")] {
            let lines = table(disks, form).split(separator: "\n").map(String.init)
            let head = try #require(lines.firstIndex { $0.hasPrefix("DISKS") }, "\(lines)")
            let words = lines[head...].prefix { !$0.isEmpty }.map { $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init) }
            #expect(words[0] == ["DISKS", "slow", "fast"] && words[1] == ["class", "hdd", "nvme"])
            #expect(words.contains { $0.starts(with: ["write", "direct", "0.100", "GB/s", "2.00", "GB/s"]) }, "\(words)")
            #expect(words.contains { $0.starts(with: ["broker", "append", "of", "disk", "50.0", "%", "–"]) }, "\(words)")
            #expect(lines.contains { $0.contains("durability every-append") && $0.contains("acknowledgements at 100 records/s") })
            #expect(lines.count { $0.contains("direct") && $0.contains("0.100") } == 1, "\(lines)")
        }
    }

    @Test func `what a class leaves open is said by its behaviour, at length in full`() {
        var virtual = disk("v", "virtual", write: 1, sync: 30_000)
        virtual.behaviour = DiskBehaviourRecord(like: "ssd", words: "behaves like ssd", figures: "random read 95.0 µs")
        #expect(table([virtual]).contains("class virtual, behaves like ssd (random read 95.0 µs)"))
        let screen = table([virtual], .oneScreen(inFull: "x"))
        #expect(screen.contains("class virtual, behaves like ssd") && !screen.contains("random read 95.0"))
        var known = virtual
        known.classConfirmed = true
        #expect(!table([known]).contains("behaves like ssd"))
        var open = virtual
        open.behaviour = DiskBehaviourRecord(like: nil, words: "between ssd and nvme", figures: "random read 95.0 µs")
        let lines = table([virtual, open]).split(separator: "\n")
        #expect(lines.contains { $0.split(separator: " ").map(String.init) == ["behaves", "like", "ssd", "unclear"] }, "\(lines)")
    }

    @Test func `one disk keeps its line, unless a log was put on it`() {
        let one = disk("only", "ssd", write: 1, sync: 30_000)
        #expect(!table([one]).contains("DISKS"))
        var uncalibrated = one
        uncalibrated.calibration = []
        #expect(!table([one, uncalibrated]).contains("DISKS"))
        var logged = one
        logged.log = log(broker: 500, p99: 60_000)
        #expect(table([logged]).contains("DISKS"))
    }
}
