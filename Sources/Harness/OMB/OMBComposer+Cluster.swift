// What a driver asks of the cluster and its topics.
internal import Host
internal import Results

extension OMBComposer {
    /// Keys that a topic of our broker can have, besides those of the profile.
    private static let ownTopicKeys: Set = [
        "cleanup.policy", "compression.type", "delete.retention.ms", "file.delete.delay.ms", "flush.messages", "flush.ms", "index.interval.bytes",
        "max.compaction.lag.ms", "max.message.bytes", "message.timestamp.after.max.ms", "message.timestamp.before.max.ms", "message.timestamp.type",
        "min.cleanable.dirty.ratio", "min.compaction.lag.ms", "preallocate", "retention.ms", "segment.index.bytes", "segment.ms",
    ]
    /// Of all segments that stand preallocated on the disk.
    private static let preallocatedBytes: Int64 = 8 << 30
    /// Kept of all partitions together while a rate is searched for.
    private static let searchedBytes: Int64 = 4 << 30

    private var partitions: Int { workload.topics * workload.partitionsPerTopic }

    /// - Returns: replicas of each topic.
    mutating func cluster() -> Int {
        let brokers = settings.brokers
        let replication = min(driver.replicationFactor, brokers)
        let why = "there \(brokers == 1 ? "is 1 broker" : "are \(brokers) brokers")"
        if replication != driver.replicationFactor { deviate("replicationFactor", "\(driver.replicationFactor)", "\(replication)", why) }
        if let asked = settings.properties.topic["min.insync.replicas"], let number = Int(asked), number > brokers {
            deviate("topicConfig min.insync.replicas", asked, "\(brokers)", why)
        }
        if driver.reset { deviate("reset", "true", nil, "no topic is removed that the run did not make") }
        for (block, values) in [("commonConfig", settings.properties.common), ("producerConfig", settings.properties.producer), ("consumerConfig", settings.properties.consumer)] {
            for key in values.keys.sorted() where Self.isAboutGettingIn(key) {
                guard let why = key == "bootstrap.servers" ? addressUnused : settings.securityUnused else { continue }
                // What it was is nobody's business.
                deviate("\(block) \(key)", nil, nil, why)
            }
        }
        return replication
    }

    private var addressUnused: String {
        settings.isExternal ? "--bootstrap says which broker is measured" : "the run starts a broker of its own; --bootstrap HOST:PORT measures another one"
    }

    /// The sections `topic` and `broker`.
    mutating func topics() {
        var asked = settings.properties.topic
        add("topic:")
        add("  count: \(workload.topics)")
        add("  partitions: \(workload.partitionsPerTopic)")
        // Of a cluster of somebody else's only the estimate of what goes on the disk has a segment size.
        if settings.isExternal { add("  segmentBytes: 1MiB") } else { segments(&asked) }
        // One is Kafka's own value, and what a cluster of one broker may have no name for.
        if let replicas = asked.removeValue(forKey: "min.insync.replicas").flatMap({ Int($0) }), settings.isExternal, min(replicas, settings.brokers) > 1 {
            asked["min.insync.replicas"] = "\(min(replicas, settings.brokers))"
        }
        let durability = durability(asked)
        if !settings.isExternal {
            for key in asked.keys.sorted() where !Self.ownTopicKeys.contains(key) {
                deviate("topicConfig \(key)", asked.removeValue(forKey: key), nil, "tidemarkd has no such setting")
            }
        }
        if !asked.isEmpty {
            add("  settings:")
            for (key, value) in asked.sorted(by: { $0.key < $1.key }) { add("    \(Self.quoted(key)): \(Self.quoted(value))") }
        }
        add("broker:")
        add("  durability: \(durability)")
        if isSearch, !settings.isExternal { add("  settings: {log.retention.check.interval.ms: 100, log.segment.delete.delay.ms: 0}") }
        existingTopics()
    }

    /// Which of the lists counts, and for what.
    private mutating func existingTopics() {
        let lists = [
            ("existingTopicList", workload.existingTopicList), ("existingProduceTopicList", workload.existingProduceTopicList),
            ("existingConsumeTopicList", workload.existingConsumeTopicList),
        ]
        for (key, topics) in lists where !topics.isEmpty {
            let asked = topics.joined(separator: ",")
            if !settings.isExternal {
                deviate(key, asked, nil, "the broker is new and has no topics: the run makes as many; --bootstrap HOST:PORT finds them")
            } else if topics != workload.existingTopics {
                deviate(key, asked, workload.existingTopics.joined(separator: ","), "what is read is audited against what was sent, so both are in the topics of existingTopicList")
            }
        }
        if settings.isExternal, !workload.existingTopics.isEmpty, workload.given.contains("partitionsPerTopic") {
            deviate("partitionsPerTopic", "\(workload.partitionsPerTopic)", nil, "topics that are there have the partitions that they have")
        }
    }

    /// Segments are preallocated, so many partitions need smaller ones; and what trials of a search leave is removed.
    private mutating func segments(_ asked: inout [String: String]) {
        let range: ClosedRange<Int64> = (1 << 20)...(2 << 30) - 1
        let wanted = asked.removeValue(forKey: "segment.bytes").flatMap { Int64($0) }
        var bytes = (wanted ?? 1 << 30).clamped(to: range)
        let most: Int64 = isSearch ? 64 << 20 : 1 << 30
        while bytes > range.lowerBound, bytes * Int64(partitions) > Self.preallocatedBytes || bytes > max(most, isSearch ? 0 : wanted ?? 0) { bytes /= 2 }
        bytes = bytes.clamped(to: range)
        add("  segmentBytes: \(bytes)")
        if bytes != wanted ?? 1 << 30 {
            let why = isSearch ? "what a trial leaves is removed in pieces of this size" : "the segments of all \(partitions) partitions are preallocated on one disk"
            deviate("topicConfig segment.bytes", wanted.map { "\($0)" }, "\(bytes)", why)
        }
        let kept = asked.removeValue(forKey: "retention.bytes").flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 }
        if isSearch {
            let bound = max(2 * bytes, Self.searchedBytes / Int64(partitions))
            add("  retentionBytes: \(bound)")
            deviate("topicConfig retention.bytes", kept.map { "\($0)" }, "\(bound)", "a search writes as much as the broker takes: what its readers have read is removed")
        } else if let kept {
            let bound = max(kept, 1 << 20)
            add("  retentionBytes: \(bound)")
            if bound != kept { deviate("topicConfig retention.bytes", "\(kept)", "\(bound)", "no less can be kept") }
        }
    }

    /// When the broker forces data to the disk, as a profile says it.
    private func durability(_ asked: [String: String]) -> String {
        let (messages, time) = (asked["flush.messages"].flatMap { Int64($0) }, asked["flush.ms"].flatMap { Int64($0) })
        if messages == 1 || time == 0 { return "every-append" }
        // Kafka's own values stand for never.
        if let messages, (2...Int64(Int32.max)).contains(messages) { return "messages(\(messages))" }
        if let time, (1...Int64(Int32.max)).contains(time) { return "interval(\(time)ms)" }
        return "none"
    }
}

extension Comparable {
    fileprivate func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}
