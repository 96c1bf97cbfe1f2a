// A profile: one experiment, its question first.
package import Codecs
package import Measurement
internal import Records
package import Topology

/// One experiment as its YAML file states it.
package struct Profile: Equatable, Sendable {
    package enum Tier: String, Sendable, CaseIterable { case quick, full }

    package var name: String
    /// What the run is to answer; the file's first line.
    package var question: String
    package var tier: Tier
    /// The file as the user named it, and its text as read; of several files, their common text.
    package var path: String
    package var text: String
    /// `path=value` settings from the command line, in order.
    package var overrides: [String]
    /// Of every group that chooses none of `topicSets`.
    package var topic: TopicPlan
    package var broker: BrokerPlan
    /// Empty: only headlines run.
    package var producerGroups: [ProducersPlan]
    package var consumerGroups: [ConsumersPlan]
    package var phases: PhasesPlan
    package var headlines: HeadlinesPlan
    /// How two builds are compared under the profile's load; nil: they are not.
    package var gate: ComparisonPlan?
    /// Names of Kafka errors that this experiment provokes on purpose.
    package var expectedErrors: [String]
    package var contract: DeliveryContract
    /// What is done to the broker in the steady phase of the profile's own load, in order.
    package var perturbations: [PerturbationPlan] = []
    /// The axes of a matrix; empty: one point. Read without settings, the profile is the first point.
    package var sweep: [SweepAxis] = []
    /// How the rate of the producers is found; nil: it is given.
    package var search: SearchPlan?
    /// What the readers have to catch up with after the steady phase; nil: nothing.
    package var backlog: BacklogPlan?
    /// What a machine costs, for arithmetic; nil: nobody said.
    package var prices: PricesPlan?
    /// What the load goes on with after its steady phase, in order.
    package var later: [LaterPhase] = []
    /// Topics that groups have to themselves, each set with a name; empty: all have `topic`.
    package var topicSets: [TopicPlan] = []
    /// Open beside the load of its own, asking for nothing.
    package var idleConnections = 0

    /// The first group: the only one for whatever takes one load, a gate, a search or a headline.
    package var producers: ProducersPlan? { producerGroups.first }
}

/// The promise that the audit holds the broker to.
package enum DeliveryContract: String, Sendable, CaseIterable {
    case exactlyOnce = "exactly-once"
    case atLeastOnce = "at-least-once"
    case atMostOnce = "at-most-once"
}

package struct TopicPlan: Equatable, Sendable {
    /// Of a set among several, by which groups choose it; nil: the plain one.
    package var name: String?
    /// Topics, all alike; a lane has a client for each, and its records go to them in turn.
    package var count = 1
    /// Of each.
    package var partitions = 1
    package var replication = 1
    package var segmentBytes: Int64 = 1 << 30
    /// Bytes of a partition above which its oldest segments go; nil: the broker's own setting.
    package var retentionBytes: Int64?
    /// More of the topics' own configuration, under Kafka's keys.
    package var settings: [String: String] = [:]
    package init() {}

    /// Of all topics together.
    package var allPartitions: Int { count * partitions }

    static let countMaximum = 1_000
    static let partitionsMaximum = 10_000

    /// What so many topics are called in a load of that name.
    func names(_ load: String) -> [String] {
        let first = name.map { "\(load)-\($0)" } ?? load
        return count == 1 ? [first] : (1...count).map { "\(first)-\($0)" }
    }

    /// What a plan calls it.
    var label: String { name ?? "topic" }
}

package struct BrokerPlan: Equatable, Sendable {
    package var durability = Durability.none
    package var loops = 1
    /// CPUs that the broker may run on; nil: all.
    package var cpus: CPUSet?
    package var memory = MemoryPolicy.unpinned
    /// At least one. A run's own load uses the first.
    package var listeners = [ListenerPlan()]
    /// More of the broker's keys, passed as `--set key=value`.
    package var settings: [String: String] = [:]
    package init() {}
}

