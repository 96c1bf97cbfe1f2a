// The experiments behind the claims: each has its profile in both tiers, and all of them together keep to their time.
import Claims
import Foundation
import Testing
import Topology
@testable import Harness

@Suite struct ClaimProfileTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Profiles/claims")
    /// A run's own: it starts a broker, looks at the machine, audits.
    private static let secondsBesideLoad = 2.5

    private static func points(_ experiment: String, _ tier: Profile.Tier) throws -> [SweepPoint] {
        try ProfileSweep.points(path: directory.appending(path: (tier == .quick ? "quick/" : "") + "\(experiment).yaml").path)
    }

    @Test(arguments: [(Profile.Tier.quick, 300.0), (Profile.Tier.full, 1200.0)])
    func `the experiments of all claims have their profiles, and take less than they may together`(tier: Profile.Tier, most: Double) throws {
        let machine = MachineDescription.read()
        var seconds = 0.0
        for experiment in ClaimCatalogue.experiments(of: ClaimCatalogue.all) {
            for point in try Self.points(experiment, tier) {
                #expect(point.profile.name == experiment && point.profile.tier == tier && point.profile.question.hasSuffix("?"))
                let plan = Run.plan(point.profile, headlineMeasurements(for: point.profile), machine)
                #expect(plan.diskBytes <= 25_000_000_000, "\(experiment): \(plan.description)")
                seconds += plan.loadSeconds + Self.secondsBesideLoad
            }
        }
        #expect(seconds <= most)
    }

    @Test func `no profile is there that no claim looks at`() throws {
        let experiments = ClaimCatalogue.experiments(of: ClaimCatalogue.all).sorted()
        for folder in [Self.directory, Self.directory.appending(path: "quick")] {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
            #expect(names.sorted() == experiments)
        }
    }

    @Test(arguments: [
        ("batching", ["producers.batchBytes"]), ("partitions", ["topic.partitions"]), ("retention", ["producers.seed", "topic.retentionBytes"]),
        ("consumers", ["topic.partitions", "consumers.count"]),
    ])
    func `a matrix has the axes by which its claim tells its points apart`(experiment: String, axes: [String]) throws {
        for tier in Profile.Tier.allCases {
            let points = try Self.points(experiment, tier)
            #expect(points.count > 1 && points.allSatisfy { $0.settings.map(\.path) == axes })
        }
    }

    /// Else what lies on the disk would be found there, too, or the control would end where the log does.
    @Test(arguments: Profile.Tier.allCases)
    func `the consumer with a delay is there in earnest, beside a control several caches behind in a log as long, and nothing is read ahead`(tier: Profile.Tier) throws {
        let cache = try #require(try Self.points("reader-delay", tier).first?.profile.headlines.pageCache)
        let (lag, memory) = (try #require(cache.lag), try #require(cache.memoryBytes))
        let (near, far) = (try #require(lag.shares.min()), try #require(lag.shares.max()))
        #expect(cache.readAhead == .off && lag.liveShare == near && near < 0.5 && far >= 4, "\(lag)")
        #expect(Double(BoundedBroker.logBytes(memory: memory, lag: lag)) > far * Double(memory))
    }

    /// Else who is idle would be arithmetic of the harness's own.
    @Test func `the consumers whose work is counted are members of a real group, each with the same pace`() throws {
        for tier in Profile.Tier.allCases {
            for point in try Self.points("consumers", tier) {
                let plan = try #require(point.profile.consumerGroups.first)
                #expect(plan.group != nil && plan.recordsPerSecond == 2_000 * Double(plan.count))
            }
        }
    }
}
