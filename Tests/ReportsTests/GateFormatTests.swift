import Foundation
@testable import Gate
@testable import Reports
import Testing

private let failure = GateFailure(profile: "ab-rate", reason: "base does not start:\nport <9092> is taken & gone", exitCode: 5)

private func outcomes() -> [GateReports] {
    let inconclusive = Fixture.report(.inconclusive, rows: [Fixture.rows[2]], reasons: ["broker CPU: no look settled it"], ending: .exhausted)
    return [
        Fixture.reports(), Fixture.reports([Fixture.entry(inconclusive)]), Fixture.reports([Fixture.entry(inconclusive)], policy: .fail),
        Fixture.reports([Fixture.entry(Fixture.report(.same, rows: [Fixture.rows[1]]))]), Fixture.reports([Fixture.entry(Fixture.report(.improved, rows: [Fixture.rows[1]]))]),
        Fixture.reports([Fixture.entry(Fixture.report(.invalid, reasons: ["the head crashed"], ending: .spoiled))]),
        Fixture.reports([Fixture.entry(Fixture.report(.notComparable, rows: [], reasons: ["other partitions"]))]), Fixture.reports([], failures: [failure]), Fixture.reports([]),
    ]
}

@Suite struct MarkdownTests {
    @Test func `what cannot be trusted is said first, whatever else there is`() {
        let first = outcomes().map { String(MarkdownReport.text($0).split(separator: "\n")[0].prefix(32)) }
        #expect(first[0].hasPrefix("❌ **Regression.") && first[1].hasPrefix("⚠️ **Inconclusive:") && first[2].hasPrefix("⚠️ **Inconclusive, which"))
        #expect(first[3].hasPrefix("✅ **No regression.") && first[5].hasPrefix("⛔ **Invalid:") && first[6].hasPrefix("⛔ **Not comparable"))
        #expect(first[7].hasPrefix("⛔ **Invalid:") && first[8].hasPrefix("⛔ **Invalid:"))
        #expect(MarkdownReport.text(Fixture.reports([Fixture.entry(Fixture.report(.same))], failures: [failure])).hasPrefix("⛔"))
    }

    @Test func `every page carries the marker once, near its top`() {
        for reports in outcomes() {
            let text = MarkdownReport.text(reports)
            #expect(text.components(separatedBy: MarkdownReport.marker).count == 2)
            #expect(text.split(separator: "\n").prefix(2).contains(Substring(MarkdownReport.marker)))
        }
    }

    @Test func `a regression, a failed start and what stays folded are the golden page`() throws {
        #expect(try isGolden(MarkdownReport.text(Fixture.reports(failures: [failure])), "gate.md"))
    }

    @Test func `what Markdown and HTML would read as theirs is text`() {
        #expect(MarkdownReport.escaped("a|b <c> *d* _e_ `f` [g](h) #i") == "a\\|b &lt;c&gt; \\*d\\* \\_e\\_ \\`f\\` \\[g\\](h) \\#i")
        let text = MarkdownReport.text(Fixture.reports([Fixture.entry(base: "a`b|c\nd")]))
        #expect(text.contains("`a'b¦c d`"))
    }

    @Test(arguments: [6_000, 7_000, 20_000]) func `a page is cut at its cap, at a line's end, with nothing left open, and says so`(cap: Int) {
        let reports = Fixture.reports(Array(repeating: Fixture.entry(), count: 40))
        let whole = MarkdownReport.text(reports, capBytes: .max)
        #expect(whole.utf8.count > 20_000)
        let cut = MarkdownReport.text(reports, capBytes: cap)
        #expect(cut.utf8.count <= cap && cut.utf8.count > cap * 8 / 10)
        #expect(cut.contains("Cut here"))
        #expect(cut.components(separatedBy: "<details>").count == cut.components(separatedBy: "</details>").count)
        #expect(MarkdownReport.text(Fixture.reports()).utf8.count < MarkdownReport.sizeCapBytes)
    }
}

