// What a broker is told.
package import Coordination
package import Logging
package import StorageEngine
package import Telemetry

/// Everything a broker is told at its start.
package struct BrokerConfiguration: Sendable {
    /// Bound to loopback unless told otherwise.
    package var listeners = [ListenSpecification(endpoint: Endpoint(host: "127.0.0.1", port: 9092))]
    /// What clients are told to connect to, in the order of `listeners`; empty: the listener's own address.
    package var advertised: [Endpoint] = []
    package var dataDirectories: [String] = []
    /// nil: one on up to two CPUs, one fewer than there are on more.
    package var loops: Int?
    /// CPUs that the loops are pinned to, one each in turn; empty: not pinned.
    package var pinnedCPUs: [Int32] = []
    /// A file that the counters are kept in for others to map; nil: kept privately.
    package var countersPath: String?

    package var clusterID: String?
    package var nodeID: Int32?
    /// Overrides of the engine's log settings, by topic-level key; every topic starts from these.
    package var log: [String: String] = [:]
    /// Retention in coarser units than `retention.ms`, which comes first; nil: not set.
    package var retentionMinutes: Int64?
    package var retentionHours: Int64?
    package var retentionCheckMilliseconds = 300_000
    package var minimumFreeBytes: Int64?
    package var defaultPartitions: Int32 = 1
    package var createsTopics = true
    package var maxRequestBytes = 104_857_600
    package var queuedMaxBytes = 268_435_456
    package var fetchMaxBytes = 57_671_680
    /// Consumer groups and their offsets.
    package var groups = GroupSettings()
    package var offsetsCheckMilliseconds = 600_000
    package var offsetsSegmentBytes = 104_857_600
    /// Producers' transactions.
    package var transactions = TransactionSettings()
    package var transactionsCheckMilliseconds = 3_600_000
    package var transactionsPartitions = TransactionSettings().statePartitions
    package var transactionsSegmentBytes = 104_857_600
    /// Fetch sessions that are kept at a time.
    package var fetchSessions = 1_000
    /// Windows that byte rates are taken over, the current one included.
    package var quotaWindowCount = 11
    package var quotaWindowSeconds = 1
    package var congestion = "cubic"
    package var residencySampleInterval = 0
    /// Whether kernel and broker read more from the disk than fetches ask for.
    package var readsAhead = true
    package var maxConnections: Int?
    package var addressLimits = AddressLimits()
    package var maxIdleMilliseconds = 600_000
    /// From accept to the end of the TLS handshake, and from there to the first whole request.
    package var setupMilliseconds = 30_000
    package var tls = TLSKeys()
    /// nil: as many as loops.
    package var tlsThreads: Int?
    package var maxPartitions = StorageConfiguration().maximumPartitions
    /// Whether compacted topics are compacted.
    package var cleans = true
    package var cleaner = CleanerConfiguration()
    /// How long SIGTERM waits for connections to take their last answers.
    package var drainMilliseconds = 3_000
    /// CPU burnt on purpose, in per cent of what the loops use otherwise; nil: none, as it must be but where a comparison is
    /// to be seen to catch a slow-down. No key of the table: a broker must not get slow by a configuration file.
    package var burnPercent: Double?

    /// Where /metrics and /healthz are served; nil: nowhere.
    package var metricsListen: Endpoint?
    /// Partitions, and groups' offsets, that get time series of their own.
    package var metricsMaxPartitions = 1_000
    package var logFormat = LogFormat.text
    package var logLevel = Logger.Level.info
    /// The program's, for who watches it.
    package var version = "unknown"
    /// What SaslHandshake offers.
    package var saslMechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-512"]
    /// The largest request of one who has not proved who he is.
    package var saslMaxReceiveBytes = 524_288
    /// How long a proof is good; 0: as long as the connection.
    package var maxReauthMilliseconds: Int64 = 0
    /// Whether access is ruled.
    package var authorizes = false
    package var allowsWithoutRule = false
    /// Principals that may do everything.
    package var superUsers: Set<String> = []
    /// The keys of the table that were set, be it to their default.
    package internal(set) var explicit: Set<String> = []

    package init() {}

    /// Every so many served ranges one is sampled: what is set, and while metrics are served a hundredth at the least.
    var residencyInterval: Int {
        residencySampleInterval > 0 || metricsListen == nil ? residencySampleInterval : 100
    }

    var cleanerBackoffMilliseconds: Int {
        get { Int(cleaner.backoffNanoseconds / 1_000_000) }
        set { cleaner.backoffNanoseconds = UInt64(newValue) * 1_000_000 }
    }

    var offsetsRetentionMinutes: Int64 {
        get { groups.offsetsRetentionMilliseconds / 60_000 }
        set { groups.offsetsRetentionMilliseconds = newValue * 60_000 }
    }

    func checkSessionTimeouts() throws(ConfigurationError) {
        let (shortest, longest) = (groups.minimumSessionTimeoutMilliseconds, groups.maximumSessionTimeoutMilliseconds)
        guard shortest <= longest else {
            throw ConfigurationError("group.min.session.timeout.ms=\(shortest) is more than group.max.session.timeout.ms=\(longest)")
        }
    }

    /// What the storage engine is opened with.
    func storage() throws(ConfigurationError) -> StorageConfiguration {
        var storage = StorageConfiguration()
        storage.clusterID = clusterID
        storage.nodeID = nodeID
        storage.cleaner = cleaner
        storage.maximumPartitions = maxPartitions
        if let minimumFreeBytes { storage.minimumFreeBytes = minimumFreeBytes }
        do { storage.log = try storage.log.applying(log) } catch { throw ConfigurationError("\(error)") }
        if log["retention.ms"] == nil, let coarse = coarseRetention { storage.log.retentionMilliseconds = coarse < 0 ? nil : coarse }
        return storage
    }

    private var coarseRetention: Int64? {
        if let retentionMinutes { return retentionMinutes * 60_000 }
        return retentionHours.map { $0 * 3_600_000 }
    }
}