package struct ListenerPlan: Hashable, Sendable {
    /// `tls` is no transfer: what is encrypted is copied first. It stands among the modes of the zero-copy headline only.
    package enum Transfer: String, Sendable, CaseIterable { case splice, sendfile, copy, mmap, tls }
    package var transfer: Transfer?
    /// Size of one copy; nil: the broker's default.
    package var bufferBytes: Int64?
    package init(transfer: Transfer? = nil, bufferBytes: Int64? = nil) {
        self.transfer = transfer
        self.bufferBytes = bufferBytes
    }
}

package enum LoadMode: String, Sendable, CaseIterable { case open, closed, max }
package enum PartitionerKind: String, Sendable, CaseIterable {
    case roundRobin = "round-robin"
    case sticky
    case murmur2
}

/// One group of producers: what they have in common.
package struct ProducersPlan: Equatable, Sendable {
    /// Of a group among several; nil: the profile has one mapping, not a list.
    package var name: String?
    /// Of the topics that its records go to, one of the profile's sets; nil: the plain one.
    package var topic: String?
    /// Lanes, each a thread with its own loop and client.
    package var count = 1
    package var mode = LoadMode.open
    /// Records a second over all lanes; open loop only.
    package var recordsPerSecond: Double?
    /// How the rate goes over the steady phase; nil: it stays. The warm-up has the shape's first.
    package var rateShape: RateShape?
    package var arrivals = OpenLoopSchedule.Arrivals.fixed
    /// Decides instead of `arrivals`; nil: there is none.
    package var trace: ArrivalTrace?
    /// Of values.
    package var sizes = RecordSizes.constant(1024)
    package var keys = KeyDistribution.unkeyed
    /// Of every record; nil: none.
    package var headers: HeadersPlan?
    package var batchBytes = 65536
    package var lingerNanoseconds: UInt64 = 0
    package var inFlight = 5
    package var acks = -1
    package var idempotent = true
    /// Of whole batches; `batchBytes` counts before it.
    package var codec = Codec.none
    /// nil: the codec's library decides.
    package var compressionLevel: Int?
    /// How many times smaller batches of the payload become, for a codec that finds repeated text; 1: they do not.
    package var compressionRatio = 1.0
    /// nil: each record counts as soon as its batch is acknowledged.
    package var transactions: TransactionsPlan?
    package var partitioner = PartitionerKind.roundRobin
    package var seed: UInt64 = 42
    /// Lane n runs on CPU n of these, modulo their number; nil: unpinned.
    package var cpus: CPUSet?
    package init() {}

    /// Of every value, or their mean where they differ; setting it makes all of them so large.
    package var recordBytes: Int {
        get { Int(sizes.mean.rounded()) }
        set { sizes = .constant(newValue) }
    }

    /// What a record brings besides its value: key and headers.
    var besidesValueBytes: Int { (keys == .unkeyed ? 0 : KeyDistribution.keyBytes) + (headers?.encodedBytes ?? 0) }

    /// Whether each record is built with a size, or headers, of its own.
    var isVaried: Bool { !sizes.isConstant || headers != nil }

    /// What a result calls the group, and the table its rows.
    package var label: String { name ?? "producers" }
}

/// One group of consumers, each record of its topics going to one of them.
package struct ConsumersPlan: Equatable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case tail
        /// A tail until the backlog, which holds it back while the other groups read on.
        case catchUp = "catch-up"
    }
    /// Of a group among several; nil: the profile has one mapping, not a list.
    package var name: String?
    /// Of the topics that it reads, one of the profile's sets; nil: the plain one.
    package var topic: String?
    package var count = 1
    package var kind = Kind.tail
    /// Records a second that all of them together read at most; nil: as fast as records come. Nobody waits for a group with a rate.
    package var recordsPerSecond: Double?
    /// Of the topic as it is when they connect, before the load.
    package var start = Start.latest
    package var fetch = FetchLimits()
    /// Whether it gets records of committed transactions only, and those once they are committed.
    package var isCommittedOnly = false
    /// nil: each lane has its partitions from the start, and keeps them.
    package var group: GroupPlan?
    package init() {}

    /// Whether it reads no faster than it is told to.
    package var isSlow: Bool { recordsPerSecond != nil }

    package var label: String { name ?? "consumers" }
}

