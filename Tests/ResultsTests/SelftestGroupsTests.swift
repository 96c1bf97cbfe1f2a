// The groups of a build compared with itself that are kept in git, and the gate replayed on them.
import Foundation
import Gate
import Testing

@testable import Results

@Suite struct SelftestGroupsTests {
    private var stores: [SelftestStore] {
        get throws {
            let root = URL(fileURLWithPath: repositoryFile("Results/selftest"))
            return try FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil).filter(\.pathExtension.isEmpty)
                .sorted { $0.path < $1.path }.map { SelftestStore(directory: $0) }
        }
    }

    @Test func `at least two hundred groups of the gated profile at maximum rate are kept, each of one build on both sides`() throws {
        let store = try #require(try stores.first { $0.directory.lastPathComponent.hasPrefix("ab-max-") })
        let sessions = try store.sessions()
        #expect(sessions.reduce(0) { $0 + $1.groups.count } >= 200)
        for session in sessions {
            #expect(session.header.plan.base == session.header.plan.head && session.header.plan.base == session.header.build)
            #expect(session.header.machine["hypervisor"] != nil)
        }
    }

    @Test func `their lines fit the schema, and what breaks it is caught`() throws {
        let files = try stores.flatMap { try FileManager.default.contentsOfDirectory(at: $0.directory, includingPropertiesForKeys: nil) }.filter { $0.pathExtension == "jsonl" }
        let lines = try files.flatMap { try String(contentsOf: $0, encoding: .utf8).split(separator: "\n").prefix(20).map(String.init) }
        #expect(lines.count > 10)
        #expect(try validated(lines, schema: "selftest-1").allSatisfy { $0 == "ok" })
        let planted = [
            lines[0].replacing("tidemark.selftest.v1", with: "tidemark.selftest.v9"), lines[0].replacing("\"build\":", with: "\"built\":"),
            lines[1].replacing("\"attempt\":0", with: "\"attempt\":-1"), lines[1].replacing("\"head\":[", with: "\"tail\":["),
        ]
        #expect(planted.allSatisfy { !lines.contains($0) })
        #expect(try validated(planted, schema: "selftest-1").allSatisfy { $0 != "ok" })
    }

    @Test func `the live campaigns that are kept are as they were sealed: nothing is no regression, a burn is one`() throws {
        let places = try stores.map { $0.directory.appending(path: "live") }.filter { FileManager.default.fileExists(atPath: $0.path) }
            .flatMap { try FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil) }
        let records = try places.map { try CampaignStore(directory: $0).load() }
        #expect(records.count { $0.head.name.contains("--burn-percent 10") } >= 1 && records.count { $0.head.name == $0.base.name } >= 1)
        for record in records {
            let report = try #require(record.report)
            #expect(report.outcome == (record.head.name == record.base.name ? .same : .regression), "\(record.identity.directoryName)")
            #expect(record.campaign.report(ending: report.ending).outcome == report.outcome)
        }
    }

    /// Few relabellings, so that this takes a second or two: `tidemark selftest --groups 0 --resume` does ten thousand.
    @Test func `the gate cries wolf on at most one of a hundred of their relabellings, and sees 5 and 10 %`() throws {
        for store in try stores {
            let sessions = try store.sessions()
            let plan = try #require(sessions.last).header.plan
            for metric in plan.metrics where metric.role == .gated {
                let replay = try #require(try GateReplay(groups: sessions.flatMap(\.groups), metric: metric, plan: plan))
                #expect(replay.rates(relabellings: 100, seed: 1).failShare <= 0.01, "\(store.directory.lastPathComponent) \(metric.name)")
                #expect(replay.rates(change: 0.05, relabellings: 100, seed: 1).failShare >= 0.85, "\(store.directory.lastPathComponent) \(metric.name)")
                #expect(replay.rates(change: 0.10, relabellings: 100, seed: 1).failShare >= 0.99, "\(store.directory.lastPathComponent) \(metric.name)")
            }
        }
    }
}
