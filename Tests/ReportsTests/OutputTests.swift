import Foundation
@testable import Gate
@testable import Reports
import Testing
import Yams

@Suite struct RequestTests {
    @Test func `an unknown format, a missing path and one file twice are refused`() {
        for text in ["html=a", "md", "md=", "md=a,junit=a"] { #expect(throws: ReportRequestError.self, "\(text)") { try ReportRequest.parse([text]) } }
    }

    @Test func `several at once, in one word or several`() throws {
        let requests = try ReportRequest.parse(["md=a.md,junit=b.xml", "json=c=d.json"])
        #expect(requests == [ReportRequest(format: .md, path: "a.md"), ReportRequest(format: .junit, path: "b.xml"), ReportRequest(format: .json, path: "c=d.json")])
        #expect(try ReportRequest.parse([]).isEmpty)
    }
}

@Suite struct ReportOutputTests {
    @Test func `every format that is asked for is written`() throws {
        try withFolder { folder in
            let requests = ReportFormat.allCases.map { ReportRequest(format: $0, path: folder.appendingPathComponent($0.rawValue).path) }
            try ReportOutput.write(Fixture.reports(), requests: requests, environment: [:]) { _ in Issue.record("annotations without GitHub") }
            for request in requests { #expect(try !Data(contentsOf: URL(filePath: request.path)).isEmpty) }
            let json = try String(contentsOfFile: folder.appendingPathComponent("json").path, encoding: .utf8)
            #expect(json == "{\"schema\":\"tidemark.ab.v1\"}")
        }
    }

    @Test func `a comment fits where comments go, and the next one can replace it`() throws {
        try withFolder { folder in
            let place = folder.appendingPathComponent("comment.md")
            let many = (0..<400).map { _ in Fixture.entry() }
            try ReportOutput.write(GateReports(many, startedAt: "2026-11-23T19:33:00Z"), requests: [ReportRequest(format: .comment, path: place.path)], environment: [:])
            let text = try String(contentsOf: place, encoding: .utf8)
            #expect(text.utf8.count <= 64_000 && text.utf8.count > 50_000 && text.contains(MarkdownReport.marker) && text.hasSuffix("in the JSON output.*\n"))
            #expect(text.components(separatedBy: "<details>").count == text.components(separatedBy: "</details>").count)
        }
    }

    @Test func `a comparison that failed early still leaves JSON that parses`() throws {
        try withFolder { folder in
            let place = folder.appendingPathComponent("json")
            let failure = GateFailure(profile: "ab-rate", reason: "no such \"profile\"", exitCode: 5)
            try ReportOutput.write(
                Fixture.reports([Fixture.entry()], failures: [failure]), requests: [ReportRequest(format: .json, path: place.path)], environment: [:])
            let list = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [[String: Any]])
            #expect(list.map { $0["schema"] as? String } == ["tidemark.ab.v1", "tidemark.ab.failure.v1"])
        }
    }

    @Test func `a regression too small to fail is a warning and a skipped case everywhere, and no less visible`() throws {
        func reports(_ failAbove: Double?) -> GateReports {
            GateReports([Fixture.entry()], failAbove: failAbove, startedAt: "2026-11-23T19:33:00Z")
        }
        // Throughput is 0.949, 5.4 % worse.
        for (failAbove, isTolerated) in [(nil, false), (0.05, false), (0.10, true)] as [(Double?, Bool)] {
            let all = reports(failAbove)
            let markdown = MarkdownReport.text(all)
            #expect(markdown.hasPrefix(isTolerated ? "⚠️ **Regression, too small to fail here." : "❌ **Regression."), "\(markdown.prefix(80))")
            #expect(markdown.contains("none above 10 %") == isTolerated && markdown.contains("**REGRESSED**"))
            let junit = JUnitReport.text(all)
            #expect(junit.contains("failures=\"\(isTolerated ? 0 : 1)\"") && junit.contains("worse, but not by enough to fail") == isTolerated)
            let first = try #require(AnnotationReport.lines(all).first { $0.contains("regressed") })
            #expect(first.hasPrefix(isTolerated ? "::warning " : "::error "))
        }
    }

    @Test func `GitHub gets summary and annotations unasked, added to what other steps wrote`() throws {
        try withFolder { folder in
            let summary = folder.appendingPathComponent("summary.md")
            try "earlier\n".write(to: summary, atomically: true, encoding: .utf8)
            var printed: [String] = []
            try ReportOutput.write(
                Fixture.reports(), requests: [], environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary.path]) { printed.append($0) }
            let text = try String(contentsOf: summary, encoding: .utf8)
            #expect(text.hasPrefix("earlier\n❌ **Regression."))
            #expect(printed.count == 2 && printed.allSatisfy { $0.hasPrefix("::") })
            try ReportOutput.write(Fixture.reports(), requests: [], environment: ["GITHUB_ACTIONS": "true"]) { _ in }
        }
    }
}

@Suite struct ExampleTests {
    private func yaml(_ name: String) throws -> [String: Any] {
        // As plain strings: YAML 1.1 reads the key `on` as a truth.
        try #require(try Yams.load(yaml: String(contentsOfFile: Repository.path("Scripts/ci-examples/\(name)"), encoding: .utf8), .basic) as? [String: Any])
    }

    @Test func `GitHub's workflow parses, and its steps do what they must`() throws {
        let workflow = try yaml("github.yml")
        let jobs = try #require(workflow["jobs"] as? [String: Any])
        let job = try #require(jobs["ab"] as? [String: Any])
        let steps = try #require(job["steps"] as? [[String: Any]])
        #expect(workflow["on"] != nil)
        #expect(steps.allSatisfy { ($0["run"] is String) != ($0["uses"] is String) })
        let commands = steps.compactMap { $0["run"] as? String }.joined(separator: "\n")
        #expect(commands.contains("tidemark ab") && commands.contains("Scripts/build") && commands.contains(MarkdownReport.marker))
        try shellParses(steps.compactMap { $0["run"] as? String })
    }

    @Test func `GitLab's job parses, and keeps its reports whatever comes of it`() throws {
        let job = try #require(try yaml("gitlab.yml")["tidemark"] as? [String: Any])
        let script = try #require(job["script"] as? [String])
        let artifacts = try #require(job["artifacts"] as? [String: Any])
        #expect(script.contains { $0.contains("tidemark ab") && $0.contains("junit=$PROFILE.xml") })
        #expect(artifacts["when"] as? String == "always")
        #expect((artifacts["reports"] as? [String: Any])?["junit"] as? String == "$PROFILE.xml")
        try shellParses(script + (job["before_script"] as? [String] ?? []))
    }

    /// GitHub's own `${{ … }}` are values by the time a shell sees them.
    private func shellParses(_ commands: [String]) throws {
        for command in commands {
            let text = command.replacing(/\$\{\{[^}]*\}\}/, with: "value")
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/bash")
            shell.arguments = ["-n", "-c", text]
            try shell.run()
            shell.waitUntilExit()
            #expect(shell.terminationStatus == 0, "\(text)")
        }
    }
}
