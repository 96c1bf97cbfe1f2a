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

    private func ombResult(_ run: Harnessed) throws -> [String: Any] {
        let directory = try #require(ResultStore(root: URL(filePath: run.base + "/results")).list().first, "\(run.printed)")
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".json") && $0 != ResultStore.recordName }
        #expect(files.count == 1, "\(files)")
        let data = try Data(contentsOf: directory.appending(path: try #require(files.first)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
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
