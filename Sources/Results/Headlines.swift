// The four headline measurements, as figures with their conditions.
package import Measurement

/// A part that is nil was not measured, and the table says so.
package struct Headlines: Codable, Equatable, Sendable {
    package var append: AppendHeadline?
    package var hitRate: HitRateHeadline?
    package var zeroCopy: ZeroCopyHeadline?
    package var latency: LatencyHeadline?

    package init(
        append: AppendHeadline? = nil, hitRate: HitRateHeadline? = nil, zeroCopy: ZeroCopyHeadline? = nil, latency: LatencyHeadline? = nil
    ) {
        self.append = append
        self.hitRate = hitRate
        self.zeroCopy = zeroCopy
        self.latency = latency
    }
}

/// Append throughput at three heights, on one directory.
package struct AppendHeadline: Codable, Equatable, Sendable {
    package var rows: [AppendRow]
    /// The data directory, as the profile calls it.
    package var directory: String
    package var notes: [String]

    package init(rows: [AppendRow], directory: String, notes: [String] = []) {
        self.rows = rows
        self.directory = directory
        self.notes = notes
    }
}

package struct AppendRow: Codable, Equatable, Sendable {
    package enum Height: String, Codable, Sendable { case device, engine, broker }
    package var height: Height
    /// How: `O_DIRECT`, `buffered + sync`, `5 × 64 KiB to 2 logs`, `1 × 64 KiB batches`.
    package var label: String
    /// `none`, `interval(100 ms)`, `messages(1000)`, `every-append`, `synced`.
    package var durability: String
    /// Bytes acknowledged over time.
    package var accepted: Metric
    /// Bytes on the device over time, the final sync included.
    package var durable: Metric
    /// At least three dirty limits appended, and Dirty + Writeback did not grow; else it is a burst.
    package var sustained: Bool
    /// Of the height below it; above 1 where the page cache takes what the device cannot.
    package var fractionOfBelow: Double?
    package var bindingResource: String?
    package var note: String?

    package init(
        height: Height, label: String, durability: String, accepted: Metric, durable: Metric, sustained: Bool,
        fractionOfBelow: Double? = nil, bindingResource: String? = nil, note: String? = nil
    ) {
        self.height = height
        self.label = label
        self.durability = durability
        self.accepted = accepted
        self.durable = durable
        self.sustained = sustained
        self.fractionOfBelow = fractionOfBelow
        self.bindingResource = bindingResource
        self.note = note
    }
}

/// Share of fetched log bytes that were resident when the fetch was served.
package struct HitRateHeadline: Codable, Equatable, Sendable {
    package var rows: [HitRateRow]
    package var notes: [String]
    /// What follows is nil where it was not asked for.
    package var lagCurve: CacheLagCurve?
    package var warmUps: [CacheWarmUp]?
    package var doubleCaching: DoubleCaching?

    package init(
        rows: [HitRateRow], notes: [String] = [], lagCurve: CacheLagCurve? = nil, warmUps: [CacheWarmUp]? = nil, doubleCaching: DoubleCaching? = nil
    ) {
        self.rows = rows
        self.notes = notes
        self.lagCurve = lagCurve
        self.warmUps = warmUps
        self.doubleCaching = doubleCaching
    }
}

package struct HitRateRow: Codable, Equatable, Sendable {
    /// `warm`, `cold`, `guest-cold`, `bounded(…)`, `25 % resident`.
    package var state: String
    /// The consumer group.
    package var group: String
    /// Percent, three ways: residency seen by the broker, bytes the process read, sectors the device read.
    package var byBroker, byProcess, byDevice: Metric
    package var bytesServed: UInt64
    /// `on` or `off`.
    package var readahead: String
    /// Share of the bytes read from the device that readahead brought.
    package var prefetchShare: Double?
    /// `agree within 0.3 points`, or what disagrees.
    package var agreement: String
    /// nil when fewer than two instruments answered.
    package var agrees: Bool?
    /// Percent that the broker has to find because that much was put there, or because fetches at random places of a file find its
    /// resident share; nil where nothing is known beforehand.
    package var expected: Metric?

    package init(
        state: String, group: String, byBroker: Metric, byProcess: Metric, byDevice: Metric, bytesServed: UInt64, readahead: String,
        prefetchShare: Double? = nil, agreement: String, agrees: Bool? = nil, expected: Metric? = nil
    ) {
        self.state = state
        self.group = group
        self.byBroker = byBroker
        self.byProcess = byProcess
        self.byDevice = byDevice
        self.bytesServed = bytesServed
        self.readahead = readahead
        self.prefetchShare = prefetchShare
        self.agreement = agreement
        self.agrees = agrees
        self.expected = expected
    }
}

/// Latency percentiles by placement.
package struct LatencyHeadline: Codable, Equatable, Sendable {
    package var rows: [LatencyRow]
    /// Timer overshoot of the same phases: the machine's own floor.
    package var hiccup: [QuantileCell]
    /// Memory nodes of the machine.
    package var nodes: Int
    package var notes: [String]

    package init(rows: [LatencyRow], hiccup: [QuantileCell] = [], nodes: Int, notes: [String] = []) {
        self.rows = rows
        self.hiccup = hiccup
        self.nodes = nodes
        self.notes = notes
    }
}

package struct LatencyRow: Codable, Equatable, Sendable {
    /// `unpinned`, `broker CPU 0 · client CPU 1`, `broker node 0 · client node 1 · memory local`.
    package var placement: String
    /// `response` or `end-to-end`; `response (closed loop)` where no schedule drove it; `fetch`, of cached pages, one at a time.
    package var clock: String
    /// Records offered; 0 for fetches.
    package var eventsPerSecond: Double
    package var cells: [QuantileCell]
    /// Nanoseconds, exact.
    package var maximum: UInt64?
    /// Acknowledged requests, or fetches.
    package var samples: UInt64
    /// Share of threads, pages and samples verified on the intended CPUs and nodes; nil when nothing was intended.
    package var verifiedShare: Double?
    /// False when the placement could not be verified: the cell is INVALID.
    package var valid: Bool
    package var note: String?
    /// What `verifiedShare` is the least of, part by part, and what could not be looked at; nil where nothing else is told.
    package var placed: [PlacedPart]?
    /// Sources with the most interrupts on the cell's CPUs while it was measured; nil where nobody counted.
    package var interrupts: [InterruptRecord]?

    package init(
        placement: String, clock: String, eventsPerSecond: Double, cells: [QuantileCell], maximum: UInt64? = nil, samples: UInt64,
        verifiedShare: Double? = nil, valid: Bool = true, note: String? = nil, placed: [PlacedPart]? = nil, interrupts: [InterruptRecord]? = nil
    ) {
        self.placement = placement
        self.clock = clock
        self.eventsPerSecond = eventsPerSecond
        self.cells = cells
        self.maximum = maximum
        self.samples = samples
        self.verifiedShare = verifiedShare
        self.valid = valid
        self.note = note
        self.placed = placed
        self.interrupts = interrupts
    }
}

package struct QuantileCell: Codable, Equatable, Sendable {
    /// 0.5, 0.99, …
    package var quantile: Double
    package var reading: QuantileReading

    package init(quantile: Double, reading: QuantileReading) {
        self.quantile = quantile
        self.reading = reading
    }
}
