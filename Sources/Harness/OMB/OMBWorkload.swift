// A workload file of OpenMessaging Benchmark (OMB): what its Workload.java reads, and what its forks have added to it.

package struct OMBWorkload: Equatable, Sendable {
    package enum KeyDistributor: String, Sendable, CaseIterable {
        case none = "NO_KEY"
        case roundRobin = "KEY_ROUND_ROBIN"
        case random = "RANDOM_NANO"
    }

    /// Sizes from `low` up to, not including, `high`, by weight.
    package struct SizeRange: Equatable, Sendable {
        var low, high: Int
        var weight: Double
    }

    /// The file as the user named it, and its text.
    package var path: String
    package var text: String
    /// What of a sweep template was chosen here, in order; empty for a workload.
    package var choices: [(key: String, value: Int)] { zip(chosenKeys, chosenValues).map { ($0, $1) } }
    var chosenKeys: [String] = []
    var chosenValues: [Int] = []
    /// Keys that the file has.
    var given: Set<String> = []

    package var name = ""
    package var topics = 0
    package var partitionsPerTopic = 0
    package var messageSize = 0
    package var subscriptionsPerTopic = 0
    package var producersPerTopic = 0
    package var consumerPerSubscription = 0
    /// Records a second of all producers; 0: the highest that can be sustained is looked for.
    package var producerRate = 0

    var keyDistributor = KeyDistributor.none
    var useRandomizedPayloads = false
    var randomBytesRatio = 0.0
    var payloadFile: String?
    /// Empty: every record is of `messageSize`.
    var sizeRanges: [SizeRange] = []
    /// 2³⁰ bytes, over all subscriptions.
    var consumerBacklogSizeGB = 0.0
    var backlogDrainRatio = 1.0
    var testDurationMinutes = 0.0
    /// nil: the default of the driver's make.
    var warmupDurationMinutes: Double?

    // MARK: Redpanda's fork

    package var existingTopicList: [String] = []
    package var existingProduceTopicList: [String] = []
    package var existingConsumeTopicList: [String] = []
    var sampleRateMillis = 10_000
    /// Records a second while a backlog is drained; -1: as before.
    var drainProducerRate = -1
    var consumerOnly = false

    // MARK: other forks

    var producerStartRate: Int?
    var acceptableBacklog: Int?
    var producerPauseBeforeDrain = false
    var producerPauseDuringDrain = false
    var messageRateReceivedForSubscription: Int?
}

extension OMBWorkload {
    /// Of OMB's class, then of its forks, then of its sweep templates.
    static let keys = [
        "name", "topics", "partitionsPerTopic", "keyDistributor", "messageSize", "useRandomizedPayloads", "randomBytesRatio", "randomizedPayloadPoolSize",
        "payloadFile", "subscriptionsPerTopic", "producersPerTopic", "consumerPerSubscription", "producerRate", "consumerBacklogSizeGB", "backlogDrainRatio",
        "testDurationMinutes", "warmupDurationMinutes", "messageSizeDistribution", "existingTopicList", "existingProduceTopicList", "existingConsumeTopicList",
        "sampleRateMillis", "drainProducerRate", "consumerOnly", "producerStartRate", "acceptableBacklog", "producerIncrementRate", "producerIncrementSeconds",
        "producerPauseBeforeDrain", "producerPauseDuringDrain", "messageRateReceivedForSubscription", "nameFormat",
    ]

    /// Of which a sweep template has lists, in the order in which its tool goes through them, the last fastest.
    private static var axes: [(key: String, range: ClosedRange<Int>, path: WritableKeyPath<OMBWorkload, Int>)] {
        [
            ("topics", 1...TopicPlan.countMaximum, \.topics), ("partitionsPerTopic", 1...TopicPlan.partitionsMaximum, \.partitionsPerTopic),
            ("messageSize", 1...RecordSizes.largest, \.messageSize), ("subscriptionsPerTopic", 0...LoadGroups.groupsMaximum, \.subscriptionsPerTopic),
            ("producersPerTopic", 1...256, \.producersPerTopic), ("consumerPerSubscription", 0...256, \.consumerPerSubscription),
            ("producerRate", 0...SearchPlan.ratesMaximum, \.producerRate),
        ]
    }

