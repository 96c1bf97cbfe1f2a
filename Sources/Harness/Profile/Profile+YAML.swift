// From YAML to a profile. The key lists below are the profile language.
internal import Codecs
internal import Foundation
internal import Host
internal import Measurement
internal import Records
internal import Topology

extension Profile {
    /// Reads a profile file.
    ///
    /// - Parameter overrides: `path=value` settings laid over the file, later ones winning.
    package static func load(path: String, overrides: [String] = []) throws(ProfileError) -> Profile {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ProfileError(file: path, line: nil, column: nil, message: "cannot be read")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw ProfileError(file: path, line: nil, column: nil, message: "is not UTF-8")
        }
        return try parse(text, path: path, overrides: overrides)
    }

    package static func parse(_ text: String, path: String, overrides: [String] = []) throws(ProfileError) -> Profile {
        let read = try ProfileNode.parse(text) { .file(path, line: $0, column: $1) }
        guard let read else { throw ProfileError(file: path, line: 1, column: nil, message: "the profile is empty") }
        let whole = try ProfileIncludes.resolved(read, path: path)
        let sweep = try ProfileSweep.axes(of: try ProfileOverrides.apply(overrides, to: whole))
        let first = ProfileSweep.open(sweep, besides: overrides).map { "\($0.path)=\($0.values[0])" }
        let laid = try ProfileOverrides.apply(first + overrides, to: whole)
        let top = try ProfileSection(
            laid, path: "",
            keys: ["question", "name", "tier", "topic", TopicPlan.setsKey, "broker", "producers", "consumers", "phases", "headlines", "gate", "perturb", "search", "backlog", "prices", "expect", "contract", "idleConnections", ProfileSweep.key])
        let question = try top.required("question", try top.string("question"))
        if case .file(_, let line, _)? = top.keyPlace("question"), line != 1 {
            throw top.error("question", "the question must be the first line of a profile")
        }
        let phases = try PhasesPlan(top)
        let topics = try TopicPlan.readSets(top)
        let producers = try ProducersPlan.readAll(top, phases, among: topics)
        let consumers = try ConsumersPlan.readAll(top, producers, among: topics)
        let later = try LaterPhase.readAll(top, laid)
        var profile = Profile(
            name: try top.required("name", try top.value("name", "a short name of a-z, 0-9 and -") { shortName($0, atMost: 40) }),
            question: question, tier: try top.choice("tier", Tier.self) ?? .full, path: path, text: read.includesFiles ? whole.flattened : text, overrides: overrides,
            topic: try TopicPlan(top), broker: try BrokerPlan(top), producerGroups: producers,
            consumerGroups: consumers, phases: phases, headlines: try HeadlinesPlan(top, phases: phases), gate: try ComparisonPlan.read(top),
            expectedErrors: try expected(top), contract: try top.choice("contract", DeliveryContract.self) ?? .atLeastOnce,
            perturbations: try PerturbationPlan.read(top, steadyNanoseconds: phases.steadyNanoseconds), sweep: sweep,
            search: try SearchPlan.read(top, producers, consumers), backlog: try BacklogPlan.read(top, producers, consumers), prices: try PricesPlan.read(top))
        (profile.later, profile.topicSets) = (later, topics)
        profile.idleConnections = try top.int("idleConnections", 0...IdlePlan.countMaximum) ?? 0
        try profile.check(top)
        for phase in later { try profile.changed(for: phase).check(top) }
        try profile.checkTopicSets(top)
        try profile.checkIdleConnections(top)
        return profile
    }

    /// nil for a text that is none.
    static func shortName(_ text: String, atMost length: Int) -> String? {
        let valid = !text.isEmpty && text.count <= length && text.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789-".contains($0) }
        return valid ? text : nil
    }

    private static func expected(_ top: ProfileSection) throws(ProfileError) -> [String] {
        guard let section = try top.section("expect", keys: ["errors"]) else { return [] }
        return try section.list("errors") { (node, name) throws(ProfileError) in
            guard let text = node.text else { throw node.place.error("‘\(name)’ must be the name of a Kafka error") }
            return text
        } ?? []
    }

    /// What no single key can tell.
    private func check(_ top: ProfileSection) throws(ProfileError) {
        if producerGroups.isEmpty, !consumerGroups.isEmpty {
            throw top.error("consumers", "tail consumers need ‘producers’: without them nothing arrives")
        }
        try checkReaders(top)
        if producerGroups.isEmpty, headlines == HeadlinesPlan() {
            throw top.place.error("the profile has neither ‘producers’ nor ‘headlines’: there is nothing to measure")
        }
        let lanes = producerGroups.reduce(0) { $0 + $1.count } + consumerGroups.reduce(0) { $0 + $1.count }
        if lanes > LoadGroups.lanesMaximum {
            throw top.error("producers", "‘producers’ and ‘consumers’ count \(lanes) together; \(LoadGroups.lanesMaximum) are possible, each is a thread")
        }
        if !later.isEmpty, let key = ["search", "gate", "backlog", "headlines"].first(where: top.has) {
            throw top.error("phases", "‘phases.then’ goes on with the load of ‘producers’; with ‘\(key)’ that is not the only one")
        }
        if perturbations.contains(where: \.needsMembers), !consumerGroups.contains(where: { $0.group != nil }) {
            throw top.error("perturb", "‘perturb.memberChurn’ needs ‘consumers’ with ‘group’: who has no group cannot leave it")
        }
        if let placing = headlines.placing, producers?.rateShape != nil {
            throw top.error("headlines", "‘headlines.\(placing)’ compares latencies at one rate: no ‘producers.steps’ or ‘ramp’")
        }
        if let placing = headlines.placing, producerGroups.isEmpty {
            throw top.error("headlines", "‘headlines.\(placing)’ measures the load of ‘producers’, which is missing")
        }
        if let placing = headlines.placing, producerGroups.count > 1 {
            throw top.error("headlines", "‘headlines.\(placing)’ measures one group of ‘producers’, not \(producerGroups.count)")
        }
        try checkStored(top)
        if topic.count > 1, gate != nil || headlines != HeadlinesPlan() {
            throw top.error("topic", "‘\(gate != nil ? "gate" : "headlines")’ measures one topic: no ‘topic.count’")
        }
        try gate?.check(self, top)
        if gate != nil, !sweep.isEmpty {
            throw top.error(ProfileSweep.key, "two builds are compared at one point: a profile with ‘gate’ has no ‘sweep’")
        }
        if contract == .exactlyOnce, let group = producerGroups.first(where: { !$0.idempotent }) {
            throw top.error("contract", "exactly-once needs ‘producers.idempotent: true’\(group.name.map { ", and ‘\($0)’ has it not" } ?? "")")
        }
    }

    /// What retention takes away is not stored.
    private func checkStored(_ top: ProfileSection) throws(ProfileError) {
        guard let kept = topic.retentionBytes else { return }
        let most = kept * Int64(topic.partitions)
        for (path, append) in [("headlines.append", headlines.append), ("headlines.disk.append", headlines.disk?.append)] {
            guard let stored = append?.storedBytes, stored > most else { continue }
            throw top.error(
                "headlines",
                "‘\(path).stored’ (\(decimalBytes(stored))) is more than ‘topic.retentionBytes’ keeps, \(decimalBytes(most)) in \(topic.partitions) partition\(topic.partitions == 1 ? "" : "s"): raise it, or leave it out")
        }
    }
}

