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

    /// Few relabellings, so that this takes a second or two: `tidemark selftest --groups 0 --resume` does ten thousand.
    @Test func `the gate cries wolf on none of a hundred of their relabellings, and sees twice what it is meant to see`() throws {
        for store in try stores {
            let sessions = try store.sessions()
            let plan = try #require(sessions.last).header.plan
            for metric in plan.metrics where metric.role == .gated {
                let replay = try #require(try GateReplay(groups: sessions.flatMap(\.groups), metric: metric, plan: plan))
                #expect(replay.rates(relabellings: 100, seed: 1).failShare <= 0.03, "\(store.directory.lastPathComponent) \(metric.name)")
                #expect(replay.rates(change: 0.10, relabellings: 100, seed: 1).failShare >= 0.85, "\(store.directory.lastPathComponent) \(metric.name)")
            }
        }
    }
}