    /// The workload of a file, or all that a sweep template comes to.
    ///
    /// - Throws: a `ProfileError` at what can't be read, is not known, or contradicts itself.
    package static func load(_ path: String) throws(ProfileError) -> [OMBWorkload] {
        let text = try OMBFile.text(path)
        return try read(text, path: path)
    }

    static func read(_ text: String, path: String) throws(ProfileError) -> [OMBWorkload] {
        let section = try OMBFile.section(text, path: path, kind: "workload", keys: keys)
        var workload = OMBWorkload(path: path, text: text)
        workload.given = Set(section.keysInOrder)
        workload.name = try section.string("name") ?? OMBFile.baseName(path)
        try workload.readLoad(section)
        try workload.readPayload(section)
        try workload.readForks(section)
        try workload.check(section)
        return try workload.expanded(section)
    }

    private mutating func readLoad(_ section: ProfileSection) throws(ProfileError) {
        keyDistributor = try section.choice("keyDistributor", KeyDistributor.self) ?? keyDistributor
        consumerBacklogSizeGB = try section.plainNumber("consumerBacklogSizeGB", 0...16_384) ?? 0
        backlogDrainRatio = try section.plainNumber("backlogDrainRatio", 0...1) ?? backlogDrainRatio
        let minutes = try section.required("testDurationMinutes", try section.plainNumber("testDurationMinutes", 0...1_000_000))
        guard minutes > 0 else { throw section.error("testDurationMinutes", "‘testDurationMinutes: 0’ is a test without an end: say how many minutes") }
        testDurationMinutes = minutes
        warmupDurationMinutes = try section.plainNumber("warmupDurationMinutes", 0...1_000_000)
    }

    private mutating func readPayload(_ section: ProfileSection) throws(ProfileError) {
        useRandomizedPayloads = try section.bool("useRandomizedPayloads") ?? false
        randomBytesRatio = try section.plainNumber("randomBytesRatio", 0...1) ?? 0
        _ = try section.int("randomizedPayloadPoolSize", 0...Int(Int32.max))
        payloadFile = try section.string("payloadFile")
        guard let ranges = try section.section("messageSizeDistribution", keys: nil) else { return }
        for key in ranges.keysInOrder {
            guard let range = OMBFile.sizes(key) else {
                throw (ranges.keyPlace(key) ?? ranges.place).error(
                    "‘messageSizeDistribution’ has the range ‘\(key)’, which must read MIN-MAX, in bytes or with KB or MB, the smaller first, as in 256-1024")
            }
            guard range.lowerBound < RecordSizes.largest else {
                throw (ranges.keyPlace(key) ?? ranges.place).error("‘messageSizeDistribution’ has the range ‘\(key)’: records of up to 1 MiB can be sent")
            }
            let weight = try ranges.required(key, try ranges.plainNumber(key, 0...1e12))
            sizeRanges.append(SizeRange(low: range.lowerBound, high: range.upperBound, weight: weight))
        }
        guard sizeRanges.contains(where: { $0.weight > 0 }) else {
            throw section.error("messageSizeDistribution", "‘messageSizeDistribution’ adds up to nothing: at least one range needs a weight above 0")
        }
    }

    private mutating func readForks(_ section: ProfileSection) throws(ProfileError) {
        existingTopicList = try section.words("existingTopicList")
        existingProduceTopicList = try section.words("existingProduceTopicList")
        existingConsumeTopicList = try section.words("existingConsumeTopicList")
        sampleRateMillis = try section.int("sampleRateMillis", 1...86_400_000) ?? sampleRateMillis
        drainProducerRate = try section.int("drainProducerRate", -1...SearchPlan.ratesMaximum) ?? drainProducerRate
        consumerOnly = try section.bool("consumerOnly") ?? false
        producerStartRate = try section.int("producerStartRate", 1...SearchPlan.ratesMaximum)
        acceptableBacklog = try section.int("acceptableBacklog", 0...Int(Int32.max))
        for key in ["producerIncrementRate", "producerIncrementSeconds"] { _ = try section.int(key, 0...Int(Int32.max)) }
        producerPauseBeforeDrain = try section.bool("producerPauseBeforeDrain") ?? false
        producerPauseDuringDrain = try section.bool("producerPauseDuringDrain") ?? false
        messageRateReceivedForSubscription = try section.int("messageRateReceivedForSubscription", 0...SearchPlan.ratesMaximum)
    }

