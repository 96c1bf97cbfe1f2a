// One phase of a run: its seconds, its raw histograms, its costs.
package import Measurement

/// A stretch of the run with one purpose.
package struct PhaseRecord: Codable, Equatable, Sendable {
    package var name: String
    /// `prepare`, `warm-up`, `drain`, `steady`, `backlog`, `catch-up`, `cool-down`, `slice`, …
    package var kind: String
    /// CLOCK_MONOTONIC nanoseconds.
    package var startedNanoseconds: UInt64
    package var endedNanoseconds: UInt64
    /// False when the run ended before the phase did. Where it was interrupted, the phase holds what was measured until then.
    package var complete: Bool
    package var series: [SecondRecord]
    /// Where the first second of the series begins, a moment beside the phase's own start; nil: with the phase.
    package var seriesStartedNanoseconds: UInt64?
    /// Raw, by clock: `schedule_lag`, `client_delay`, `service`, `response`, `end_to_end`, `hiccup`.
    package var histograms: [String: LatencyHistogram]
    package var costs: CostTable?
    package var host: HostUsage?
    package var foreign: ForeignUsage?
    /// What the broker's own counters grew by (self-reported), and the audit's counts.
    package var counters: [String: UInt64]
    package var notes: [String]
    /// What was done to the broker on purpose, in order; nil: nothing.
    package var perturbations: [PerturbationRecord]?
    /// The named groups of the load, producers first; nil: it has none.
    package var groups: [LoadGroupRecord]?
    /// How far its readers were behind; nil: it had none.
    package var lag: LagRecord?
    /// Of a phase in which readers caught up.
    package var catchUp: CatchUpRecord?
    /// Clocks over a few seconds each, in order, where somebody asked for them; nil: nobody did.
    package var intervals: [IntervalRecord]?
    /// What of it crept, and what did not; nil: it was too short to say, or disturbed on purpose.
    package var drift: [DriftReading]?

    package init(
        name: String, kind: String, startedNanoseconds: UInt64, endedNanoseconds: UInt64, complete: Bool = true,
        series: [SecondRecord] = [], histograms: [String: LatencyHistogram] = [:], costs: CostTable? = nil,
        host: HostUsage? = nil, foreign: ForeignUsage? = nil, counters: [String: UInt64] = [:], notes: [String] = []
    ) {
        self.name = name
        self.kind = kind
        self.startedNanoseconds = startedNanoseconds
        self.endedNanoseconds = endedNanoseconds
        self.complete = complete
        self.series = series
        self.histograms = histograms
        self.costs = costs
        self.host = host
        self.foreign = foreign
        self.counters = counters
        self.notes = notes
    }

    package var seconds: Double { Double(endedNanoseconds &- startedNanoseconds) / 1e9 }
}

