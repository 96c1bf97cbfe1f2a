// OpenMessaging Benchmark's files as a user runs them: two topics, two subscriptions, a backlog, and OMB's own result.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct OMBProgramTests {
    private static let fixtures = Harnessed.repository.appending(path: "Tests/Golden/omb").path

    private func names() throws -> Set<String> {
        Set(try String(contentsOfFile: "\(Self.fixtures)/fields.txt", encoding: .utf8).split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
    }

    private func ombResult(_ run: Harnessed) throws -> [String: Any] { try #require(try ombResults(run).first, "\(run.printed)") }

    /// One a point.
    private func ombResults(_ run: Harnessed) throws -> [[String: Any]] {
        try ResultStore(root: URL(filePath: run.base + "/results")).list().map { directory in
            let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".json") && $0 != ResultStore.recordName }
            #expect(files.count == 1, "\(files)")
            let data = try Data(contentsOf: directory.appending(path: try #require(files.first)))
            return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        }
    }

    private func started(_ workload: String, _ driver: String, scale: String, settings: [String] = []) throws -> Harnessed {
        try Harnessed(
            run: ["--omb", workload, "--driver", "\(Self.fixtures)/\(driver).yaml"],
            options: ["--time-scale", scale] + settings.flatMap { ["--set", $0] })
    }

    /// Ended with every record where it belongs, and OMB's fields.
    private func ended(_ run: Harnessed, points: Int = 1) throws -> [[String: Any]] {
        let code = run.finish()
        #expect(code == 0 || code == 5, "\(run.printed)")
        let results = try ombResults(run)
        #expect(results.count == points, "\(run.printed)")
        for result in results { #expect(Set(result.keys) == (try names())) }
        let store = ResultStore(root: URL(filePath: run.base + "/results"))
        for directory in store.list() {
            let facts = try store.load(directory).facts
            #expect(facts.first?.audit == .passed, "\(facts)\n\(run.printed)")
        }
        return results
    }

    @Test func `OMB's files end audited, with what was done otherwise listed and OMB's result beside ours`() throws {
        let run = try Harnessed(
            run: ["--omb", "\(Self.fixtures)/workloads/omb.yaml", "--driver", "\(Self.fixtures)/kafka.yaml"], options: ["--time-scale", "0.002"])
        defer { run.remove() }
        let code = run.finish()
        let record = try run.record()
        // 5: the machine was disturbed, which says nothing of the records.
        #expect(code == 0 || code == 5, "\(run.printed)")
        let steady = try record.phase("steady")
        #expect(steady.counters["audit_lost"] == 0 && steady.counters["audit_seen"] == steady.counters["audit_acknowledged"], "\(record.facts)")
        #expect(abs(Double(steady.counters["acknowledged_records"] ?? 0) - 2_000) < 400, "\(steady.counters)")
        #expect(steady.groups?.filter { $0.role == .consumers }.map(\.name) == ["sub-1", "sub-2"])
        #expect(try record.phase("catch-up").catchUp?.seconds != nil, "\(run.printed)")
        #expect(record.deviations?.contains { $0.key == "replicationFactor" && $0.used == "1" } == true)
        #expect(record.profile.text.contains("# OMB workload omb, as read:") && run.printed.contains("DEVIATES  ") && run.printed.contains("OMB JSON  "), "\(run.printed)")
        let result = try ombResult(run)
        #expect(Set(result.keys) == (try names()))
        #expect(result["topics"] as? Int == 2 && result["driver"] as? String == "Kafka/all" && result["workload"] as? String == "two topics / a backlog")
        let rates = try #require(result["publishRate"] as? [Double])
        #expect(rates.count >= 3 && (result["publishLatency99pct"] as? [Double])?.count == rates.count)
        #expect((result["aggregatedEndToEndLatency50pct"] as? Double ?? 0) > 0 && (result["backlog"] as? [Int])?.contains { $0 > 1_000 } == true, "\(result["backlog"] ?? "")")
    }

    @Test func `a payload file, a size distribution with the forks' keys and a sweep template run to their results`() throws {
        // The template with two of its eight points, which differ in the topics.
        let template = NSTemporaryDirectory() + "tidemark-test-template-\(UUID().uuidString).yaml"
        try String(contentsOfFile: "\(Self.fixtures)/workloads/template.yaml", encoding: .utf8)
            .replacing("messageSize: [100, 1024]", with: "messageSize: [1024]").replacing("producerRate: [1000, 0]", with: "producerRate: [1000]")
            .write(toFile: template, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: template) }
        // Beside each other: what they find is not what is tested.
        let runs = [
            try started("\(Self.fixtures)/workloads/payload.yaml", "kafka", scale: "0.001"),
            try started("\(Self.fixtures)/workloads/sizes.yaml", "redpanda", scale: "0.0003"), try started(template, "kafka", scale: "0.001"),
        ]
        defer { runs.forEach { $0.remove() } }
        let (payload, sizes, sweep) = (try ended(runs[0])[0], try ended(runs[1])[0], try ended(runs[2], points: 2))
        #expect(payload["messageSize"] as? Int == 64 && payload["workload"] as? String == "1 producer / 1 consumer")
        #expect(sizes["topics"] as? Int == 3 && sizes["sampleRateMillis"] as? Int != nil, "\(sizes)")
        #expect(try runs[1].record().phase("catch-up").catchUp?.producers == "throttled", "\(runs[1].printed)")
        #expect(Set(sweep.compactMap { $0["topics"] as? Int }) == [1, 2])
    }

    @Test func `a rate of 0 is searched for, then measured`() throws {
        let run = try started("\(Self.fixtures)/workloads/search.yaml", "redpanda", scale: "0.0001", settings: [
            // Of one rate, and without the slope of the lag, which takes seconds to tell.
            "search.most=2000", "search.objective=errors = 0 and lag <= 50000", "search.trial=1s", "search.confirm=1s",
        ])
        defer { run.remove() }
        let result = try ended(run)[0]
        // No more than it may offer, or what the machine spoiled at that.
        let rates = try #require(result["publishRate"] as? [Double])
        #expect(!rates.isEmpty && rates.allSatisfy { $0 > 1_000 && $0 < 3_000 }, "\(rates)\n\(run.printed)")
        #expect(run.printed.contains("SEARCH    errors = 0 and lag <= 50000"), "\(run.printed)")
    }

    @Test func `a dry run says what it would do otherwise, and with --full the profile that it would run`() throws {
        let run = try Harnessed(
            run: ["--omb", "\(Self.fixtures)/workloads/template.yaml", "--driver", "\(Self.fixtures)/redpanda.yaml"], options: ["--time-scale", "1%", "--dry-run", "--full"])
        defer { run.remove() }
        #expect(run.finish() == 0, "\(run.printed)")
        for text in ["point 8 of 8: topics=2 partitionsPerTopic=1 messageSize=1024 producerRate=0", "reset true: no effect: no topic is removed", "search:\n  objective:"] {
            #expect(run.printed.contains(text), "\(run.printed)")
        }
    }

    @Test func `what contradicts itself is wrong usage`() throws {
        for (arguments, text) in [
            (["--omb", "w.yaml"], "--omb needs --driver"), (["Profiles/smoke.yaml", "--time-scale", "0.5"], "--time-scale belongs to --omb"),
            (["Profiles/smoke.yaml", "--omb", "w", "--driver", "d"], "both say what is to be run"), ([], "what is to be run?"),
            (["--omb", "w", "--driver", "d", "--time-scale", "2"], "above 0 and at most 1"), (["--omb", "/no-such-file", "--driver", "d"], "/no-such-file: cannot be read"),
        ] {
            let run = try Harnessed(run: arguments)
            defer { run.remove() }
            #expect(run.finish() == 64 && run.printed.contains(text), "\(run.printed)")
        }
    }

    /// Where somebody has OMB's published files, TIDEMARK_OMB names their directory.
    @Test func `the published workloads run unchanged`() throws {
        guard let root = ProcessInfo.processInfo.environment["TIDEMARK_OMB"] else { return }
        let workloads = try FileManager.default.contentsOfDirectory(atPath: "\(root)/workloads").filter { $0.hasSuffix(".yaml") }.sorted()
        let drivers = try FileManager.default.contentsOfDirectory(atPath: "\(root)/drivers").filter { $0.hasSuffix(".yaml") }.sorted()
        for (number, workload) in workloads.enumerated() {
            let run = try Harnessed(
                run: ["--omb", "\(root)/workloads/\(workload)", "--driver", "\(root)/drivers/\(drivers[number % drivers.count])"], options: ["--time-scale", "0.0002"])
            defer { run.remove() }
            let code = run.finish()
            #expect(code == 0 || code == 5, "\(workload): \(run.printed)")
            #expect(Set(try ombResult(run).keys) == (try names()), "\(workload)")
        }
    }
}
