// What the page cache does to a log beyond one hit rate: against a reader's lag, while it warms up, and beside the broker's own memory.

/// A reader that goes over the newest part of a log, over and over, as if it were always so far behind; beside it a producer that writes
/// to another topic of the same broker, whose cache is bounded.
package struct CacheLagCurve: Codable, Equatable, Sendable {
    /// Of the control group: 1 or 2; nil where there was none, and then there are no points.
    package var controlGroup: Int?
    /// Its limit, the broker's own memory included.
    package var limitBytes: UInt64
    /// What of it was left for the page cache when the curve began.
    package var cacheBytes: UInt64
    /// Records a second that the producer offered, and the bytes of each.
    package var producerRecordsPerSecond: Double
    package var recordBytes: UInt64
    /// Asked for at once by the reader, one fetch on its way.
    package var fetchBytes: UInt64
    /// `on` or `off`; nil in results that do not say, in which it was on.
    package var readahead: String?
    /// The producer's response without any reader.
    package var alone: [QuantileCell]
    package var points: [CacheLagPoint]
    /// A reader in earnest beside them; nil where it was not asked for.
    package var live: LiveLag?
    /// CPU seconds of the broker over the whole curve by its own clock, and by its control group.
    package var cpuByProcess: Double?
    package var cpuByControlGroup: Double?
    package var notes: [String]

    package init(
        controlGroup: Int?, limitBytes: UInt64, cacheBytes: UInt64 = 0, producerRecordsPerSecond: Double, recordBytes: UInt64, fetchBytes: UInt64,
        readahead: String? = nil, alone: [QuantileCell] = [], points: [CacheLagPoint] = [], cpuByProcess: Double? = nil, cpuByControlGroup: Double? = nil, notes: [String] = []
    ) {
        self.controlGroup = controlGroup
        self.limitBytes = limitBytes
        self.cacheBytes = cacheBytes
        self.producerRecordsPerSecond = producerRecordsPerSecond
        self.recordBytes = recordBytes
        self.fetchBytes = fetchBytes
        self.readahead = readahead
        self.alone = alone
        self.points = points
        self.cpuByProcess = cpuByProcess
        self.cpuByControlGroup = cpuByControlGroup
        self.notes = notes
    }

    /// How far the two accounts of the broker's CPU are from each other, as a share of the group's; nil where there is one only.
    package var cpuDisagreement: Double? {
        guard let cpuByProcess, let cpuByControlGroup, cpuByControlGroup > 0 else { return nil }
        return abs(cpuByProcess / cpuByControlGroup - 1)
    }
}

package struct CacheLagPoint: Codable, Equatable, Sendable {
    /// Bytes behind over bytes of cache.
    package var lagShare: Double
    package var lagBytes: UInt64
    /// Percent of what lies between the reader and the end that was in memory right before.
    package var residentBefore: Double
    /// Percent: of the bytes served, those in memory when they were, sampled by the broker.
    package var hitRate: Metric
    /// Percent: bytes that the process read from the device over bytes served, read-ahead included; above 100 where it read more.
    package var deviceShare: Metric
    /// MB/s of records to the reader.
    package var throughput: Metric
    /// Of the reader's fetches, from the first byte of a request to the last of its answer.
    package var fetch: [QuantileCell]
    /// Of the producer beside it, response meanwhile.
    package var producer: [QuantileCell]
    /// Percent of `throughput` that looking at every served range costs: what it is beside that of the pass with the hit rate. nil in
    /// results whose ranges were looked at while they were timed.
    package var samplingCost: Metric?
    /// Percent of the bytes served: read from the device without having been missed, that is, ahead of being asked for. nil in results
    /// that do not split their device reads.
    package var prefetch: Metric?

    package init(
        lagShare: Double, lagBytes: UInt64, residentBefore: Double, hitRate: Metric, deviceShare: Metric, throughput: Metric, fetch: [QuantileCell],
        producer: [QuantileCell], samplingCost: Metric? = nil, prefetch: Metric? = nil
    ) {
        self.lagShare = lagShare
        self.lagBytes = lagBytes
        self.residentBefore = residentBefore
        self.hitRate = hitRate
        self.deviceShare = deviceShare
        self.throughput = throughput
        self.fetch = fetch
        self.producer = producer
        self.samplingCost = samplingCost
        self.prefetch = prefetch
    }
}

/// A reader that goes over a log again and again, from a state of the cache on.
package struct CacheWarmUp: Codable, Equatable, Sendable {
    /// `after a restart of the broker`, `cold`, `guest-cold`.
    package var state: String
    /// Percent of the log in memory when the reader began.
    package var residentBefore: Double
    package var points: [Point]

    /// A stretch of it, between two looks at the broker's counters.
    package struct Point: Codable, Equatable, Sendable {
        /// To the end of the stretch: seconds since the reader began, and what it had read by then over the log's size.
        package var seconds: Double
        package var passes: Double
        /// Percent of what was served in the stretch that was in memory when it was; nil where nothing was sampled.
        package var hitRate: Double?
        package var megabytesPerSecond: Double

        package init(seconds: Double, passes: Double, hitRate: Double?, megabytesPerSecond: Double) {
            self.seconds = seconds
            self.passes = passes
            self.hitRate = hitRate
            self.megabytesPerSecond = megabytesPerSecond
        }
    }

    package init(state: String, residentBefore: Double, points: [Point]) {
        self.state = state
        self.residentBefore = residentBefore
        self.points = points
    }

    /// Passes until a stretch was served from memory by at least `percent`, and every one behind it; nil: not within the passes.
    package func passesUntilWarm(_ percent: Double) -> Double? {
        guard let cold = points.lastIndex(where: { ($0.hitRate ?? 0) < percent }) else { return 0 }
        return cold + 1 < points.count ? points[cold].passes : nil
    }
}

/// Whether the broker's own memory grows as its log comes into the page cache. Bytes.
package struct DoubleCaching: Codable, Equatable, Sendable {
    package var logInCacheBefore, logInCacheAfter: UInt64
    /// The broker's resident memory before, and the highest of it meanwhile.
    package var residentBefore, residentHighest: UInt64

    package init(logInCacheBefore: UInt64, logInCacheAfter: UInt64, residentBefore: UInt64, residentHighest: UInt64) {
        self.logInCacheBefore = logInCacheBefore
        self.logInCacheAfter = logInCacheAfter
        self.residentBefore = residentBefore
        self.residentHighest = residentHighest
    }

    package var cacheGrowth: UInt64 { logInCacheAfter - min(logInCacheAfter, logInCacheBefore) }
    package var memoryGrowth: UInt64 { residentHighest - min(residentHighest, residentBefore) }

    /// A broker that cached for itself would grow by what it served; a twentieth is room for buffers of a first reader. nil where the
    /// cache itself hardly grew, so that nothing can be told.
    package var isAbsent: Bool? {
        guard cacheGrowth >= Self.leastGrowth else { return nil }
        return Double(memoryGrowth) <= Self.flatShare * Double(cacheGrowth)
    }
    private static let leastGrowth: UInt64 = 32 << 20
    private static let flatShare = 0.05
}
