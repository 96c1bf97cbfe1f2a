// The shipped studies of zero-copy: each at both placements, all of them together in a time that somebody will wait.
import Foundation
import Testing
import Topology

@testable import Harness

private let studies = ["modes", "by-buffer", "by-fetch-size", "by-data", "by-consumers", "equal-rate"]
/// Together they are one.
private let halves = ["same-cpu", "other-cpu"]

@Suite struct ZeroCopyProfileTests {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Profiles")

    private static func points(_ study: String) throws -> [SweepPoint] { try ProfileSweep.points(path: directory.appending(path: "zero-copy-\(study).yaml").path) }

    @Test(arguments: studies) func `a study is made with the client on the broker's CPU and on another one, at every point of its other axes`(study: String) throws {
        let placements = try Self.points(study).map { try #require($0.profile.headlines.zeroCopy).placement }
        for placement in ZeroCopyHeadlinePlan.Placement.allCases { #expect(placements.filter { $0 == placement }.count * 2 == placements.count) }
        #expect(!placements.isEmpty)
    }

    @Test func `all studies together load the machine for less than forty minutes`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path).filter { $0.hasPrefix("zero-copy-") }
        #expect(files.sorted() == (studies + halves).map { "zero-copy-\($0).yaml" }.sorted())
        let machine = MachineDescription.read()
        let seconds = try (studies + halves).flatMap(Self.points).reduce(0) { sum, point in
            sum + Run.plan(point.profile, headlineMeasurements(for: point.profile), machine).loadSeconds
        }
        #expect(seconds < 2_400)
    }

    @Test(arguments: studies + halves) func `pairs are as many as an interval without a supposition takes`(study: String) throws {
        #expect(try Self.points(study).allSatisfy { ($0.profile.headlines.zeroCopy?.pairs ?? 0) >= 10 })
    }
}