extension TopicPlan {
    init(_ top: ProfileSection) throws(ProfileError) {
        guard let section = try top.section("topic", keys: Self.keys) else { return }
        try read(section)
    }

    mutating func read(_ section: ProfileSection) throws(ProfileError) {
        count = try section.int("count", 1...Self.countMaximum) ?? count
        partitions = try section.int("partitions", 1...Self.partitionsMaximum) ?? partitions
        guard allPartitions <= Self.partitionsMaximum else {
            throw section.error("count", "‘\(section.dotted("count"))’ and ‘\(section.dotted("partitions"))’ come to \(allPartitions) partitions; \(Self.partitionsMaximum) are possible")
        }
        replication = try section.int("replication", 1...1) ?? replication
        segmentBytes = try section.bytes("segmentBytes", (1 << 20)...(2 << 30) - 1) ?? segmentBytes
        retentionBytes = try section.bytes("retentionBytes", (1 << 20)...(1 << 44))
        guard let more = try section.section("settings", keys: nil) else { return }
        for key in more.keys { settings[key] = try more.string(key) }
    }
}

extension BrokerPlan {
    init(_ top: ProfileSection) throws(ProfileError) {
        let keys = ["durability", "loops", "cpus", "memory", "listeners", "settings"]
        guard let section = try top.section("broker", keys: keys) else { return }
        durability = try section.value("durability", "none, interval(50ms), messages(1000) or every-append") { Durability($0) } ?? durability
        loops = try section.int("loops", 1...256) ?? loops
        cpus = try section.cpus("cpus")
        memory = try section.value("memory", "unpinned, local, bind:0 or interleave:0,1") { MemoryPolicy($0) } ?? memory
        listeners = try section.list("listeners", ListenerPlan.read) ?? listeners
        if listeners.isEmpty { throw section.error("listeners", "‘broker.listeners’ must name at least one listener") }
        if listeners.contains(where: { $0.transfer == .tls }) {
            throw section.error("listeners", "‘tls’ is a mode of ‘headlines.zeroCopy’; a load goes over plain connections")
        }
        guard let more = try section.section("settings", keys: nil) else { return }
        for key in more.keys { settings[key] = try more.string(key) }
    }
}

