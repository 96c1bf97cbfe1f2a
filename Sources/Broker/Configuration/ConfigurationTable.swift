// The table of settings. Parser, help text and DescribeConfigs read it; nothing else knows a key's name.
internal import Coordination
internal import Logging
internal import StorageEngine
internal import Telemetry

package enum ConfigurationTable {
    /// Every key, by name. Kafka's names where Kafka has them.
    package static let keys: [ConfigurationKey] = [
        ConfigurationKey(
            name: "advertised.listeners", kind: .list,
            documentation: "Addresses told to clients, HOST:PORT separated by commas, one for each listener in its order."
        ) { configuration, text throws(ConfigurationError) in
            configuration.advertised = try endpoints(text)
        } read: { configuration in
            configuration.advertised.isEmpty ? nil : configuration.advertised.map(\.description).joined(separator: ",")
        },
        .flag("allow.everyone.if.no.acl.found", "Whether everybody may use what no access rule is about.", \.allowsWithoutRule),
        .authorizer,
        .flag(
            "auto.create.topics.enable", "Whether asking for the metadata of an unknown topic creates it.", \.createsTopics).dynamic,
        ConfigurationKey(
            name: "cluster.id", kind: .string, documentation: "The cluster's id. By default the one in the data directories."
        ) { configuration, text throws(ConfigurationError) in
            guard !text.isEmpty else { throw ConfigurationError("cluster.id= is empty") }
            configuration.clusterID = text
        } read: { $0.clusterID },
        .log("compression.type", "compression.type", .string, "What batches are compressed with: producer, as they come; uncompressed, gzip, snappy, lz4 or zstd, re-compressed if need be."),
        .number("connections.max.reauth.ms", .long, 0...Int64(Int32.max), "How long a SASL authentication is good, where the client can repeat it; 0: as long as the connection.", \.maxReauthMilliseconds),
        .number("drain.timeout.ms", .int, 0...600_000, "How long a shutdown waits for clients to take their last answers.", \.drainMilliseconds),
        .number("fetch.max.bytes", .int, 1_024...Int(Int32.max), "The most record bytes in one fetch response, but for one batch that is larger.", \.fetchMaxBytes).dynamic,
        .number("group.initial.rebalance.delay.ms", .int, 0...Int32.max, "How long an empty group waits for more members before its first generation.", \.groups.initialRebalanceDelayMilliseconds),
        .number("group.max.session.timeout.ms", .int, 1...Int32.max, "The longest session timeout that a member may ask for.", \.groups.maximumSessionTimeoutMilliseconds),
        .number("group.max.size", .int, 1...100_000, "Members of one group at most.", \.groups.maximumMembers),
        .number("group.min.session.timeout.ms", .int, 1...Int32.max, "The shortest session timeout that a member may ask for.", \.groups.minimumSessionTimeoutMilliseconds),
        .number("log.cleaner.backoff.ms", .long, 1...86_400_000, "How long a cleaner that found nothing to do waits.", \.cleanerBackoffMilliseconds).dynamic,
        .number("log.cleaner.dedupe.buffer.size", .long, 1_048_576...Int(Int32.max) * 16, "Memory for the keys of one compaction, while it lasts.", \.cleaner.mapLimitBytes).dynamic,
        .log("log.cleaner.delete.retention.ms", "delete.retention.ms", .long, "How long a compacted topic keeps a tombstone from its first compaction on."),
        .flag("log.cleaner.enable", "Whether compacted topics are compacted.", \.cleans),
        .number("log.cleaner.io.buffer.size", .int, 4_096...67_108_864, "Bytes that a cleaner reads or writes at a time.", \.cleaner.bufferBytes).dynamic,
        .optionalNumber("log.cleaner.io.max.bytes.per.second", .long, 1_024...Int64.max, "The most bytes a second that a cleaner reads and writes. By default without a limit.", \.cleaner.bytesPerSecond).dynamic,
        .log("log.cleaner.max.compaction.lag.ms", "max.compaction.lag.ms", .long, "Record time after which a record is compacted whatever share of the log is dirty."),
        .log("log.cleaner.min.cleanable.ratio", "min.cleanable.dirty.ratio", .double, "The share of a log that must be dirty before it is compacted."),
        .log("log.cleaner.min.compaction.lag.ms", "min.compaction.lag.ms", .long, "Record time for which a record is not compacted."),
        .log("log.cleanup.policy", "cleanup.policy", .list, "What makes room: delete, compact or compact,delete."),
        .log("log.flush.interval.messages", "flush.messages", .long, "Records of a partition after which it is forced to disk; 1: acks wait for the disk."),
        .log("log.flush.interval.ms", "flush.ms", .long, "Milliseconds after which appended records are forced to disk."),
        .log("log.index.interval.bytes", "index.interval.bytes", .int, "Log bytes between two entries of an index."),
        .log("log.index.size.max.bytes", "segment.index.bytes", .int, "The largest size of an index file."),
        .log("log.preallocate", "preallocate", .boolean, "Whether disk space is reserved ahead of fast partitions."),
        .log("log.message.timestamp.after.max.ms", "message.timestamp.after.max.ms", .long, "How far ahead of the broker's clock a record's time may be."),
        .log("log.message.timestamp.before.max.ms", "message.timestamp.before.max.ms", .long, "How far behind the broker's clock a record's time may be."),
        .log("log.message.timestamp.type", "message.timestamp.type", .string, "Whose time records carry: CreateTime or LogAppendTime."),
        .flag("log.read.ahead", "Whether what follows a fetch is read from the disk before it is asked for; false: by neither the kernel nor the broker, as measurements of the page cache need it.", \.readsAhead),
        .log("log.retention.bytes", "retention.bytes", .long, "Bytes of a partition above which its oldest segments go; -1: no limit."),
        .number("log.retention.check.interval.ms", .long, 1...Int.max / 1_000_000, "How often segments are looked for that may go.", \.retentionCheckMilliseconds).dynamic,
        .retentionTime("log.retention.hours", \.retentionHours, "Hours that records stay, where neither minutes nor milliseconds are set; -1: for ever."),
        .retentionTime("log.retention.minutes", \.retentionMinutes, "Minutes that records stay, where no milliseconds are set; -1: for ever."),
        .log("log.retention.ms", "retention.ms", .long, "Milliseconds that records stay, by their own time; -1: for ever."),
        .log("log.roll.ms", "segment.ms", .long, "The longest time a segment takes appends, by record time."),
        .log("log.segment.bytes", "segment.bytes", .int, "The largest size of a segment file."),
        .log("log.segment.delete.delay.ms", "file.delete.delay.ms", .long, "How long a removed segment's files stay for those who read them."),
        ConfigurationKey(
            name: "logger.format", kind: .string, documentation: "How log lines look: text, or json for one object a line."
        ) { configuration, text throws(ConfigurationError) in
            guard let format = LogFormat(rawValue: text) else { throw ConfigurationError("logger.format=\(text): text or json is expected") }
            configuration.logFormat = format
        } read: { $0.logFormat.rawValue },
        ConfigurationKey(
            name: "logger.level", kind: .string,
            documentation: "The least log lines that are written: trace, debug, info, notice, warning, error or critical."
        ) { configuration, text throws(ConfigurationError) in
            guard let level = Logger.Level(rawValue: text) else {
                let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                throw ConfigurationError("logger.level=\(text): one of \(levels) is expected")
            }
            configuration.logLevel = level
        } read: { $0.logLevel.rawValue },
        .optionalNumber("log.dir.reserve.bytes", .long, 0...Int64.max, "Free bytes of a data directory below which produce is refused.", \.minimumFreeBytes),
        .optionalNumber("max.connections", .int, 1...1_000_000, "Connections at most. By default what the open-file limit leaves.", \.maxConnections).dynamic,
        .number("max.incremental.fetch.session.cache.slots", .int, 0...1_000_000, "Fetch sessions that are kept at a time; clients beyond it say everything in each fetch.", \.fetchSessions),
        .number("max.partitions", .int, 1...10_000_000, "Partitions of all topics together at most.", \.maxPartitions).dynamic,
        .log("message.max.bytes", "max.message.bytes", .int, "The largest record batch that is accepted."),
        ConfigurationKey(
            name: "metrics.listen", kind: .string,
            documentation: "Where /metrics and /healthz are served over HTTP: HOST:PORT, or a port of the loopback address. By default nowhere."
        ) { configuration, text throws(ConfigurationError) in
            configuration.metricsListen = try Endpoint(metrics: text)
        } read: { $0.metricsListen?.description },
        .number("metrics.max.partitions", .int, 0...100_000, "Partitions with time series of their own, and as many committed offsets of groups. The rest is counted.", \.metricsMaxPartitions),
        .optionalNumber("node.id", .int, 0...Int32.max, "This broker's id. By default the one in the data directories.", \.nodeID),
        .number("num.partitions", .int, 1...100_000, "Partitions of a topic that is created without a count.", \.defaultPartitions).dynamic,
        .number("offset.metadata.max.bytes", .int, 0...Int(Int32.max), "The longest text that a consumer may commit with an offset.", \.groups.maximumOffsetMetadataBytes),
        .number("offsets.retention.check.interval.ms", .long, 1...Int.max / 1_000_000, "How often offsets are looked for that nobody wants any more.", \.offsetsCheckMilliseconds),
        .number("offsets.retention.minutes", .int, 1...Int64(Int32.max), "How long offsets stay after their group has become empty, or after the last commit where there are no members.", \.offsetsRetentionMinutes),
        .number("offsets.topic.num.partitions", .int, 1...10_000, "Partitions of __consumer_offsets, when it is made.", \.groups.offsetsPartitions),
        .number("offsets.topic.segment.bytes", .int, 1_048_576...Int(Int32.max), "The largest segment of __consumer_offsets, when it is made; at least 32 MiB is used.", \.offsetsSegmentBytes),
        .number("queued.max.bytes", .long, 1_048_576...Int(Int64.max), "Memory for requests of all connections that are incomplete or wait.", \.queuedMaxBytes),
        .number("quota.window.num", .int, 2...1_000, "Windows that byte rates of clients are taken over, the current one included.", \.quotaWindowCount),
        .number("quota.window.size.seconds", .int, 1...86_400, "How long one of these windows is.", \.quotaWindowSeconds),
        .number("residency.sample.interval", .int, 0...1_000_000, "Every so many served ranges, ask the kernel how much of it is cached; 0: never, but every hundredth while metrics are served.", \.residencySampleInterval).dynamic,
        .saslMechanisms,
        .number("sasl.server.max.receive.size", .int, 1_024...Int(Int32.max), "The largest request that is read of a client that has yet to authenticate.", \.saslMaxReceiveBytes),
        .number("socket.request.max.bytes", .int, 1_024...Int(Int32.max), "The largest request that is read.", \.maxRequestBytes),
        .superUsers,
        ConfigurationKey(
            name: "tcp.congestion", kind: .string,
            documentation: "The congestion control of accepted connections; system: the kernel's default."
        ) { configuration, text throws(ConfigurationError) in
            guard !text.isEmpty, text.utf8.count < 16 else { throw ConfigurationError("tcp.congestion=\(text): a name of 1 to 15 letters is expected") }
            configuration.congestion = text
        } read: { $0.congestion },
        .number("transaction.max.timeout.ms", .int, 1...Int32.max, "The longest transaction timeout that a producer may ask for.", \.transactions.maximumTimeoutMilliseconds),
        .number("transaction.remove.expired.transaction.cleanup.interval.ms", .int, 1...Int(Int32.max), "How often transactional ids are looked for that nobody uses any more.", \.transactionsCheckMilliseconds),
        .number("transaction.state.log.num.partitions", .int, 1...10_000, "Partitions of __transaction_state, when it is made.", \.transactionsPartitions),
        .number("transaction.state.log.segment.bytes", .int, 1_048_576...Int(Int32.max), "The largest segment of __transaction_state, when it is made; at least 32 MiB is used.", \.transactionsSegmentBytes),
        .number("transactional.id.expiration.ms", .int, 1...Int64(Int32.max), "How long a transactional id is remembered after its last transaction.", \.transactions.idExpirationMilliseconds),
    ] + connectionKeys + tlsKeys

    package static let names = keys.map(\.name)

    private static let byName = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0) })

    static func key(named name: String) -> ConfigurationKey? { byName[name] }

    /// The key that says what a topic has that does not override `topicKey`.
    static func key(ofTopics topicKey: String) -> ConfigurationKey? { byTopicKey[topicKey] }

    private static let byTopicKey = Dictionary(uniqueKeysWithValues: keys.compactMap { key in key.topicKey.map { ($0, key) } })

    private static func endpoints(_ text: String) throws(ConfigurationError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for field in text.split(separator: ",", omittingEmptySubsequences: false) {
            let address = field.firstRange(of: "://").map { field[$0.upperBound...] } ?? field
            guard let endpoint = Endpoint(address), endpoint.port > 0 else {
                throw ConfigurationError("advertised.listeners=\(text): \"\(field)\" is not HOST:PORT")
            }
            endpoints.append(endpoint)
        }
        return endpoints
    }

    /// What is wrong with a key that there is not. A word is said again so that its mistake is found; what cannot be meant as
    /// a key's name may hold a secret.
    fileprivate static func unknown(_ name: String) -> String {
        guard !name.isEmpty, name.utf8.allSatisfy(isOfName) else { return "what stands before the = is no key; \(expected(from: name))" }
        return "unknown key \"\(name)\"" + (Spelling.nearest(to: name, in: names).map { "; did you mean \($0)?" } ?? "")
    }

    /// What is wrong with a setting that has no `=`.
    package static func withoutEquals(_ text: some StringProtocol) -> String { "there is no =; \(expected(from: text))" }

    /// What would be right, of the text's first word where that is a key's name.
    private static func expected(from text: some StringProtocol) -> String {
        let word = String(text.prefix { $0.utf8.allSatisfy(isOfName) })
        return byName[word] == nil ? "key=value is expected" : "\(word)=value is expected"
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// Lines for `--help`, a key and its default each.
    package static func help() -> String {
        let defaults = BrokerConfiguration()
        return keys.map { key in
            "  \(key.name)  (\(key.kind.word)\(key.read(defaults).map { ", default \($0)" } ?? "")"
                + "\(Reconfiguration.liveKeys.contains(key.name) ? ", live" : "")\(key.isDynamic ? ", dynamic" : ""))\n      \(key.documentation)"
        }.joined(separator: "\n")
    }
}