/// One second of a phase, over all lanes.
package struct SecondRecord: Codable, Equatable, Sendable {
    /// From the start of the phase, 0 first.
    package var second: Int
    package var records, bytes: UInt64
    /// Coarse (3 %), nanoseconds; nil when nothing was acknowledged.
    package var responseP50Nanoseconds, responseP99Nanoseconds: UInt64?
    package var responseMaximumNanoseconds: UInt64?
    /// Of records handed over in this second, by the lanes' own clock; nil without a schedule, p99 also where no lane keeps histograms of
    /// its seconds.
    package var scheduleLagP99Nanoseconds, scheduleLagMaximumNanoseconds: UInt64?
    /// Of requests acknowledged in this second; p99 is nil where so many lanes ran so long that they keep no seconds.
    package var serviceP99Nanoseconds, serviceMaximumNanoseconds: UInt64?
    /// As the response's, of records read in this second by readers that are not late on purpose; p50 and p99 are nil where so many readers
    /// ran so long that they keep no seconds, too.
    package var endToEndP50Nanoseconds, endToEndP99Nanoseconds, endToEndMaximumNanoseconds: UInt64?
    /// Requests that were due and not yet sent at the end of the second.
    package var queued: UInt64?
    /// Records returned by the consumers.
    package var consumedRecords: UInt64?
    /// Of their values.
    package var consumedBytes: UInt64?
    /// Records by which the readers were behind the log's end when the second ended: of the partition with most, and of all together.
    package var lagMaximumRecords, lagRecords: UInt64?
    /// Records that were given up; nil: none.
    package var failedRecords: UInt64?
    /// Handed over too late or beyond a queue's bound in this second; nil without a schedule.
    package var lateRecords: UInt64?
    /// Acknowledged and not read yet when the second ended, of several groups of readers each counted by itself; nil with fewer than two.
    package var unreadRecords: UInt64?
    /// Kinds of what was done on purpose while it lasted; nil: nothing.
    package var perturbations: [String]?
    /// nil where the broker's process could not be read.
    package var broker: BrokerSecond?
    /// Of the bytes that the broker looked up in the page cache before it served them, the share that was there, and how many they were:
    /// shares of several seconds add up by these. nil where it looked up none, or does not tell.
    package var hitRate: Double?
    package var hitRateSampledBytes: UInt64?
    /// By the device under the broker's data, whoever used it; nil where it is not known.
    package var deviceReadBytes, deviceWrittenBytes: UInt64?

    package init(
        second: Int, records: UInt64, bytes: UInt64, responseP50Nanoseconds: UInt64? = nil, responseP99Nanoseconds: UInt64? = nil,
        responseMaximumNanoseconds: UInt64? = nil, queued: UInt64? = nil, consumedRecords: UInt64? = nil, lagMaximumRecords: UInt64? = nil,
        lagRecords: UInt64? = nil, broker: BrokerSecond? = nil
    ) {
        self.second = second
        self.records = records
        self.bytes = bytes
        self.responseP50Nanoseconds = responseP50Nanoseconds
        self.responseP99Nanoseconds = responseP99Nanoseconds
        self.responseMaximumNanoseconds = responseMaximumNanoseconds
        self.queued = queued
        self.consumedRecords = consumedRecords
        self.lagMaximumRecords = lagMaximumRecords
        self.lagRecords = lagRecords
        self.broker = broker
    }
}

/// Some seconds of a phase.
package struct IntervalRecord: Codable, Equatable, Sendable {
    /// From the start of the phase.
    package var firstSecond: Int
    package var seconds: Int
    /// By clock: `schedule_lag`, `response`, `end_to_end`, each sample in the second in which it ended.
    package var clocks: [String: IntervalQuantiles]

    package init(firstSecond: Int, seconds: Int, clocks: [String: IntervalQuantiles]) {
        self.firstSecond = firstSecond
        self.seconds = seconds
        self.clocks = clocks
    }
}

/// The broker's process over one second, from outside.
package struct BrokerSecond: Codable, Equatable, Sendable {
    package var cpuNanoseconds: UInt64
    /// At its end.
    package var residentBytes: UInt64

    package init(cpuNanoseconds: UInt64, residentBytes: UInt64) {
        self.cpuNanoseconds = cpuNanoseconds
        self.residentBytes = residentBytes
    }
}

/// What a phase cost, read from outside the broker.
package struct CostTable: Codable, Equatable, Sendable {
    package var phase: String
    /// CPU seconds: broker, clients, unattributed, idle.
    package var rows: CostRows
    package var broker: ProcessUsage?
    /// Printed when present: cpu_ns_per_record, cpu_s_per_gb_in, cpu_s_per_gb_out, context_switches,
    /// major_faults, rss_peak, device_written, write_amplification, syscalls,
    /// device_read_per_byte_out, hit_rate.
    package var metrics: [Metric]

    package init(phase: String, rows: CostRows, broker: ProcessUsage? = nil, metrics: [Metric] = []) {
        self.phase = phase
        self.rows = rows
        self.broker = broker
        self.metrics = metrics
    }
}