extension ListenerPlan {
    /// `splice`, or a mapping with `transfer` and `buffer`.
    static func read(_ node: ProfileNode, _ name: String) throws(ProfileError) -> ListenerPlan {
        if node.text != nil { return ListenerPlan(transfer: try ProfileSection.choice(node, name, Transfer.self)) }
        let section = try ProfileSection(node, path: name, keys: ["transfer", "buffer"])
        let plan = ListenerPlan(
            transfer: try section.choice("transfer", Transfer.self), bufferBytes: try section.bytes("buffer", 4096...(64 << 20)))
        if plan.bufferBytes != nil, plan.transfer != .copy { throw section.error("buffer", "‘\(section.dotted("buffer"))’ belongs to ‘transfer: copy’") }
        return plan
    }
}

extension ProducersPlan {
    /// - Parameters:
    ///   - phases: a ramp goes over the steady one.
    ///   - topics: that a group may choose.
    static func readAll(_ top: ProfileSection, _ phases: PhasesPlan, among topics: [TopicPlan]) throws(ProfileError) -> [ProducersPlan] {
        let keys = [
            "topic", "count", "mode", "rate", "steps", "ramp", "arrivals", "recordBytes", "keys", "headers", "batchBytes", "linger", "inFlight", "acks", "idempotent",
            "transactions", "compression", "compressionLevel", "compressionRatio", "partitioner", "seed", "cpus",
        ]
        var plans: [ProducersPlan] = []
        for (name, section) in try LoadGroups.sections(top, "producers", keys: keys) {
            var plan = try read(section, top, phases)
            plan.name = name
            plan.topic = try section.topic(among: topics)
            // Groups with one seed would have the same arrivals.
            if !section.has("seed") { plan.seed &+= UInt64(plans.count) }
            plans.append(plan)
        }
        return plans
    }

