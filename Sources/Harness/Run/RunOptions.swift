// What a run is told besides its profile.
internal import Foundation
package import Results

package struct RunOptions: Sendable {
    /// Directory under which brokers keep their data while the run lasts; the disk that is measured.
    package var dataDirectory = RunOptions.defaultDataDirectory
    /// On further disks, for what compares one with several.
    package var furtherDataDirectories: [String] = []
    /// Directory under which results are kept.
    package var resultsDirectory = "Results"
    /// A broker of somebody else's; nil: our own is started.
    package var external: HostPort?
    /// Limits of the data directory's device that other programs measured.
    package var rooflines: [ImportedRoofline] = []
    package var externalOptions = ExternalOptions()
    /// The file of a probe beside that broker, which is being written while the run goes on; nil: none.
    package var probe: String?
    /// How far the clocks of two machines may be apart, nanoseconds, by somebody who measured it; nil: as the kernels say.
    package var clockError: UInt64?
    /// Clocks of the profile's own load over so many seconds each; nil: not kept.
    package var intervalSeconds: Int?
    /// Where the profile differs from what somebody else's files asked for.
    package var deviations: [DeviationRecord] = []
    /// Of this program, for the result.
    package var version = "unknown"
    package var commit = "unknown"
    package var quiet = false

    package init() {}

    /// A disk-backed place that survives reboots and is not memory, as /tmp may be.
    package static let defaultDataDirectory = "/var/tmp"
}
