// What a workload and a driver ask of producers and consumers.
internal import Client
internal import Codecs
internal import Host
internal import Records
internal import Results

extension OMBComposer {
    /// Kafka's names that the load's own producers have, or that make no difference.
    private static let producerKeys: Set = [
        "acks", "linger.ms", "batch.size", "compression.type", "compression.gzip.level", "compression.lz4.level", "compression.zstd.level",
        "max.in.flight.requests.per.connection", "enable.idempotence", "partitioner.class",
    ]
    private static let consumerKeys: Set = [
        "fetch.min.bytes", "fetch.max.wait.ms", "fetch.max.bytes", "max.partition.fetch.bytes", "isolation.level", "session.timeout.ms",
        "heartbeat.interval.ms", "partition.assignment.strategy", "enable.auto.commit", "auto.commit.interval.ms",
    ]
    /// Why others have no effect.
    private static let reasons = [
        "buffer.memory": "a lane has 32 MiB for all of its topics", "max.request.size": "a request takes 1 MiB, or one batch",
        "retries": "a batch is sent again for two minutes", "delivery.timeout.ms": "two minutes", "request.timeout.ms": "30 s",
        "default.api.timeout.ms": "calls of the control plane have half a minute", "retry.backoff.ms": "20 ms", "max.block.ms": "what finds no room waits in the lane's queue, and keeps its intended time",
        "transactional.id": "records are sent outside of transactions", "group.id": "every subscription is a group of its own, as in OMB",
        "group.instance.id": "members of a group are dynamic", "max.poll.interval.ms": "a member polls as long as its lane runs", "max.poll.records": "a poll returns what an answer has", "key.serializer": "bytes are sent as they are",
        "value.serializer": "bytes are sent as they are", "key.deserializer": "bytes are read as they are", "value.deserializer": "bytes are read as they are",
    ]
    /// What our client does too.
    private static let same = ["retries": "2147483647"]

    /// Lists what of a block has no effect, and keeps what has one.
    private mutating func honoured(_ block: String, _ values: [String: String], _ known: Set<String>) -> [String: String] {
        for (key, value) in values.sorted(by: { $0.key < $1.key }) where !known.contains(key) && !Self.isAboutGettingIn(key) && Self.same[key] != value {
            deviate("\(block) \(key)", Secrets.isSecret(key) ? nil : value, nil, Self.reasons[key] ?? "the load's client has no such setting")
        }
        return values.filter { known.contains($0.key) }
    }

    /// Common settings are both clients'; what neither has is listed once.
    private func common(_ known: Set<String>) -> [String: String] { settings.properties.common.filter { known.contains($0.key) } }

    // MARK: producers

    /// - Returns: whether they are idempotent.
    mutating func producers() throws(ProfileError) -> Bool {
        _ = honoured("commonConfig", settings.properties.common.filter { !Self.consumerKeys.contains($0.key) }, Self.producerKeys)
        var values = common(Self.producerKeys).merging(honoured("producerConfig", settings.properties.producer, Self.producerKeys)) { _, own in own }
        values["bootstrap.servers"] = "127.0.0.1:9092"
        // As in the clients that OMB comes with.
        values["linger.ms"] = values["linger.ms"] ?? "0"
        if values["batch.size"] == "0" { values["batch.size"] = "1" }
        let properties: ProducerProperties
        do throws(PeerToolError) { properties = try ProducerProperties(values) } catch {
            throw fault(driver.path, "producerConfig: \(error)")
        }
        let configuration = properties.configuration
        let largest = workload.sizeRanges.filter { $0.weight > 0 }.map { min($0.high, RecordSizes.largest) }.max() ?? workload.messageSize
        let batchBytes = min(max(configuration.batchBytes, max(largest, RecordSizes.smallestDrawn) + 128, 512), 16 << 20)
        if batchBytes != configuration.batchBytes {
            deviate("producerConfig batch.size", "\(configuration.batchBytes)", "\(batchBytes)", batchBytes > configuration.batchBytes ? "a batch holds one record at least" : "16 MiB at most")
        }
        add("producers:")
        add("  count: \(workload.producersPerTopic)")
        add("  mode: open")
        if !isSearch { add("  rate: \(workload.producerRate)") }
        add("  arrivals: fixed")
        sizes()
        add("  batchBytes: \(batchBytes)")
        add("  linger: \(configuration.lingerNanoseconds / 1_000_000)ms")
        add("  inFlight: \(configuration.maxInFlight)")
        add("  acks: \(configuration.acks == -1 ? "all" : "\(configuration.acks)")")
        add("  idempotent: \(configuration.isIdempotent)")
        try payload(configuration.codec, level: configuration.compressionLevel, batchBytes: batchBytes)
        keys(properties.partitioner)
        add("  seed: 42")
        return configuration.isIdempotent
    }

