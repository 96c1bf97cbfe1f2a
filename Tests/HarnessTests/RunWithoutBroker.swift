// Whole runs of lanes that are made up.
import Foundation
import Testing

@testable import Harness

/// Runs a profile in directories of its own, with these lanes and parts, against no broker at all.
///
/// - Parameter look: gets the directory before it is removed.
func runWithoutBroker(
    _ profile: Profile, _ fleet: any LoadFleet, measurements: [any HeadlineMeasurement] = [], look: (_ base: String) throws -> Void = { _ in }
) throws -> RunOutcome {
    let base = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: base) }
    var options = RunOptions()
    options.dataDirectory = base + "/data"
    options.resultsDirectory = base + "/results"
    options.external = HostPort("127.0.0.1:1")
    let outcome = try Run.perform(
        profile, options, interruption: TestInterruption.shared, progress: ProgressLine(style: .silent), measurements: measurements,
        makeFleet: { _, _, _ in fleet })
    try look(base)
    return outcome
}