/// What one fetch asks for, where the client's own is not meant. Bytes.
package struct FetchLimits: Equatable, Sendable {
    package var minBytes: Int?
    /// How long the broker may wait for them.
    package var maxWaitNanoseconds: UInt64?
    /// Of a whole answer.
    package var maxBytes: Int?
    /// Of one partition in it.
    package var partitionBytes: Int?
    package init() {}

    static let bytesMaximum = 256 << 20
    static let waitMaximum: UInt64 = 60_000_000_000
}

/// Durations in nanoseconds.
package struct PhasesPlan: Equatable, Sendable {
    package var warmUpNanoseconds: UInt64 = 2_000_000_000
    /// Longest wait for the steady state after the schedule restart.
    package var steadyWaitNanoseconds: UInt64 = 5_000_000_000
    package var steadyNanoseconds: UInt64 = 10_000_000_000
    package var coolDownNanoseconds: UInt64 = 500_000_000
    package init() {}
}

/// Which headline measurements the run carries; an absent one is not made.
package struct HeadlinesPlan: Equatable, Sendable {
    package var disk: DiskHeadlinePlan?
    package var append: AppendHeadlinePlan?
    package var pageCache: PageCacheHeadlinePlan?
    package var zeroCopy: ZeroCopyHeadlinePlan?
    package var placement: PlacementHeadlinePlan?
    package var numa: NUMAHeadlinePlan?
    /// Questions with figures of their own, in the order in which they are asked.
    package var ask: [Inquiry] = []
    package init() {}

    /// The headline that runs the load of the profile once a placement or a disk; nil: it has none, and the load is its own.
    var placing: String? { placement != nil ? "placement" : numa != nil ? "numa" : disk?.append != nil ? "disk" : nil }
}

package struct AppendHeadlinePlan: Equatable, Sendable {
    package enum Height: String, Sendable, CaseIterable { case device, engine, broker }
    /// Of them `device` only where `headlines.disk` measures it.
    package var heights = Height.allCases
    package var producers = 1
    package var recordBytes = 1024
    package var batchBytes = 1 << 20
    package var inFlight = 5
    /// Record bytes that end the broker's load early, and each pass of the engine, so that a fast one does not fill the disk; nil:
    /// `usualVolumeBytes` or, to be sustained, what that takes on this machine.
    package var atMostBytes: Int64?
    /// Record bytes that lie on the disk in the engine's logs, and in the broker's, before anything is measured, all partitions together.
    /// The device's height is what the disk can do, whatever is stored on it.
    package var storedBytes: Int64 = 0
    /// Whether the broker's load is measured from when the page cache is full of what is not on the disk yet.
    package var isSustained = false
    package var engineNanoseconds: UInt64 = 4_000_000_000
    package var warmUpNanoseconds: UInt64 = 1_000_000_000
    package var steadyWaitNanoseconds: UInt64 = 0
    package var steadyNanoseconds: UInt64 = 10_000_000_000
    /// The generator's own ceiling is measured against the null broker for this long.
    package var ceilingNanoseconds: UInt64 = 3_000_000_000

    static let usualVolumeBytes: Int64 = 16 << 30
    /// More is not read back in the time that an audit has.
    static let storedMaximum: Int64 = 64 << 30
    /// How long the page cache may take to fill, where the profile does not say.
    static let fillingNanoseconds: UInt64 = 120_000_000_000
    static let fillingLeastNanoseconds: UInt64 = 10_000_000_000
}

