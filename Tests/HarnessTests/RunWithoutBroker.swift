// Whole runs of lanes that are made up.
import Foundation
import Testing

@testable import Harness

/// Runs a profile at `address` in directories of its own.
///
/// - Parameters:
///   - change: laid over the options of the broker there.
///   - look: gets the directory before it is removed.
func run(
    _ profile: Profile, at address: HostPort, measurements: [any HeadlineMeasurement] = [], fleet: @escaping RunContext.FleetMaker,
    change: (inout ExternalOptions) -> Void = { _ in }, look: (_ base: String) throws -> Void = { _ in }
) throws -> RunOutcome {
    let base = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: base) }
    var options = RunOptions()
    options.dataDirectory = base + "/data"
    options.resultsDirectory = base + "/results"
    options.external = address
    change(&options.externalOptions)
    let outcome = try Run.perform(
        profile, options, interruption: TestInterruption.shared, progress: ProgressLine(style: .silent), measurements: measurements, makeFleet: fleet)
    try look(base)
    return outcome
}

/// Runs a profile in directories of its own, with these lanes and parts, against no broker at all.
///
/// - Parameter look: gets the directory before it is removed.
func runWithoutBroker(
    _ profile: Profile, _ fleet: any LoadFleet, measurements: [any HeadlineMeasurement] = [], look: (_ base: String) throws -> Void = { _ in }
) throws -> RunOutcome {
    try run(profile, at: try #require(HostPort("127.0.0.1:1")), measurements: measurements, fleet: { _, _, _ in fleet }, look: look)
}