    private mutating func sizes() {
        guard !workload.sizeRanges.isEmpty else { return add("  recordBytes: \(workload.messageSize)") }
        var weights: [(range: String, weight: Double)] = []
        var isChanged = false
        for range in workload.sizeRanges {
            // A range has its upper end not in it, and needs room for a stamp.
            var (low, high) = (range.low, min(range.high, RecordSizes.largest))
            if high <= RecordSizes.smallestDrawn { (low, high) = (RecordSizes.smallestDrawn, RecordSizes.smallestDrawn) }
            isChanged = isChanged || low < RecordSizes.smallestDrawn || high != range.high
            let text = "\(low)-\(high)"
            if let known = weights.firstIndex(where: { $0.range == text }) { weights[known].weight += range.weight } else { weights.append((text, range.weight)) }
        }
        add("  recordBytes: {weights: {" + weights.map { "\($0.range): \(fixed($0.weight, 3))" }.joined(separator: ", ") + "}}")
        if isChanged {
            deviate("messageSizeDistribution", nil, "32 B to 1 MiB", "each record carries a stamp of 32 bytes, by which it is audited and timed, and none has more than 1 MiB")
        }
        if workload.given.contains("messageSize") {
            deviate("messageSize", "\(workload.messageSize)", nil, "messageSizeDistribution says how large records are: every size of a range alike, where OMB sends its middle")
        }
    }

    /// The codec, and the payload that it finds.
    private mutating func payload(_ codec: Codec, level: Int?, batchBytes: Int) throws(ProfileError) {
        if workload.given.contains("randomizedPayloadPoolSize") {
            deviate("randomizedPayloadPoolSize", nil, nil, "values come from a pool that no cache holds, 64 MiB or more")
        }
        let wanted = try ratio(codec, level: level, batchBytes: batchBytes)
        guard codec != .none else { return }
        add("  compression: \(codec)")
        if let level { add("  compressionLevel: \(level)") }
        let most = PayloadPool.largestCompressionRatio
        add("  compressionRatio: \(fixed(min(max(wanted.ratio, 1), most), 2))")
        if let key = wanted.key, wanted.ratio > most {
            deviate(
                key, nil, "\(fixed(most, 0)):1", "batches of it become \(fixed(min(wanted.ratio, 9_999), 0)) times smaller by \(codec); those of records that each carry a stamp do not")
        }
    }

    /// How far the payload can be compressed, and the key that says so.
    private mutating func ratio(_ codec: Codec, level: Int?, batchBytes: Int) throws(ProfileError) -> (ratio: Double, key: String?) {
        if workload.given.contains("randomBytesRatio"), !workload.useRandomizedPayloads {
            deviate(
                "randomBytesRatio", Self.plain(workload.randomBytesRatio), nil,
                workload.payloadFile == nil ? "it is about random payloads, and ‘useRandomizedPayloads’ is not true" : "payloadFile says how far values can be compressed")
        }
        if let name = workload.payloadFile {
            let payload = try OMBPayload.read(name, of: workload, root: settings.root)
            let text = codec == .none ? "only its size counts" : "its size counts, and how far \(codec) compresses batches of it"
            deviate("payloadFile", name, "\(payload.count) bytes", "each record carries a stamp, by which it is audited and timed, and random bytes: \(text)")
            guard codec != .none else { return (1, nil) }
            return (OMBPayload.compressionRatio(of: payload, codec, level: level, batchBytes: batchBytes), "payloadFile")
        }
        guard workload.useRandomizedPayloads else {
            // OMB fails without either.
            deviate("payloadFile", nil, "random bytes", "the workload says nothing of what is sent")
            return (1, nil)
        }
        if codec == .none, workload.given.contains("randomBytesRatio") {
            deviate("randomBytesRatio", Self.plain(workload.randomBytesRatio), nil, "without a compression.type of the producers all bytes are alike")
        }
        return (1 / max(workload.randomBytesRatio, 1e-4), "randomBytesRatio")
    }

    private mutating func keys(_ partitioner: Partitioner.Kind) {
        switch workload.keyDistributor {
        case .none: add("  partitioner: \(partitioner == .roundRobin ? "round-robin" : "sticky")")
        case .roundRobin: add("  keys: {roundRobin: \(Self.keyCount)}")
        case .random: add("  keys: {uniform: \(Self.keyCount)}")
        }
        guard workload.keyDistributor != .none else { return }
        deviate("keyDistributor", workload.keyDistributor.rawValue, "\(Self.keyCount) keys of 8 bytes", "OMB's as many have 10 characters each")
        if partitioner == .roundRobin { deviate("producerConfig partitioner.class", "RoundRobinPartitioner", nil, "keys decide where records go") }
    }
    private static let keyCount = 10_000

    // MARK: consumers

