internal import Host
package import Vocabulary

/// What a broker says of its storage when it opens it.
package struct StorageConfiguration: Sendable {
    /// nil: as the catalogue has it, or a new random one.
    package var clusterID: String?
    /// nil: as the catalogue has it, or 1.
    package var nodeID: Int32?
    /// The settings of topics that override nothing. May change later, by `Storage.setDefaults`.
    package var log = LogConfiguration()
    /// Appends to a directory with less free space are refused, so that what is being recovered or rolled still fits.
    package var minimumFreeBytes: Int64 = 256 << 20
    package var cleaner = CleanerConfiguration()
    /// Partitions of all topics together: each takes a directory, a file and some memory.
    package var maximumPartitions = 100_000
    /// Milliseconds since 1970, by which lags and horizons are reckoned.
    var now: @Sendable () -> Int64 = { WallClock.milliseconds() }
    /// Runs the background threads' jobs where they are asked for.
    var runsInline = false

    package init() {}
}

/// A topic as the catalogue has it.
package struct TopicDescription: Equatable, Sendable {
    package let name: String
    package let id: TopicID
    package let partitionCount: Int32
    /// Settings that differ from the broker's, by Kafka's keys.
    package let overrides: [String: String]
    /// How its logs are kept: the broker's settings with those.
    package let configuration: LogConfiguration
}
