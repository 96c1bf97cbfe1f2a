// What may change while a broker runs, and what a change came to.
internal import Synchronization

/// What a new configuration did to a running broker. Names of keys only: a value may be a secret.
package struct Reconfiguration: Equatable, Sendable {
    /// In force from now on.
    package var applied: [String] = []
    /// Different in the file, and as before until the next start.
    package var awaitingRestart: [String] = []

    package init(applied: [String] = [], awaitingRestart: [String] = []) {
        self.applied = applied
        self.awaitingRestart = awaitingRestart
    }

    /// The keys that may change live, and what takes one over. What of a key is read when a connection opens counts for
    /// the connections that come; `max.connections` closes none.
    private static let live: [String: @Sendable (inout BrokerConfiguration, BrokerConfiguration) -> Void] = [
        "auto.create.topics.enable": { $0.createsTopics = $1.createsTopics },
        "drain.timeout.ms": { $0.drainMilliseconds = $1.drainMilliseconds },
        "fetch.max.bytes": { $0.fetchMaxBytes = $1.fetchMaxBytes },
        "logger.level": { $0.logLevel = $1.logLevel },
        "max.connections": { $0.maxConnections = $1.maxConnections },
        "metrics.max.partitions": { $0.metricsMaxPartitions = $1.metricsMaxPartitions },
        "num.partitions": { $0.defaultPartitions = $1.defaultPartitions },
        "residency.sample.interval": { $0.residencySampleInterval = $1.residencySampleInterval },
        "socket.request.max.bytes": { $0.maxRequestBytes = $1.maxRequestBytes },
    ]

    package static var liveKeys: Set<String> { Set(live.keys) }

    /// Takes over of `new` what may change, and tells what differs.
    static func merge(_ new: BrokerConfiguration, into current: inout BrokerConfiguration) -> Reconfiguration {
        var result = Reconfiguration()
        for key in ConfigurationTable.keys where key.differs(current, new) {
            if let take = live[key.name] {
                take(&current, new)
                result.applied.append(key.name)
            } else {
                result.awaitingRestart.append(key.name)
            }
        }
        return result
    }
}

/// The settings that loops read for every request, as single values that may change under them.
final class LiveSettings: Sendable {
    private let fetchMax: Atomic<Int>
    private let residency: Atomic<Int>

    init(_ configuration: BrokerConfiguration) {
        fetchMax = Atomic(configuration.fetchMaxBytes)
        residency = Atomic(configuration.residencyInterval)
    }

    func take(_ configuration: BrokerConfiguration) {
        fetchMax.store(configuration.fetchMaxBytes, ordering: .relaxed)
        residency.store(configuration.residencyInterval, ordering: .relaxed)
    }

    var fetchMaxBytes: Int { fetchMax.load(ordering: .relaxed) }
    var residencyInterval: Int { residency.load(ordering: .relaxed) }
}