extension BrokerConfiguration {
    /// Sets one key.
    ///
    /// - Parameter place: where it was written, for the error: `--set`, or a file and line.
    package mutating func set(_ name: String, _ value: String, at place: String) throws(ConfigurationError) {
        guard let key = ConfigurationTable.key(named: name) else { throw ConfigurationError("\(place): \(ConfigurationTable.unknown(name))") }
        do { try key.write(&self, value) } catch { throw ConfigurationError("\(place): \(error.description)") }
        explicit.insert(name)
    }

    /// Applies a file of `key=value` lines; blank lines and lines that begin with `#` are passed over.
    ///
    /// - Throws: the first mistake, with file and line; a key that stands twice is one. No value of a secret is in it,
    ///   wherever in its line it stands.
    package mutating func apply(file text: String, named path: String) throws(ConfigurationError) {
        var seen: [String: Int] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.trimmed
            if content.isEmpty || content.hasPrefix("#") { continue }
            let place = "\(path):\(index + 1)"
            guard let equals = content.firstIndex(of: "=") else {
                throw ConfigurationError("\(place): \(ConfigurationTable.withoutEquals(content))")
            }
            let name = String(content[..<equals].trimmed)
            if let first = seen.updateValue(index + 1, forKey: name) {
                throw ConfigurationError("\(place): \(name) is set on line \(first) already")
            }
            try set(name, String(content[content.index(after: equals)...].trimmed), at: place)
        }
    }
}

extension StringProtocol {
    /// Without spaces, tabs and carriage returns at both ends.
    fileprivate var trimmed: SubSequence {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" || character == "\r" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return self[startIndex..<startIndex]
        }
        return self[first...last]
    }
}