package struct PageCacheHeadlinePlan: Equatable, Sendable {
    package enum ReadAhead: String, Sendable, CaseIterable { case on, off }

    /// Log data written and then read warm and cold.
    package var logBytes: Int64 = 512 << 20
    /// Of the log's records; nil: as the profile's producers have them.
    package var recordBytes: Int?
    /// Whether kernel and broker read more than is asked for; else what is missed and what is read have to be the same.
    package var readAhead = ReadAhead.on
    /// Percent of the log that is put into an empty cache, and that then has to be found there; empty: not tried.
    package var knownPercent: [Int] = []
    /// Whether the hit rate is followed from a restart of the broker and from an empty cache on.
    package var warmUp = false
    /// What a control group leaves a broker, its own memory included, that is then fetched from at random places; nil: not tried.
    package var memoryBytes: Int64?
    /// How far behind a reader is in such a broker; nil: not tried.
    package var lag: CacheLagPlan?

    /// Every served range is sampled: a microsecond beside the hundred and more that sending it takes.
    var brokerSettings: [String: String] {
        var settings = ["residency.sample.interval": "1"]
        if readAhead == .off { settings["log.read.ahead"] = "false" }
        return settings
    }
}

package struct CacheLagPlan: Equatable, Sendable {
    /// Bytes behind over bytes of cache, in the order in which they are measured.
    package var shares: [Double] = [0.25, 0.5, 0.75, 1, 1.5, 2, 4]
    /// Of the producer beside it, which writes to another topic.
    package var recordsPerSecond = 5_000.0
    package var recordBytes = 1024
    /// Asked for at once by the reader.
    package var fetchBytes: Int64 = 256 << 10
    /// How far behind a reader in earnest is kept, at the pace of a producer to its own topic, in caches; nil: not tried.
    package var liveShare: Double?
    /// For each share, and for the producer alone.
    package var steadyNanoseconds: UInt64 = 6_000_000_000
}

package struct ZeroCopyHeadlinePlan: Equatable, Sendable {
    package enum Placement: String, Sendable, CaseIterable {
        case sameCPU = "same-cpu"
        case otherCPU = "other-cpu"
    }
    /// Where the data lie that are served.
    package enum Data: String, Sendable, CaseIterable {
        /// Half as much as fits there, over and over.
        case lastLevelCache = "last-level-cache"
        /// All of the log, which exceeds it.
        case pageCache = "page-cache"
        /// Dropped from the page cache before every slice.
        case disk

        /// As a result says it. In a virtual machine the host may still hold what was dropped.
        func title(isVirtual: Bool) -> String {
            switch self {
            case .lastLevelCache: "last-level cache"
            case .pageCache: "page cache"
            case .disk: isVirtual ? "disk, guest-cold" : "disk, cold"
            }
        }
    }
    /// Log data served over and over; above the last-level cache.
    package var logBytes: Int64 = 256 << 20
    package var data = Data.pageCache
    /// Asked for at once.
    package var fetchBytes: Int64 = FetchLog.fetchBytes
    package var consumers = 1
    /// Bytes a second that all modes are asked for alike; nil: as fast as each can.
    package var bytesPerSecond: Int64?
    package var pairs = 5
    package var sliceNanoseconds: UInt64 = 1_000_000_000
    package var modes = [
        ListenerPlan(transfer: .splice), ListenerPlan(transfer: .sendfile),
        ListenerPlan(transfer: .copy, bufferBytes: 65536), ListenerPlan(transfer: .copy, bufferBytes: 1 << 20),
    ]
    /// Whether a bare C loop of splice runs beside the modes.
    package var bareSplice = false
    package var placement = Placement.sameCPU
    package var seed: UInt64 = 7
}

package struct PlacementHeadlinePlan: Equatable, Sendable {
    package enum Cell: String, Sendable, CaseIterable { case unpinned, pinned }
    package var cells = Cell.allCases
    package var warmUpNanoseconds: UInt64 = 1_000_000_000
    package var steadyNanoseconds: UInt64 = 10_000_000_000
}
