// One run among those that a command line asks for.
internal import Foundation
internal import Harness
internal import Results

struct RunPoint {
    let point: SweepPoint
    let options: RunOptions
    /// What of OMB's files it was made from; nil: a profile.
    let omb: OMBPlan?

    /// The same with what else there is to say before it is made.
    var deviations: String {
        options.deviations.map { "  \($0.brief): \($0.reason)\n" }.joined()
    }

    /// Writes OMB's result beside run.json, where its files were run.
    ///
    /// - Returns: its path.
    func writeOMBResult(_ outcome: RunOutcome) throws -> String? {
        try omb.map { try OMBResult.write(outcome.record, $0, into: outcome.directory) }
    }
}
