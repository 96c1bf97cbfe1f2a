// What another program measured of a device, as the file that it wrote says.

/// One write job of fio. It stands beside our own calibration as a limit of the device, labelled with where it comes from, and never in
/// its place: it was measured at another time, and perhaps on another file system.
package struct ImportedRoofline: Codable, Equatable, Sendable {
    /// As the program names itself: `fio-3.33`.
    package var tool: String
    package var job: String
    /// Of a write, in fio's own words: `1M`, `4k-64k`.
    package var blockSize: String
    /// O_DIRECT.
    package var direct: Bool
    /// What the job forced to the device, and when: `fsync after every write`; `no sync` where it forced nothing.
    package var sync: String
    /// What else decides what the figures mean: `randwrite`, `io_uring`, `iodepth 32`, `4 jobs`.
    package var conditions: [String]
    /// Devices that the program saw at work, the outermost first; empty where it does not say.
    package var devices: [String]
    /// When it wrote the file, RFC 3339 in UTC; nil where it does not say.
    package var measuredAt: String?
    /// `write`, and where the file has them `write_p50`, `write_p99`, `sync_p50` and `sync_p99`.
    package var figures: [Metric]

    /// What `sync` says of a job that forces nothing.
    package static let noSync = "no sync"

    package init(
        tool: String, job: String, blockSize: String, direct: Bool, sync: String, conditions: [String] = [], devices: [String] = [],
        measuredAt: String? = nil, figures: [Metric]
    ) {
        self.tool = tool
        self.job = job
        self.blockSize = blockSize
        self.direct = direct
        self.sync = sync
        self.conditions = conditions
        self.devices = devices
        self.measuredAt = measuredAt
        self.figures = figures
    }

    /// `fio-3.33 ‘seqwrite’`
    package var name: String { "\(tool) ‘\(job)’" }

    package var isSynced: Bool { sync != Self.noSync }

    /// `bs 1M · direct · no sync`, without which the figure means nothing.
    package var label: [String] { ["bs \(blockSize)", direct ? "direct" : "buffered", sync] }
}
