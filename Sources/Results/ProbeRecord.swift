// What a probe beside the broker added to a run, and how far its clock can be trusted.
package import Measurement

/// The monotonic times of a run in wall-clock time, at its start and at its end.
package struct RunClocks: Codable, Equatable, Sendable {
    package var start: ClockPair
    /// nil until the run has ended.
    package var end: ClockPair?

    package init(start: ClockPair, end: ClockPair? = nil) {
        self.start = start
        self.end = end
    }
}

/// One probe that was joined with a run.
package struct ProbeRecord: Codable, Equatable, Sendable {
    /// How its times were laid beside the run's.
    package enum Clock: String, Codable, Sendable {
        /// One boot of one machine: both read the same monotonic clock.
        case sameBoot
        /// Two machines: by their wall clocks.
        case wallClocks
    }

    /// One phase as the probe saw it.
    package struct Phase: Codable, Equatable, Sendable {
        package var name: String
        /// Readings from the phase's start to its end.
        package var lines: Int
        /// Of the broker's process and everything it started.
        package var cpuSeconds: Double
        /// How far the true CPU may be from that, because the borders lie between readings and clocks differ: a share of it.
        package var cpuUncertaintyShare: Double
        /// CPU seconds of threads by the CPU that they ran on last, second by second.
        package var cpuSecondsByCPU: [String: Double]
        /// Of one CPU: what the probing cost.
        package var probeCPUShare: Double

        package init(
            name: String, lines: Int, cpuSeconds: Double, cpuUncertaintyShare: Double, cpuSecondsByCPU: [String: Double], probeCPUShare: Double
        ) {
            self.name = name
            self.lines = lines
            self.cpuSeconds = cpuSeconds
            self.cpuUncertaintyShare = cpuUncertaintyShare
            self.cpuSecondsByCPU = cpuSecondsByCPU
            self.probeCPUShare = probeCPUShare
        }
    }

    /// Six hexadecimal digits, as the probe's file says.
    package var id: String
    package var startedAt: String
    package var software: String
    /// The broker's program.
    package var program: String
    package var environment: EnvironmentRecord
    package var disk: DiskRecord
    package var clock: Clock
    /// How far the two clocks may be apart.
    package var clockUncertaintyNanoseconds: UInt64
    package var phases: [Phase]

    package init(
        id: String, startedAt: String, software: String, program: String, environment: EnvironmentRecord, disk: DiskRecord, clock: Clock,
        clockUncertaintyNanoseconds: UInt64, phases: [Phase]
    ) {
        self.id = id
        self.startedAt = startedAt
        self.software = software
        self.program = program
        self.environment = environment
        self.disk = disk
        self.clock = clock
        self.clockUncertaintyNanoseconds = clockUncertaintyNanoseconds
        self.phases = phases
    }
}