    mutating func consumers() throws(ProfileError) {
        let known = Self.consumerKeys.union(["auto.offset.reset"])
        let values = common(Self.consumerKeys).merging(honoured("consumerConfig", settings.properties.consumer, known)) { _, own in own }
        if settings.isExternal, !workload.existingTopics.isEmpty, values["auto.offset.reset"] == "earliest" {
            deviate("consumerConfig auto.offset.reset", "earliest", "latest", "in topics that were there readers begin at the end, behind what others have left")
        }
        guard workload.readers > 0 else {
            if let rate = workload.messageRateReceivedForSubscription, rate > 0 { deviate("messageRateReceivedForSubscription", "\(rate)", nil, "nobody reads") }
            return
        }
        let fetch = try fetch(values)
        let membership = try membership(values)
        let each = "\(readingRate()), fetch: \(fetch)\(membership)"
        if workload.subscriptionsPerTopic > 1 {
            add("consumers:")
            for n in 1...workload.subscriptionsPerTopic { add("  - {name: sub-\(n), count: \(workload.consumerPerSubscription)\(each)}") }
        } else {
            add("consumers: {count: \(workload.consumerPerSubscription)\(each)}")
        }
    }

    /// Of every subscription: its readers share what the group gives them, and commit how far they came.
    private mutating func membership(_ values: [String: String]) throws(ProfileError) -> String {
        var table = PropertyTable(values)
        do throws(PeerToolError) {
            // Kafka's own defaults, since its version 3.
            let session = try table.integer("session.timeout.ms", in: 1_000...1_800_000) ?? 45_000
            let heartbeat = try table.integer("heartbeat.interval.ms", in: 10...session - 1) ?? min(3_000, session / 3)
            let byItself = try table.flag("enable.auto.commit") ?? true
            let interval = try table.integer("auto.commit.interval.ms", in: 0...Int64(Int32.max)) ?? 5_000
            let commit = byItself ? max(interval, 10) : Self.commitMilliseconds
            if !byItself {
                deviate("consumerConfig enable.auto.commit", "false", "a commit every \(commit) ms", "OMB's consumer commits after every poll, without waiting for the answer")
            } else if commit != interval {
                deviate("consumerConfig auto.commit.interval.ms", "\(interval)", "\(commit)", "10 ms at the least")
            }
            let isCommittedOnly = try table.choice("isolation.level", ["read_uncommitted": false, "read_committed": true]) ?? false
            return ", group: {assignor: \(assignor(table.text("partition.assignment.strategy"))), session: \(session)ms, heartbeat: \(heartbeat)ms, "
                + "commit: \(commit)ms}" + (isCommittedOnly ? ", isolation: read-committed" : "")
        } catch {
            throw fault(driver.path, "consumerConfig: \(error)")
        }
    }
    /// A poll of OMB's waits for as long, at most.
    private static let commitMilliseconds: Int64 = 100

    /// The first of the classes that a member of ours is one of; Kafka's own first is by range.
    private mutating func assignor(_ strategies: String?) -> String {
        guard let strategies else { return GroupPlan.Assignor.range.rawValue }
        let classes = strategies.split(separator: ",").map { String($0.trimmingPrefix { $0 == " " }.split(separator: ".").last ?? "") }
        let known = ["RangeAssignor": GroupPlan.Assignor.range, "RoundRobinAssignor": .roundRobin, "CooperativeStickyAssignor": .cooperative]
        let found = classes.lazy.compactMap { known[$0] }.first ?? .range
        if classes.first.flatMap({ known[$0] }) != found {
            deviate("consumerConfig partition.assignment.strategy", strategies, found.rawValue, "members share partitions by range, round-robin or cooperative")
        }
        return found.rawValue
    }

    /// Of a client that reads one topic's partitions, or its share of them.
    private func fetch(_ values: [String: String]) throws(ProfileError) -> String {
        var table = PropertyTable(values)
        do throws(PeerToolError) {
            let most = Int64(FetchLimits.bytesMaximum)
            let minimum = try table.integer("fetch.min.bytes", in: 0...most) ?? 1
            let wait = try table.integer("fetch.max.wait.ms", in: 0...Int64(FetchLimits.waitMaximum / 1_000_000)) ?? 500
            let whole = try table.integer("fetch.max.bytes", in: 1...Int64(Int32.max)) ?? 50 << 20
            let partition = min(try table.integer("max.partition.fetch.bytes", in: 1...Int64(Int32.max)) ?? 1 << 20, most)
            let share = (workload.partitionsPerTopic + workload.consumerPerSubscription - 1) / workload.consumerPerSubscription
            let bytes = min(whole, most, partition.multipliedReportingOverflow(by: Int64(share)).partialValue)
            return "{minBytes: \(minimum), maxWait: \(wait)ms, maxBytes: \(bytes), partitionBytes: \(partition)}"
        } catch {
            throw fault(driver.path, "consumerConfig: \(error)")
        }
    }

    /// Of a fork whose readers can be held to a rate.
    private mutating func readingRate() -> String {
        guard let rate = workload.messageRateReceivedForSubscription, rate > 0 else { return "" }
        guard !isSearch, workload.consumerBacklogSizeGB == 0 else {
            deviate("messageRateReceivedForSubscription", "\(rate)", nil, "readers that are slow on purpose never catch up, which a search and a backlog wait for")
            return ""
        }
        return ", rate: \(rate)"
    }
}