    private static func read(_ section: ProfileSection, _ top: ProfileSection, _ phases: PhasesPlan) throws(ProfileError) -> ProducersPlan {
        var plan = ProducersPlan()
        plan.count = try section.int("count", 1...256) ?? plan.count
        plan.mode = try section.choice("mode", LoadMode.self) ?? plan.mode
        plan.recordsPerSecond = try section.number("rate")
        plan.rateShape = try RateShape.read(section, steadyNanoseconds: phases.steadyNanoseconds)
        if let shape = plan.rateShape {
            let key = section.has("steps") ? "steps" : "ramp"
            if plan.recordsPerSecond != nil { throw section.error("rate", "‘producers.rate’ stays the same, ‘producers.\(key)’ does not: keep one of them") }
            if phases.steadyWaitNanoseconds > 0 {
                throw section.error(key, "a rate that changes has no steady state to wait for: ‘phases.steadyWait’ must be 0s with ‘producers.\(key)’")
            }
            if top.has("gate") { throw section.error(key, "a comparison of builds keeps one rate: no ‘producers.\(key)’ with ‘gate’") }
            plan.recordsPerSecond = shape.first
        }
        try plan.readArrivals(section)
        if plan.trace != nil, plan.rateShape != nil { throw section.error("arrivals", "‘\(section.dotted("arrivals"))’ has the shape of its trace: no ‘steps’ or ‘ramp’ with it") }
        if plan.trace != nil, top.has("gate") { throw section.error("arrivals", "a comparison of builds draws its arrivals: no trace with ‘gate’") }
        plan.sizes = try RecordSizes.read(section) ?? plan.sizes
        plan.keys = try KeyDistribution.read(section) ?? plan.keys
        plan.headers = try HeadersPlan.read(section)
        plan.batchBytes = try section.bytes("batchBytes", 512...(16 << 20)).map(Int.init) ?? plan.batchBytes
        plan.lingerNanoseconds = try section.duration("linger") ?? plan.lingerNanoseconds
        plan.inFlight = try section.int("inFlight", 1...1000) ?? plan.inFlight
        plan.acks = try section.value("acks", "0, 1 or all") { ["0": 0, "1": 1, "-1": -1, "all": -1][$0] } ?? plan.acks
        plan.idempotent = try section.bool("idempotent") ?? (plan.acks == -1 && plan.inFlight <= 5)
        plan.transactions = try TransactionsPlan.read(section)
        if plan.transactions != nil, top.has("gate") { throw section.error("transactions", "a comparison of builds sends without transactions: none with ‘gate’") }
        plan.codec = try section.value("compression", "none, gzip, snappy, lz4 or zstd") { codecs[$0] } ?? plan.codec
        if let levels = Compressor.levels(plan.codec) {
            plan.compressionLevel = try section.int("compressionLevel", levels)
        } else if section.has("compressionLevel") {
            throw section.error("compressionLevel", "compression \(plan.codec) has no levels")
        }
        plan.compressionRatio = try section.value("compressionRatio", "a number from 1 to \(fixed(PayloadPool.largestCompressionRatio, 0))") {
            parseNumber($0).flatMap { (1...PayloadPool.largestCompressionRatio).contains($0) ? $0 : nil }
        } ?? plan.compressionRatio
        if plan.codec != .none, !section.has("compressionRatio") {
            throw section.error("compression", "‘producers.compression’ needs ‘producers.compressionRatio’, how far the payload can be compressed, such as 2")
        }
        plan.partitioner = try section.choice("partitioner", PartitionerKind.self) ?? (plan.keys == .unkeyed ? plan.partitioner : .murmur2)
        plan.seed = try section.int("seed", 0...Int.max).map(UInt64.init) ?? plan.seed
        plan.cpus = try section.cpus("cpus")
        try plan.check(section, isRateFound: top.has("gate") || top.has("search"))
        return plan
    }

    private static let codecs: [String: Codec] = ["none": .none, "gzip": .gzip, "snappy": .snappy, "lz4": .lz4, "zstd": .zstd]

    /// - Parameter isRateFound: a comparison of builds, or a search, finds the rate of its open loop by itself.
    private func check(_ section: ProfileSection, isRateFound: Bool) throws(ProfileError) {
        switch (mode, recordsPerSecond) {
        case (.open, nil) where !isRateFound: throw section.error("mode", "an open loop needs ‘producers.rate’, in records a second over all producers, or ‘steps’ or ‘ramp’")
        case (.closed, _?), (.max, _?):
            let key = ["rate", "steps", "ramp"].first(where: section.has) ?? "rate"
            throw section.error(key, "‘producers.\(key)’ belongs to mode: open; \(mode.rawValue) is bounded by inFlight")
        default: break
        }
        if idempotent, acks != -1 { throw section.error("idempotent", "idempotent producers need ‘acks: all’") }
        if idempotent, inFlight > 5 { throw section.error("inFlight", "idempotent producers keep at most 5 requests in flight") }
        if transactions != nil, !idempotent { throw section.error("transactions", "transactions need ‘acks: all’ and ‘idempotent: true’") }
        if transactions != nil, mode == .closed {
            throw section.error("transactions", "in a closed loop what is on the way waits for answers, and a transaction for records: transactions go with mode: open or max")
        }
        if keys != .unkeyed, partitioner != .murmur2 {
            throw section.error("partitioner", "‘producers.keys’ decide where records go, as in Kafka: ‘partitioner’ is murmur2 then, or left out")
        }
        if keys == .unkeyed, partitioner == .murmur2 {
            throw section.error("partitioner", "‘partitioner: murmur2’ goes by a record's key, and ‘producers.keys’ says that there is none: name keys, such as {uniform: 1000}, or take round-robin or sticky")
        }
        let largest = sizes.bounds.upperBound, frame = 128 + (headers?.encodedBytes ?? 0)
        if batchBytes < largest + frame {
            throw section.error("batchBytes", "‘producers.batchBytes’ (\(batchBytes)) must hold at least one record of \(largest) bytes and its \(frame) bytes of frame\(headers == nil ? "" : " and headers")")
        }
    }
}

