import Foundation
import Gate
@testable import Reports
@testable import Results
import Testing

/// Fourteen nights against one release: a step of 5 % after the ninth, a counter from the third on.
private func nights(_ count: Int = 14, name: String = "abcdef0123") throws -> [HistoryLine] {
    try (0..<count).map { night in
        let day = night < 9 ? "0\(night + 1)" : "\(night + 1)"
        let wobble = [0, 0.002, -0.001, 0.003, -0.002][night % 5]
        let (throughput, cpu) = night < 9 ? (1 + wobble, 1 - wobble) : (0.95 + wobble, 1.06 - wobble)
        let verdict: MetricVerdict = night == 4 ? .inconclusive : night < 11 ? .same : .regressed
        func metric(_ name: String, _ unit: String, _ polarity: GatedMetric.Polarity, _ role: GatedMetric.Role, _ verdict: MetricVerdict, _ ratio: Double) -> HistoryMetric {
            HistoryMetric(
                name: name, unit: unit, polarity: polarity, role: role, decides: role == .gated, verdict: verdict, ratio: ratio, lower: ratio - 0.01,
                upper: ratio + 0.01, p: verdict == .regressed ? 0.0004 : 0.2, smallestDetectable: 0.023, groups: 28)
        }
        var metrics = [
            metric("throughput", "MB/s", .higherIsBetter, .gated, verdict, throughput), metric("broker CPU", "ns/rec", .lowerIsBetter, .gated, .same, cpu),
        ]
        if night >= 2 { metrics.append(metric("syscalls", "/rec", .lowerIsBetter, .counter, .same, 1)) }
        return try HistoryLine(
            id: "2026-11-\(day)-ab-ab-max-0000\(day)", time: "2026-11-\(day)T05:00:00Z",
            base: HistoryBuild(name: "1111111111 (v0.1.0)", identity: "commit=1111111111111111 toolchain=0badcafe", commit: "1111111111111111"),
            head: HistoryBuild(
                name: "\(name)\(day)", identity: "commit=\(name)\(day) toolchain=0badcafe", commit: night == 13 ? nil : "\(day)\(name)",
                committedAt: night == 0 ? nil : "2026-11-\(day)T01:02:03Z"),
            profile: HistoryProfile(name: "ab-max", digest: SHA256.hex("profile")),
            machine: HistoryMachine(label: "EPYC, 2 CPUs, 23.5 GiB, ext4, Linux 6.18", hard: SHA256.hex("hard"), soft: SHA256.hex("soft")), toolchain: "6.3",
            recordsPerSecond: nil, thresholds: .creep, outcome: verdict == .regressed ? .regression : verdict == .inconclusive ? .inconclusive : .same,
            groups: 28, seed: 7, metrics: metrics
        ).sealed()
    }
}

private func series(_ lines: [HistoryLine]) -> HistorySeries { HistorySeries.all(of: lines)[0] }

@Suite struct OtavaCSVTests {
    @Test func `a metric that a comparison lacks has no column; where it is asked for, the comparison has no row`() throws {
        let all = OtavaCSV.document(series(try nights()))
        #expect(all.leftOut == ["syscalls"] && all.text.hasPrefix("time,commit,base,toolchain,comparison,throughput,broker_CPU\n"))
        #expect(all.text.split(separator: "\n").count == 15)
        let asked = OtavaCSV.document(series(try nights()), metrics: ["syscalls", "throughput"])
        #expect(asked.leftOut == [] && asked.text.hasPrefix("time,commit,base,toolchain,comparison,throughput,syscalls\n2026-11-03 05:00:00 +0000,"))
        #expect(asked.text.split(separator: "\n").count == 13)
    }

    @Test func `every row is as long as the head for another reader, quotes and commas included`() throws {
        let rows = try pythonLines(
            """
            import csv, sys
            for row in csv.reader(open(sys.argv[1], newline='')): print(len(row), repr(row[1]))
            """, OtavaCSV.document(series(try nights(2, name: "a, \"b\"\nc"))).text)
        #expect(rows == ["7 'commit'", "7 '01a, \"b\"\\nc'", "7 '02a, \"b\"\\nc'"])
    }

    @Test func `names that would be one stay two`() {
        #expect(ExportName.unique(["p99 ack", "p99-ack", "broker CPU"], separator: "_") == ["p99_ack", "p99_ack_2", "broker_CPU"])
    }

    @Test func `the golden file`() throws {
        #expect(try isGolden(OtavaCSV.document(series(try nights())).text, "history.otava.csv"))
    }
}

@Suite struct NyrkioJSONTests {
    private func results(_ data: Data) throws -> [NyrkioJSON.Result] { try JSONDecoder().decode([NyrkioJSON.Result].self, from: data) }

    @Test func `a commit without a time is put where it was compared`() throws {
        let results = try results(NyrkioJSON.document(series(try nights()), repository: "https://example.org/r", branch: "main"))
        #expect(results.count == 14 && results.allSatisfy { (2...3).contains($0.metrics.count) })
        #expect(results[0].timestamp == 1_793_509_200)
        #expect(results[1].timestamp == 1_793_581_323)
        #expect(results[13].attributes["git_commit"] == "abcdef012314")
    }

    @Test func `names hold what the API allows, and a metric that a comparison lacks is not in it`() throws {
        let results = try results(NyrkioJSON.document(series(try nights()), metrics: ["syscalls", "broker CPU"], repository: "r", branch: "b"))
        #expect(results.map { $0.metrics.map(\.name) } == Array(repeating: ["broker-CPU"], count: 2) + Array(repeating: ["broker-CPU", "syscalls"], count: 12))
        #expect(try self.results(NyrkioJSON.document(series(try nights()), metrics: ["syscalls"], repository: "r", branch: "b")).count == 12)
    }

    @Test func `the golden file`() throws {
        let document = try NyrkioJSON.document(series(try nights(3)), repository: "https://example.org/org/repository", branch: "main")
        #expect(try isGolden(String(decoding: document, as: UTF8.self), "history.nyrkio.json"))
    }
}

@Suite struct HistoryTableTests {
    @Test func `the golden table marks the step, the night that saw nothing, and what is no gate`() throws {
        let table = HistoryTable.text(HistorySeries.all(of: try nights()))
        #expect(table.contains("◆ 0.948 ") || table.contains("◆ 0.95"))
        #expect(try isGolden(table, "history.txt"))
    }

    @Test func `a series of one comparison has no trend to speak of, an unknown metric no column, and no series no text`() throws {
        let table = HistoryTable.text(HistorySeries.all(of: try nights(1)), metrics: ["throughput", "speed"])
        #expect(table.contains("1 comparison ·") && table.contains("throughput  ▅  1.000 → 1.000") && !table.contains("speed") && !table.contains("since"))
        #expect(HistoryTable.text([]) == "")
    }

    @Test func `the last rows are shown and all of them counted`() throws {
        let table = HistoryTable.text(HistorySeries.all(of: try nights()), last: 3)
        #expect(table.contains("the last 3 of 14 comparisons") && !table.contains("2026-11-11") && table.contains("2026-11-12"))
        #expect(table.contains("◆ since 2026-11-10"))
    }

    @Test func `noise makes no mountains, a step does`() {
        #expect(HistoryTable.sparkline([1, 1.0001, 0.9999]) == "▅▅▄")
        #expect(HistoryTable.sparkline([1, 1, 1.5]) == "▁▁█")
        #expect(HistoryTable.sparkline([]) == "")
        #expect(HistoryTable.sparkline(Array(repeating: 1, count: 100)).count == 60)
    }
}