    /// What no single key can tell.
    private func check(_ section: ProfileSection) throws(ProfileError) {
        if payloadFile != nil, useRandomizedPayloads {
            throw section.error("payloadFile", "‘payloadFile’ and ‘useRandomizedPayloads: true’ both say what is sent: leave one of them out")
        }
        let (produced, consumed) = (existingProduceTopicList, existingConsumeTopicList)
        if !produced.isEmpty, !consumed.isEmpty, produced != consumed {
            throw section.error(
                "existingConsumeTopicList", "‘existingConsumeTopicList’ has other topics than ‘existingProduceTopicList’: what is read is audited against what was sent, so both must be the same")
        }
    }

    /// Topics that are there, of whichever list names them; empty: the run makes its own.
    package var existingTopics: [String] {
        [existingTopicList, existingProduceTopicList, existingConsumeTopicList].first { !$0.isEmpty } ?? []
    }

    /// Every combination of the lists, in which single values are lists of one.
    private func expanded(_ section: ProfileSection) throws(ProfileError) -> [OMBWorkload] {
        let format = try section.string("nameFormat")
        var all = [self]
        for (key, range, path) in Self.axes {
            let isTemplate = section.isList(key)
            guard let values = try section.ints(key, range) else {
                try requireUnlessImplied(key, section)
                continue
            }
            guard all.count * values.count <= ProfileSweep.pointsMaximum else {
                throw section.error(key, "the template has more than \(ProfileSweep.pointsMaximum) workloads")
            }
            all = all.flatMap { workload in
                values.map { value in
                    var one = workload
                    one[keyPath: path] = value
                    if isTemplate { (one.chosenKeys, one.chosenValues) = (one.chosenKeys + [key], one.chosenValues + [value]) }
                    return one
                }
            }
        }
        for index in all.indices { try all[index].finish(section, format) }
        return all
    }

    private func requireUnlessImplied(_ key: String, _ section: ProfileSection) throws(ProfileError) {
        switch key {
        case "topics" where !existingTopics.isEmpty, "partitionsPerTopic" where !existingTopics.isEmpty, "messageSize" where !sizeRanges.isEmpty, "subscriptionsPerTopic", "consumerPerSubscription": return
        case "producerRate":
            throw section.place.error("‘workload’ lacks the key ‘producerRate’: records a second, or 0 to look for the highest that can be sustained")
        default: throw section.place.error("‘workload’ lacks the key ‘\(key)’")
        }
    }

    /// What the numbers decide.
    private mutating func finish(_ section: ProfileSection, _ format: String?) throws(ProfileError) {
        if topics == 0 { topics = existingTopics.count }
        if partitionsPerTopic == 0 { partitionsPerTopic = 1 }
        if !existingTopics.isEmpty, existingTopics.count < topics {
            throw section.error("topics", "‘topics’ is \(topics), and \(existingTopics.count) are named as existing")
        }
        if consumerBacklogSizeGB > 0, producerRate == 0 {
            throw section.error("producerRate", "a backlog stands behind one rate: ‘consumerBacklogSizeGB’ needs a ‘producerRate’ above 0, in OMB too")
        }
        if consumerBacklogSizeGB > 0 || consumerOnly, readers == 0 {
            throw section.error("consumerBacklogSizeGB", "a backlog needs readers: ‘subscriptionsPerTopic’ and ‘consumerPerSubscription’ above 0")
        }
        if consumerOnly, consumerBacklogSizeGB == 0 { throw section.error("consumerOnly", "‘consumerOnly’ needs a ‘consumerBacklogSizeGB’ to consume") }
        guard let format else { return }
        name = Self.axes.reduce(format) { $0.replacing("${\($1.key)}", with: "\(self[keyPath: $1.path])") }
    }

    /// Threads that read.
    var readers: Int { subscriptionsPerTopic * consumerPerSubscription }
}
