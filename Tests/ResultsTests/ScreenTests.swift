import Measurement
@testable import Results
import Testing

private let command = ".build/release/tidemark report --full Results/2026-11-23-quickstart-7f3a9c"

private func screen(_ record: RunRecord, width: Int? = nil) -> String { ResultTable.text(record, .oneScreen(inFull: command), width: width) }

/// What has a digit in it, without brackets and reservations around it.
private func figures(_ text: String) -> [String] {
    text.split { " \n[](),~".contains($0) }.map(String.init).filter { $0.contains(where: \.isNumber) }
}

@Suite struct OneScreenTests {
    @Test func `a quickstart prints as the golden screen`() {
        let text = screen(Sample.quickstart())
        #expect(text == goldenScreen, "printed:\n\(text)")
    }

    @Test func `a quickstart fits on one screen of 50 lines and 100 columns`() {
        let lines = screen(Sample.quickstart()).dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 50, "\(lines.count)")
        #expect(lines.filter { $0.count > 100 } == [])
    }

    @Test func `a spoiled run still fits, and says how many rules are left`() {
        var record = Sample.quickstart()
        record.verdict = Verdict(reasons: (1...9).map { Verdict.Reason(rule: "steal", outcome: .invalid, phase: "pinned steady", text: "reason \($0)") })
        let text = screen(record)
        #expect(text.contains("VERDICT   INVALID: the generator or the machine spoiled it; not to be compared\n"))
        #expect(text.contains("        · pinned steady: reason 4\n        · and 5 more\n"))
        #expect(!text.contains("reason 5"))
        #expect(ResultTable.text(record, .full).contains("· pinned steady: reason 9\n"))
    }

    @Test func `a remark longer than a line is broken within it`() {
        let lines = listed("  ", ["short", String(repeating: "word ", count: 30) + "end", "after"], 60)
        #expect(lines.filter { $0.count > 60 } == [])
        #expect(lines.first?.hasPrefix("  short ·") == true)
        #expect(lines.last?.hasSuffix("end · after") == true)
    }

    @Test func `no figure of the screen differs from the full table`() {
        let full = Set(figures(ResultTable.text(Sample.quickstart(), .full)))
        // The ceiling's share is worked out for the screen; the rest belongs to the command.
        let own = ["42"] + figures(command)
        #expect(figures(screen(Sample.quickstart())).filter { !full.contains($0) && !own.contains($0) } == [])
    }

    @Test func `the marks of honesty stay on the screen`() {
        let text = screen(Sample.quickstart())
        for mark in [
            "burst", "n/a (34226 samples)", "≤ 310 µs (machine floor)", "1 node: remote cells not measurable", "~0.125",
            "~ under 1 s of broker CPU: indicative", "98 % was read ahead", "[75.2, 78.8]", "floor: no file at all", "quick tier: never a gate",
            "broker: unknown", "42 % of it used", "IN FULL   " + command,
        ] { #expect(text.replacing(/\n +/, with: " ").contains(mark), "\(mark)") }
        #expect(!text.contains(where: { "¹²³".contains($0) }), "a footnote mark without its footnote")
    }

    @Test func `instruments that disagree and an invalid placement are named`() {
        var record = Sample.finished()
        record.headlines.latency!.rows[0].valid = false
        let text = screen(record)
        #expect(text.replacing(/\n +/, with: " ").contains("DISAGREE: process and device differ by 4.1 points"))
        #expect(text.contains("  unpinned: INVALID, the placement could not be verified\n"))
    }

    @Test func `two copies of one kind are told apart by name`() {
        var record = Sample.quickstart()
        for index in record.headlines.zeroCopy!.comparisons.indices { record.headlines.zeroCopy!.comparisons[index].baselineKind = "idiomatic" }
        #expect(screen(record).contains("% saved vs copy 64 KiB"))
        #expect(screen(record).contains("% saved vs copy 1 MiB"))
    }

    @Test func `a sustained figure says so`() {
        var record = Sample.quickstart()
        record.headlines.append!.rows[3].sustained = true
        #expect(screen(record).contains("559  sustained"))
    }

    @Test func `a run that measured nothing yet has its sections and its command`() {
        let text = screen(Sample.start())
        for name in ["APPEND THROUGHPUT", "PAGE-CACHE HIT RATE", "ZERO-COPY", "LATENCY"] { #expect(text.contains("\(name)   not measured")) }
        #expect(text.contains("VERDICT   none: the run ended before its end") && text.hasSuffix("IN FULL   \(command)\n"))
    }

    @Test(arguments: [80, 100, 132])
    func `no line but the command is wider than asked`(width: Int) {
        for record in [Sample.finished(), Sample.quickstart()] {
            let lines = screen(record, width: width).split(separator: "\n").filter { !$0.hasPrefix("IN FULL") }
            #expect(lines.filter { $0.count > width } == [])
        }
    }
}
