// A log's settings by the names that Kafka gives them on a topic.

extension LogConfiguration {
    /// The keys that a topic may override.
    package static let topicKeys = [
        "cleanup.policy", "compression.type", "delete.retention.ms", "file.delete.delay.ms", "flush.messages", "flush.ms",
        "index.interval.bytes", "max.compaction.lag.ms", "max.message.bytes", "message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms", "message.timestamp.type", "min.cleanable.dirty.ratio", "min.compaction.lag.ms",
        "preallocate", "retention.bytes", "retention.ms", "segment.bytes", "segment.index.bytes", "segment.ms",
    ]

    /// These settings with a topic's overrides.
    ///
    /// - Throws: `.invalidConfiguration` for an unknown key or a value out of its range.
    package func applying(_ overrides: [String: String]) throws(StorageError) -> LogConfiguration {
        var result = self
        for (key, value) in overrides.sorted(by: { $0.key < $1.key }) { try result.set(key, value) }
        return result
    }

    private mutating func set(_ key: String, _ value: String) throws(StorageError) {
        if try setRetention(key, value) { return }
        switch key {
        case "segment.bytes":
            segmentBytes = Int(try number(key, value, Int64(Self.smallestSegmentBytes)...Int64(Int32.max)))
        case "segment.ms": segmentMilliseconds = try number(key, value, 1...Int64.max)
        case "index.interval.bytes": indexIntervalBytes = Int(try number(key, value, 0...Int64(Int32.max)))
        case "segment.index.bytes":
            indexMaximumBytes = Int(try number(key, value, Int64(Self.smallestIndexBytes)...Int64(Int32.max)))
        case "max.message.bytes": maximumMessageBytes = Int(try number(key, value, 0...Int64(Int32.max)))
        case "cleanup.policy":
            guard let policy = CleanupPolicy(value) else {
                throw .invalidConfiguration(key: key, value: value, why: "delete, compact or compact,delete is expected")
            }
            cleanupPolicy = policy
        case "compression.type":
            guard let type = CompressionType(rawValue: value) else {
                let known = CompressionType.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidConfiguration(key: key, value: value, why: "one of \(known) is expected")
            }
            compressionType = type
        case "min.cleanable.dirty.ratio":
            guard let ratio = Double(value), (0...1).contains(ratio) else {
                throw .invalidConfiguration(key: key, value: value, why: "a number from 0 to 1 is expected")
            }
            compaction.minimumDirtyRatio = ratio
        case "min.compaction.lag.ms": compaction.minimumLagMilliseconds = try number(key, value, 0...Int64.max)
        case "max.compaction.lag.ms": compaction.maximumLagMilliseconds = try number(key, value, 1...Int64.max)
        case "delete.retention.ms": compaction.deleteRetentionMilliseconds = try number(key, value, 0...Int64.max)
        case "preallocate":
            guard let flag = Bool(value) else {
                throw .invalidConfiguration(key: key, value: value, why: "true or false is expected")
            }
            preallocates = flag
        case "flush.messages": flushMessages = try number(key, value, 1...Int64.max)
        case "flush.ms": flushMilliseconds = try number(key, value, 0...Int64.max)
        default:
            throw .invalidConfiguration(
                key: key, value: value, why: "unknown key; a topic has \(Self.topicKeys.joined(separator: ", "))")
        }
    }

    /// Keys of retention and timestamps; false for any other.
    private mutating func setRetention(_ key: String, _ value: String) throws(StorageError) -> Bool {
        switch key {
        case "retention.ms": retentionMilliseconds = try limit(key, value)
        case "retention.bytes": retentionBytes = try limit(key, value)
        case "file.delete.delay.ms": fileDeleteDelayMilliseconds = try number(key, value, 0...Int64.max)
        case "message.timestamp.type":
            guard let type = TimestampType(rawValue: value) else {
                throw .invalidConfiguration(key: key, value: value, why: "CreateTime or LogAppendTime is expected")
            }
            timestampType = type
        case "message.timestamp.before.max.ms": timestampBeforeMaximumMilliseconds = try number(key, value, 0...Int64.max)
        case "message.timestamp.after.max.ms": timestampAfterMaximumMilliseconds = try number(key, value, 0...Int64.max)
        default: return false
        }
        return true
    }

    /// -1 for none, as Kafka writes it.
    private func limit(_ key: String, _ text: String) throws(StorageError) -> Int64? {
        let value = try number(key, text, -1...Int64.max)
        return value < 0 ? nil : value
    }

    private func number(_ key: String, _ text: String, _ range: ClosedRange<Int64>) throws(StorageError) -> Int64 {
        guard let value = Int64(text), range.contains(value) else {
            throw .invalidConfiguration(
                key: key, value: text, why: "a number from \(range.lowerBound) to \(range.upperBound) is expected")
        }
        return value
    }

    /// Every key with its value as text, by key.
    package func entries() -> [(key: String, value: String)] {
        [
            ("cleanup.policy", "\(cleanupPolicy)"),
            ("compression.type", compressionType.rawValue),
            ("delete.retention.ms", "\(compaction.deleteRetentionMilliseconds)"),
            ("file.delete.delay.ms", "\(fileDeleteDelayMilliseconds)"),
            ("flush.messages", "\(flushMessages)"), ("flush.ms", "\(flushMilliseconds)"),
            ("index.interval.bytes", "\(indexIntervalBytes)"),
            ("max.compaction.lag.ms", "\(compaction.maximumLagMilliseconds)"),
            ("max.message.bytes", "\(maximumMessageBytes)"),
            ("message.timestamp.after.max.ms", "\(timestampAfterMaximumMilliseconds)"),
            ("message.timestamp.before.max.ms", "\(timestampBeforeMaximumMilliseconds)"),
            ("message.timestamp.type", timestampType.rawValue),
            ("min.cleanable.dirty.ratio", "\(compaction.minimumDirtyRatio)"),
            ("min.compaction.lag.ms", "\(compaction.minimumLagMilliseconds)"),
            ("preallocate", "\(preallocates)"), ("retention.bytes", "\(retentionBytes ?? -1)"),
            ("retention.ms", "\(retentionMilliseconds ?? -1)"), ("segment.bytes", "\(segmentBytes)"),
            ("segment.index.bytes", "\(indexMaximumBytes)"), ("segment.ms", "\(segmentMilliseconds)"),
        ]
    }
}