@Suite struct JUnitTests {
    @Test func `every outcome fits the schema, and damage does not`() throws {
        let documents = outcomes().map(JUnitReport.text)
        #expect(try validatedXML(documents) == documents.map { _ in "ok" })
        let damaged = [
            documents[0].replacing(" errors=\"0\"", with: ""), documents[0].replacing("<properties>", with: "<property>").replacing("</properties>", with: "</property>"),
            documents[0].replacing("timestamp=\"2026-11-23T19:33:28\"", with: "timestamp=\"yesterday\""), documents[0].replacing("type=\"regression\" ", with: ""),
        ]
        #expect(damaged.allSatisfy { $0 != documents[0] })
        #expect(try validatedXML(damaged).allSatisfy { $0 != "ok" })
    }

    @Test func `a regression fails, what is inconclusive is skipped with its smallest effect or fails by policy, invalid is an error`() {
        let all = outcomes().map(JUnitReport.text)
        #expect(all[0].contains("tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\""))
        #expect(all[0].contains("<skipped message=\"inconclusive, MDE 8.20 %\"/>"))
        #expect(all[2].contains("tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\""))
        #expect(all[3].contains("tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\""))
        #expect(all[5].contains("tests=\"4\" failures=\"0\" errors=\"4\" skipped=\"0\""))
        #expect(all[7].contains("tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\""))
    }

    @Test func `the golden document`() throws {
        #expect(try isGolden(JUnitReport.text(Fixture.reports(failures: [failure])), "gate.xml"))
    }

    @Test func `marks and control characters of XML are text or gone`() {
        #expect(JUnitReport.escaped("a<b>&\"'\n\u{1}\u{fffe}ö") == "a&lt;b&gt;&amp;&quot;&apos; ö")
    }
}

@Suite struct AnnotationTests {
    @Test func `at most ten, the worst first, the last one counts the rest`() {
        let entries = Array(repeating: Fixture.entry(), count: 7)
        let lines = AnnotationReport.lines(Fixture.reports(entries, failures: [failure]))
        #expect(lines.count == 10)
        #expect(lines[0].hasPrefix("::error title=ab-rate::"))
        #expect(lines[9] == "::warning title=tidemark::and 6 more; see the job summary")
        #expect(AnnotationReport.lines(Fixture.reports(Array(repeating: Fixture.entry(), count: 5))).count == 10)
    }

    @Test func `what would end a command or begin a property is escaped`() {
        #expect(AnnotationReport.command("error", title: "a:b,c%", "50 %\r\nmore: yes, all") == "::error title=a%3Ab%2Cc%25::50 %25%0D%0Amore: yes, all")
    }

    @Test func `nothing is annotated where nothing is to be seen`() {
        let all = outcomes().map { AnnotationReport.lines($0).count }
        #expect(all == [2, 1, 1, 0, 0, 1, 1, 1, 0])
    }

    @Test func `the golden lines`() throws {
        #expect(try isGolden(AnnotationReport.lines(Fixture.reports(failures: [failure])).joined(separator: "\n") + "\n", "gate.annotations"))
    }
}

@Suite struct InteropFormatTests {
    @Test func `Go's format has a line a slice of every group that counts, names of one word`() throws {
        let text = GoBenchmarkReport.text(Fixture.reports())
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("Benchmark") }.count == 8)
        #expect(text.split(separator: "\n").allSatisfy { $0.contains(": ") || $0.split(separator: " ").count == 4 })
        #expect(GoBenchmarkReport.name("response p99.9 (ms)") == "Response_p99.9__ms_")
        #expect(GoBenchmarkReport.unit("ns") == "ns/op" && GoBenchmarkReport.unit("CPU-s per GB") == "CPU-s-per-GB")
        #expect(try isGolden(text, "gate.gobench"))
    }

    @Test func `github-action-benchmark gets reciprocals of what is better when larger, and says so`() throws {
        let text = String(decoding: try ActionBenchmarkReport.json(Fixture.reports()), as: UTF8.self)
        let items = try JSONDecoder().decode([ActionBenchmarkReport.Item].self, from: Data(text.utf8))
        #expect(items.count == 5)
        #expect(items[0].name == "1 ÷ ab-max/throughput" && abs(items[0].value - 1 / 203.1) < 1e-15)
        #expect(items[2].name == "ab-max/broker CPU" && items[2].value == 628)
        #expect(try isGolden(text, "gate.gab.json"))
    }
}
