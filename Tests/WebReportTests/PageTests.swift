import Foundation
import Measurement
import Testing
@testable import Results
@testable import WebReport

/// Names as somebody would choose them who wants more than a name.
private let hostile = [
    "</script><script>window.pwned = 1</script>", "<img src=x onerror=\"window.pwned = 1\">", "\" onmouseover=\"pwned()\" x=\"", "'><svg onload=pwned()>", "<!--<script>",
    "a\u{2028}b\u{2029}c", "=cmd|' /C calc'!A0", "&lt;b&gt;", "<a href=\"javascript:pwned()\">x</a>", "%{x} $1 \\u003c",
]

private func withHostileNames(_ name: String) throws -> String {
    try Fixture.html { record in
        record.profile.name = name
        record.profile.question = name
        record.profile.text = name
        record.software.broker = name
        record.notes = [name]
        record.disks[0].name = name
        record.environment.hard["cpu_model"] = name
        record.environment.soft[name] = name
        record.headlines.append?.directory = name
        record.headlines.append?.rows[0].label = name
        record.headlines.hitRate?.rows[0].state = name
        record.headlines.zeroCopy?.modes[0].mode = name
        record.headlines.latency?.rows[0].placement = name
        for index in record.phases.indices where record.phases[index].name == "append steady" { record.phases[index].name = name }
        record.verdict = Verdict(reasons: [.init(rule: "x", outcome: .invalid, phase: name, text: name)])
    }
}

@Suite struct EscapingTests {
    @Test(arguments: hostile)
    func `a name from a result is never HTML and never a script`(name: String) throws {
        let plain = Document(html: try Fixture.html())
        let page = Document(html: try withHostileNames(name))
        // Each element that a name could bring with it would be one more than a harmless result has.
        for tag in ["<script", "</script", "<img", "<svg", "<a href=\"javascript", "<!--", "onmouseover=\"", "onerror=\""] {
            #expect(page.parts(tag, ">").count <= plain.parts(tag, ">").count, "\(tag) came in")
        }
        #expect(!page.html.contains("\u{2028}") || name.contains("\u{2028}"))
        let data = page.parts("id=\"report-data\">", "</script>")[0]
        #expect(!data.unicodeScalars.contains { ["<", ">", "&", "\u{2028}", "\u{2029}"].contains($0) })
        // And they arrive whole.
        let rows = try page.chart("append")?["rows"] as? [[Any]]
        #expect((rows?[0][0] as? String)?.hasSuffix(name) == true)
        #expect(page.html.contains(Markup.escaped(name)))
    }

    @Test func `code that would end its element is refused, and plain comparisons are not`() {
        #expect(Markup.endsEarly("a </SCRIPT> b"))
        #expect(Markup.endsEarly("</style"))
        #expect(Markup.endsEarly("<!-- <script"))
        #expect(!Markup.endsEarly("if (a<b && c<!d) '<script'"))
        #expect(throws: ChartLibraryError.self) { try ChartLibrary(Data("x = '</script>'".utf8), at: "p") }
        #expect(throws: ChartLibraryError.self) { try ChartLibrary(Data("x\r\n".utf8), at: "p") }
    }

    @Test func `only the scripts of the page may run, and nothing is loaded`() throws {
        let page = Document(html: try Fixture.html())
        let policy = try #require(page.parts("http-equiv=\"Content-Security-Policy\" content=\"", "\">").first).replacing("&#39;", with: "'")
        let allowed = try #require(policy.split(separator: "; ").first { $0.hasPrefix("script-src ") })
        let scripts = page.parts("<script", "</script>").map { $0.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false) }.filter { !$0[0].contains("application/json") }
        #expect(scripts.count == 2)
        for script in scripts { #expect(allowed.contains("'sha256-\(Embedding.base64(hex: SHA256.hex(String(script[1]))))'")) }
        #expect(policy.hasPrefix("default-src 'none'; "))
        #expect(!allowed.contains("unsafe") && !policy.contains("http") && !policy.contains("connect-src"))
        for attribute in [" src=\"", " href=\"http", "url(", "@import", "<link", "<iframe"] { #expect(!page.html.contains(attribute)) }
    }
}

@Suite struct PageTests {
    private static let chapters: [(id: String, remove: @Sendable (inout RunRecord) -> Void)] = [
        ("append-chapter", { $0.headlines.append = nil }), ("hit-rate-chapter", { $0.headlines.hitRate = nil }), ("zero-copy-chapter", { $0.headlines.zeroCopy = nil }),
        ("placements-chapter", { $0.headlines.latency = nil }), ("throughput-chapter", { record in for index in record.phases.indices { record.phases[index].series = [] } }),
        ("latency-chapter", { record in for index in record.phases.indices { record.phases[index].histograms = [:] } }),
        ("cost-chapter", { record in for index in record.phases.indices { record.phases[index].costs = nil } }), ("disks-chapter", { $0.disks = [] }),
        ("calibration-chapter", { $0.calibration = CalibrationRecord() }), ("others", { $0.metrics = [] }), ("machine", { $0.environment = EnvironmentRecord() }),
        ("phases", { $0.phases = [] }),
    ]

    @Test func `a chapter appears with its data and only with them`() throws {
        let whole = Document(html: try Fixture.html())
        for (id, remove) in Self.chapters {
            #expect(whole.html.contains("<section id=\"\(id)\""), "\(id) is missing")
            let without = try Fixture.html(remove)
            #expect(!without.contains("<section id=\"\(id)\"") && !without.contains("href=\"#\(id)\""), "\(id) has no data")
        }
    }

