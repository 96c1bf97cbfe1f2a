@testable import Comparisons
import Foundation
import Measurement
@testable import Reports
@testable import Results
import Testing

/// The golden run of version 1, with changes, as if it had been sealed.
private func stored(_ id: String, _ change: (inout RunRecord) -> Void = { _ in }) throws -> StoredResult {
    let data = try Data(contentsOf: URL(filePath: Repository.path("Tests/Golden/results/run-1-calibrated.json")))
    var record = try RecordCoding.record(data, at: "golden").record
    change(&record)
    return StoredResult(directory: URL(filePath: "Results/2026-11-23-quickstart-\(id)"), record: record, writtenVersion: 2, seal: .intact)
}

private func faster(_ record: inout RunRecord) {
    record.software.brokerCommit = "9be710c00000"
    record.software.broker = "tidemarkd 0.1.0 (9be710c00000)"
    record.headlines.append?.rows[3].durable = .measured("durable", 1_291.86, unit: "MB/s", polarity: .higherIsBetter)
}

private func otherMachine(_ record: inout RunRecord) {
    faster(&record)
    record.environment.hard["hypervisor"] = "none"
    record.environment.hard["cpu_model"] = "AMD Ryzen 9 7950X"
    record.calibration.before = record.calibration.before.map { metric in
        metric.value.map { .measured(metric.name, $0 * (metric.polarity == .higherIsBetter ? 2 : 0.5), unit: metric.unit, polarity: metric.polarity) } ?? metric
    }
}

private func rungs() throws -> [(Rung, ResultComparison)] {
    let base = try stored("0e5e9e")
    return [
        (.similar, ResultComparison([base, try stored("111111", faster)])), (.different, ResultComparison([base, try stored("222222", otherMachine)])),
        (.invalid, ResultComparison([base, try stored("333333") { $0.profile.durability = "every-append" }])),
        (.invalid, ResultComparison([base, try stored("444444") { $0.complete = false }])),
    ]
}

@Suite struct ComparisonFormatTests {
    @Test func `the JSON of every rung fits its schema, and a table on the rung invalid does not`() throws {
        let all = try rungs()
        #expect(all.map(\.0) == all.map(\.1.rung))
        let documents = try all.map { String(decoding: try ComparisonDocument($0.1).json(), as: UTF8.self) }
        #expect(try validated(documents, schema: "compare-1") == documents.map { _ in "ok" })
        let planted = documents[0].replacing("\"rung\" : \"similar\",\n  \"schema\"", with: "\"rung\" : \"invalid\",\n  \"schema\"")
        #expect(planted != documents[0])
        #expect(try validated([planted], schema: "compare-1") != ["ok"])
    }

    @Test func `the JSON reads back as it was`() throws {
        for (_, comparison) in try rungs() {
            let document = ComparisonDocument(comparison)
            #expect(try JSONDecoder().decode(ComparisonDocument.self, from: document.json()) == document)
        }
    }

    @Test(arguments: ["similar", "different", "invalid"]) func `terminal, Markdown and JSON are the golden ones`(rung: String) throws {
        let comparison = try #require(try rungs().first { $0.0.rawValue == rung }).1
        #expect(try isGolden(comparison.text(), "compare-\(rung).txt"))
        #expect(try isGolden(MarkdownReport.text(comparison), "compare-\(rung).md"))
        #expect(try isGolden(String(decoding: try ComparisonDocument(comparison).json(), as: UTF8.self), "compare-\(rung).json"))
    }

    @Test func `explain's words are the golden ones`() throws {
        let text = Explanation.text(Comparand(try stored("0e5e9e"), name: "here"), Comparand(try stored("222222", otherMachine), name: "there"))
        #expect(try isGolden(text, "explain.txt"))
    }

    @Test func `Go's format and github-action-benchmark's get stored results too, JUnit does not`() throws {
        let comparison = try rungs()[0].1
        #expect(try isGolden(GoBenchmarkReport.text(comparison.sides.map { (name: $0.name, record: $0.stored.record) }), "compare.gobench"))
        #expect(try isGolden(String(decoding: try ActionBenchmarkReport.json(comparison.sides[1].stored.record), as: UTF8.self), "compare.gab.json"))
        try withFolder { folder in
            let place = folder.appendingPathComponent("x").path
            #expect(throws: ReportRequestError.self) {
                try ReportOutput.write(comparison, requests: [ReportRequest(format: .junit, path: place)], environment: [:])
            }
            try ReportOutput.write(comparison, requests: [ReportRequest(format: .md, path: place)], environment: ["GITHUB_ACTIONS": "true"])
            let text = try String(contentsOfFile: place, encoding: .utf8)
            #expect(text.hasPrefix("**B against A · SIMILAR"))
        }
    }
}