extension ConsumersPlan {
    /// - Parameters:
    ///   - producers: that may cut their records into transactions, which readers then wait for unless they are told otherwise.
    ///   - topics: that a group may choose.
    static func readAll(_ top: ProfileSection, _ producers: [ProducersPlan], among topics: [TopicPlan]) throws(ProfileError) -> [ConsumersPlan] {
        var plans: [ConsumersPlan] = []
        for (name, section) in try LoadGroups.sections(top, "consumers", keys: ["topic", "count", "kind", "rate", "eachRate", "startOffset", "fetch", "isolation", "group"]) {
            var plan = ConsumersPlan()
            plan.name = name
            plan.topic = try section.topic(among: topics)
            let hasTransactions = producers.contains { $0.topic == plan.topic && $0.transactions != nil }
            plan.count = try section.int("count", 1...256) ?? plan.count
            plan.kind = try section.choice("kind", Kind.self) ?? plan.kind
            if plan.kind == .catchUp, !top.has("backlog") {
                throw section.error("kind", "what catches up is held back by a ‘backlog’, and the profile has none: ‘kind: tail’, or a ‘backlog’")
            }
            plan.recordsPerSecond = try section.number("rate")
            if let each = try section.number("eachRate") {
                guard plan.recordsPerSecond == nil else { throw section.error("eachRate", "‘\(section.dotted("rate"))’ is of all consumers together, ‘eachRate’ of each: keep one of them") }
                plan.recordsPerSecond = each * Double(plan.count)
            }
            if plan.kind == .catchUp, plan.isSlow {
                throw section.error(section.has("rate") ? "rate" : "eachRate", "a group that catches up reads as fast as it can: no ‘rate’ with ‘kind: catch-up’")
            }
            plan.start = try Start.read(section) ?? plan.start
            plan.fetch = try FetchLimits.read(section)
            plan.isCommittedOnly = try section.choice("isolation", Isolation.self).map { $0 == .committed } ?? hasTransactions
            plan.group = try GroupPlan.read(section)
            if plan.group != nil, top.has("gate") { throw section.error("group", "a comparison of builds has no rebalances: no ‘group’ with ‘gate’") }
            plans.append(plan)
        }
        return plans
    }
}

extension FetchLimits {
    static func read(_ consumers: ProfileSection) throws(ProfileError) -> FetchLimits {
        var limits = FetchLimits()
        guard let section = try consumers.section("fetch", keys: ["minBytes", "maxWait", "maxBytes", "partitionBytes"]) else { return limits }
        let most = Int64(bytesMaximum)
        limits.minBytes = try section.bytes("minBytes", 0...most).map { Int($0) }
        limits.maxWaitNanoseconds = try section.duration("maxWait")
        if let wait = limits.maxWaitNanoseconds, wait > waitMaximum { throw section.error("maxWait", "‘\(section.dotted("maxWait"))’ must be at most 60s") }
        limits.maxBytes = try section.bytes("maxBytes", 1...most).map { Int($0) }
        limits.partitionBytes = try section.bytes("partitionBytes", 1...most).map { Int($0) }
        return limits
    }
}

extension PhasesPlan {
    static let keys = ["warmUp", "steadyWait", "steady", "coolDown", "then"]

    init(_ top: ProfileSection) throws(ProfileError) {
        guard let section = try top.section("phases", keys: Self.keys) else { return }
        warmUpNanoseconds = try section.duration("warmUp") ?? warmUpNanoseconds
        steadyWaitNanoseconds = try section.duration("steadyWait") ?? steadyWaitNanoseconds
        steadyNanoseconds = try section.duration("steady") ?? steadyNanoseconds
        coolDownNanoseconds = try section.duration("coolDown") ?? coolDownNanoseconds
        if steadyNanoseconds < 1_000_000_000 { throw section.error("steady", "‘phases.steady’ must be at least 1s") }
    }
}

extension ProfileSection {
    func cpus(_ key: String) throws(ProfileError) -> CPUSet? {
        try value(key, "a list of CPUs such as 0-3,8") { CPUSet(list: $0).flatMap { $0.isEmpty ? nil : $0 } }
    }
}