    @Test func `a run that left nothing but its name is still a page`() throws {
        let record = RunRecord(
            identity: RunIdentity(date: "2026-11-24", startedAt: "2026-11-24T04:08:44Z", profileName: "bare", shortID: "000000"),
            software: Software(commit: "a", version: "0", broker: "b"), profile: ProfileRecord(name: "bare", question: "", tier: "full", text: ""), environment: EnvironmentRecord())
        let page = Fixture.html([.run(StoredResult(directory: URL(filePath: "bare"), record: record, writtenVersion: 2, seal: .absent(reason: "")))])
        #expect(page.contains("NO VERDICT") && page.contains("the run ended before its end"))
        #expect(try Document(html: page).charts().isEmpty)
    }

    @Test func `the same results make the same bytes`() throws {
        let subjects: [WebReport.Subject] = [.run(try Fixture.run()), .run(try Fixture.run("b")), .campaign(try Fixture.campaign(), name: "ab")]
        #expect(Fixture.html(subjects) == Fixture.html(subjects))
    }

    @Test func `every plot has a name, words, its data as a table and two downloads`() throws {
        let page = Document(html: Fixture.html([.run(try Fixture.run()), .run(try Fixture.run("b")), .campaign(try Fixture.campaign(), name: "ab")]))
        let charts = try page.charts()
        let figures = page.parts("<figure", "</figure>")
        #expect(charts.count > 25)
        #expect(figures.count == charts.count)
        for (figure, chart) in zip(figures, charts) {
            let id = chart["id"] as? String ?? ""
            let rows = chart["rows"] as? [Any] ?? []
            for part in ["data-chart=\"\(id)\" role=\"img\" aria-labelledby=\"\(id)-title\" aria-describedby=\"\(id)-words\"", "<caption>", "<th scope=\"col\"", "data-save=\"\(id)\" data-as=\"csv\"", "data-as=\"json\""] {
                #expect(figure.contains(part), "\(id): no \(part)")
            }
            #expect(figure.split(separator: "<tr>").count - 2 == rows.count, "\(id)")
        }
    }

    @Test func `no id stands twice, and every link of the contents leads somewhere`() throws {
        let page = Document(html: Fixture.html([.run(try Fixture.run()), .run(try Fixture.run("b")), .campaign(try Fixture.campaign(), name: "ab")]))
        #expect(Set(page.ids).count == page.ids.count)
        let links = page.parts("href=\"#", "\"")
        #expect(links.count > 20)
        for link in links { #expect(page.ids.contains(link)) }
    }

    @Test func `one heading of the first level, and none skips a level`() throws {
        let page = Document(html: Fixture.html([.run(try Fixture.run()), .run(try Fixture.run("b"))]))
        let levels = page.parts("<h", ">").compactMap { $0.first?.wholeNumberValue }
        #expect(levels.first == 1 && levels.count { $0 == 1 } == 1)
        for (before, after) in zip(levels, levels.dropFirst()) { #expect(after <= before + 1) }
    }

    @Test func `an invalid run says so first, a saturated one claims no latency`() throws {
        let invalid = try Fixture.html { $0.verdict = Verdict(reasons: [.init(rule: "steal", outcome: .invalid, phase: nil, text: "steal 9 % (5 % allowed)")]) }
        #expect(invalid.contains("verdict bad") && invalid.contains("INVALID") && invalid.contains("steal 9 % (5 % allowed)"))
        let saturated = try Fixture.html { $0.verdict = Verdict(reasons: [.init(rule: "keptUp", outcome: .saturated, phase: nil, text: "97 %")]) }
        #expect(saturated.contains("no latency claim") && saturated.contains("not how fast it answers"))
        #expect(!saturated.contains("<dt>response"))
    }
}

@Suite struct ChartLibraryTests {
    @Test func `a missing library names the commands that fetch it`() throws {
        let error = try #require(throws: ChartLibraryError.self) { try ChartLibrary.found(besides: "/nowhere/bin/tidemark", environment: ["HOME": "/nowhere"]) }
        #expect("\(error)".contains("`Scripts/plotly`") && "\(error)".contains("pip download plotly==\(ChartLibrary.wheelVersion)") && "\(error)".contains("--plotly"))
        #expect(throws: ChartLibraryError.missing(places: ["/nowhere/p.js"])) { try ChartLibrary.named("/nowhere/p.js") }
    }

    @Test func `it is looked for beside the program, in the build and in the cache`() {
        let places = ChartLibrary.places("/a/.build/x86_64/release/tidemark", ["HOME": "/h"])
        #expect(places == ["/a/.build/x86_64/release/plotly.min.js", "/a/.build/plotly/plotly.min.js", "/h/.cache/tidemark/plotly-\(ChartLibrary.wheelVersion)/plotly.min.js"])
        #expect(ChartLibrary.places("/a/.build/ship/x86_64/release/tidemark", [:]).last == "/a/.build/plotly/plotly.min.js")
        #expect(ChartLibrary.places("/t", ["XDG_CACHE_HOME": "/c", "HOME": "/h"]).last?.hasPrefix("/c/tidemark/") == true)
    }

    @Test func `another version is refused unless somebody names it`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemark-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let place = folder.appending(path: ChartLibrary.fileName)
        try Data("var Plotly;".utf8).write(to: place)
        let error = #expect(throws: ChartLibraryError.self) { try ChartLibrary.found(besides: folder.appending(path: "tidemark").path, environment: [:]) }
        #expect("\(error!)".contains("it is not that of plotly"))
        #expect(try ChartLibrary.named(place.path).text == "var Plotly;")
    }
}
