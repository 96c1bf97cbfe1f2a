// What fio measured, beside what a run measured.
import Foundation
import Measurement
import Testing

@testable import Results

@Suite struct ImportedRooflineTests {
    private func record(_ rooflines: [ImportedRoofline]) -> RunRecord {
        var record = Sample.quickstart()
        record.disks[0].imported = rooflines
        return record
    }

    private let direct = ImportedRoofline(
        tool: "fio-3.33", job: "seqwrite-with-a-long-name", blockSize: "1M", direct: true, sync: "no sync", conditions: ["write", "iodepth 32"], devices: ["vda"],
        measuredAt: "2025-11-23T12:13:20Z", figures: [Sample.named("write", 2.615, "GB/s"), Sample.named("write_p99", 18_219_008, "ns")])
    private let commit = ImportedRoofline(
        tool: "fio-3.33", job: "commit", blockSize: "4k", direct: false, sync: "fdatasync after every write",
        figures: [Sample.named("write", 0.0327, "GB/s"), Sample.named("sync_p50", 112_128, "ns"), Sample.named("sync_p99", 248_832, "ns")])

    @Test func `it stands below the disk and among the device's heights, with its source`() {
        let screen = ResultTable.text(record([direct, commit]), .oneScreen(inFull: "x"))
        #expect(screen.contains("  fio-3.33 ‘seqwrite-with-a-long-name’ · bs 1M · direct · no sync · write 2.62 GB/s, p99 18.2 ms\n"), "\(screen)")
        #expect(screen.contains("  fio-3.33 ‘commit’ · bs 4k · buffered · fdatasync after every write · write 0.0327 GB/s ·\n  sync p50 112 µs, p99 249 µs\n"), "\(screen)")
        let rows = screen.split(separator: "\n").filter { $0.hasPrefix("  device  ") }.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(
            rows == [
                "device O_DIRECT synced n/a 2,105 –", "device buffered + sync synced n/a 991 –", "device fio-3.33 seqwrite-with-a… none 2,615 n/a –",
                "device fio-3.33 commit synced n/a 32.7 –",
            ], "\(screen)")
        #expect(screen.split(separator: "\n").allSatisfy { $0.count <= 100 })
        let full = ResultTable.text(record([direct]), .full)
        #expect(full.contains("imported: fio-3.33 ‘seqwrite-with-a-long-name’") && full.contains("measured 2025-11-23T12:13:20Z"), "\(full)")
    }

    @Test func `no figure of the run changes by it`() {
        let without = ResultTable.text(Sample.quickstart(), .oneScreen(inFull: "x")).split(separator: "\n")
        let with = ResultTable.text(record([direct]), .oneScreen(inFull: "x")).split(separator: "\n")
        func bare(_ lines: [Substring]) -> [String] { lines.filter { !$0.contains("fio") }.map { $0.split(separator: " ").joined(separator: " ") } }
        #expect(bare(with) == bare(without))
    }

    @Test func `it is part of the document, and the schema knows it`() throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: root) }
        let imported = record([direct, commit])
        let writer = try RunWriter(store: ResultStore(root: root), record: imported)
        try writer.finish(imported)
        let text = try String(contentsOf: writer.directory.appendingPathComponent("run.json"), encoding: .utf8)
        #expect(try validated([text]) == ["ok"])
        #expect(try ResultStore(root: root).load(writer.directory).disks[0].imported == [direct, commit])
        #expect(try validated([text.replacing("\"blockSize\"", with: "\"blocks\"")]).allSatisfy { $0 != "ok" })
    }
}
