// A disk among several that a run looks at.
internal import Results
internal import Topology

/// Where brokers and probes keep their files for a while, and what that disk was found to do.
struct MeasuredDisk {
    /// As the result calls it.
    let name: String
    let directory: DataDirectory
    let folder: RunFolder
    /// Of this disk and of the machine.
    let calibration: [Metric]
}
