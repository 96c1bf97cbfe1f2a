// What a comparison is told besides its profile and its two builds.
package import Foundation
package import Gate
internal import Host
package import Results

package struct ComparisonOptions: Sendable {
    /// Directory under which both builds keep their data; the disk that is measured.
    package var dataDirectory = RunOptions.defaultDataDirectory
    package var resultsDirectory = "Results"
    /// Of orders, coins and flips; nil: a new one, which is stored.
    package var seed: UInt64?
    /// Groups that this attempt may run; nil: as many as the profile says.
    package var groups: Int?
    /// Of load in this attempt; nil: the profile's.
    package var budgetNanoseconds: UInt64?
    /// Wall time of this attempt, from `startedNanoseconds` on, in which the last group must end; nil: no bound.
    package var deadlineNanoseconds: UInt64?
    /// On the monotonic clock: before the builds of revisions, which take their part of the time.
    package var startedNanoseconds = MonotonicClock.now()
    /// What counts as a change, in the profile's place; nil: as the profile says.
    package var thresholds: EffectThresholds?
    /// A result to go on with.
    package var resume: URL?
    /// Goes on when everything is settled: for runs whose groups are the result.
    package var ignoresLooks = false
    /// Told of every group when it has ended.
    package var groupEnded: @Sendable (CampaignRecord, GroupRecord) throws -> Void = { _, _ in }
    /// Of this program, for the result.
    package var version = "unknown"
    package var commit = "unknown"
    /// The command line that makes it again, without its seed.
    package var reproduce = ""

    package init() {}
}

/// What a comparison came to.
package struct ComparisonOutcome: Sendable {
    package let record: CampaignRecord
    /// The result's directory, with ab.json in it.
    package let directory: URL
}
