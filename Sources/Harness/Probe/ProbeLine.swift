// What a probe writes: a line that says where it ran, then a line a second.
package import Measurement
package import Results

/// The first line of a probe's file.
package struct ProbeHeader: Codable, Equatable, Sendable {
    package static let schemaName = "tidemark.probe"
    package static let schemaVersion = 1

    package var schema = ProbeHeader.schemaName
    package var version = ProbeHeader.schemaVersion
    /// Six hexadecimal digits.
    package var id: String
    /// ISO 8601, UTC, to the second.
    package var startedAt: String
    /// Of the program that wrote it.
    package var software: String
    /// The broker's program, as the kernel calls it: `java`.
    package var program: String
    /// The process that read, whose CPU is no foreign load of a run on the same host.
    package var probePID: Int32
    /// The machine, as a result keeps it: names of people and hosts are not in it.
    package var environment: EnvironmentRecord
    /// What the data directory stands on.
    package var disk: DiskRecord
}

/// One reading. Counts grow from the start of the probe.
package struct ProbeLine: Codable, Equatable, Sendable {
    /// CPU at an instant between two lines: phases of a run begin and end there.
    package struct Mark: Codable, Equatable, Sendable {
        /// CLOCK_MONOTONIC nanoseconds.
        package var time: UInt64
        /// As `process.cpuNanoseconds`.
        package var cpuNanoseconds: UInt64
    }

    /// Threads that ran on one CPU last.
    package struct Place: Codable, Equatable, Sendable {
        package var cpu: Int32
        package var threads: Int
        /// Since the line before.
        package var onCPUSeconds: Double
    }

    package var clocks: ClockPair
    /// The broker's process and everything it started.
    package var process: ProcessTreeTotals
    /// Since the line before, in order.
    package var marks: [Mark]
    /// By CPU.
    package var placement: [Place]
    /// The busiest threads since the line before.
    package var hottest: [ThreadUsage]
    /// The whole machine, the device under the data directory included.
    package var host: HostSample
    /// nil: `segmentsUnavailable` says why.
    package var segments: SegmentReading?
    package var segmentsUnavailable: String?
    /// CPU of the probe itself so far.
    package var probeCPUNanoseconds: UInt64
}
