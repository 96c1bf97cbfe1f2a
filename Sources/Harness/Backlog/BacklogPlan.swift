// `backlog:` in a profile: readers are held back, and caught up again.
internal import Host
internal import Measurement

/// What is built up behind the readers after the steady phase, and how they get at it. Durations in nanoseconds.
package struct BacklogPlan: Equatable, Sendable {
    package enum Size: Equatable, Sendable {
        /// Of records, all partitions together.
        case bytes(Int64)
        /// So long at the rate at which it is built.
        case time(UInt64)
    }
    /// What the producers do while the readers catch up.
    package enum Producers: String, Sendable, CaseIterable { case running, throttled, stopped }
    /// The log's pages when the readers begin.
    package enum Cache: String, Sendable, CaseIterable {
        /// In memory as far as the kernel has left them there.
        case asIs = "as-is"
        /// Synced, dropped, and seen to be gone.
        case cold
    }

    package var size: Size
    /// Records a second of all groups together while it is built; nil: the producers' rate. Each group has the share of it that it has
    /// of their rate.
    package var recordsPerSecond: Double?
    package var producers = Producers.running
    /// Of the rate of each group, where they are throttled.
    package var throttleShare = 0.1
    package var cache = Cache.asIs
    /// Of the backlog, after which its readers count as having caught up.
    package var drainShare = 1.0
    /// Readers that have not caught up by then are not waited for.
    package var atMostNanoseconds: UInt64 = 120_000_000_000

    /// Producers run again so long before the readers do.
    static let settleNanoseconds = nanosecondsPerSecond
    /// Readers have caught up when they are behind by at most what is offered in this time.
    static let caughtUpSeconds = 0.1
    private static let atMostMaximum: UInt64 = 3_000 * nanosecondsPerSecond
    /// Nobody has asked for longer; the readers' connections are kept up meanwhile.
    static let buildMaximum: UInt64 = 3_600 * nanosecondsPerSecond

    /// Records a second while the readers catch up, of producers with such a rate.
    func offered(of rate: Double) -> Double {
        switch producers {
        case .running: rate
        case .throttled: rate * throttleShare
        case .stopped: 0
        }
    }

    /// - Parameters:
    ///   - rate: records a second.
    ///   - recordBytes: of values, on average.
    func buildNanoseconds(_ rate: Double, recordBytes: Double) -> UInt64 {
        switch size {
        // Nobody waits three centuries: a rate may be next to nothing.
        case .bytes(let bytes): UInt64(min(9e18, (Double(bytes) / recordBytes / rate * 1e9).rounded(.up)))
        case .time(let nanoseconds): nanoseconds
        }
    }

    /// What these groups take to build it. Bytes are those that the readers are to catch up with: what goes where none of them reads
    /// is written beside them.
    func buildNanoseconds(_ producers: [ProducersPlan], _ consumers: [ConsumersPlan]) -> UInt64 {
        let (rate, behind) = (producers.recordsPerSecond ?? 0, producers.heldBack(from: consumers))
        guard rate > 0, let behindRate = behind.recordsPerSecond else { return 0 }
        return buildNanoseconds((recordsPerSecond ?? rate) * behindRate / rate, recordBytes: behind.meanValueBytes)
    }
}

extension [ConsumersPlan] {
    /// Whether a backlog holds a group back: those that are to catch up or, where none says so, all that are not slow on purpose.
    func holdsBack(_ group: ConsumersPlan) -> Bool {
        contains { $0.kind == .catchUp } ? group.kind == .catchUp : !group.isSlow
    }

    /// The sets of topics that a backlog stands in, each once, in the order of the groups.
    var heldBackTopics: [String?] {
        reduce(into: [] as [String?]) { found, group in
            if holdsBack(group), !found.contains(group.topic) { found.append(group.topic) }
        }
    }
}

extension [ProducersPlan] {
    /// Those whose records a backlog keeps from one of these groups.
    func heldBack(from consumers: [ConsumersPlan]) -> [ProducersPlan] {
        let topics = consumers.heldBackTopics
        return filter { topics.contains($0.topic) }
    }
}

extension BacklogPlan {
    static func read(_ top: ProfileSection, _ producers: [ProducersPlan], _ consumers: [ConsumersPlan]) throws(ProfileError) -> BacklogPlan? {
        let keys = ["bytes", "time", "rate", "producers", "throttle", "cache", "drain", "atMost"]
        guard let section = try top.section("backlog", keys: keys) else { return nil }
        var plan = BacklogPlan(size: try size(section))
        plan.recordsPerSecond = try section.number("rate")
        plan.producers = try section.choice("producers", Producers.self) ?? plan.producers
        if let share = try section.share("throttle") {
            guard plan.producers == .throttled else { throw section.error("throttle", "‘backlog.throttle’ belongs to ‘backlog.producers: throttled’") }
            plan.throttleShare = share
        }
        plan.cache = try section.choice("cache", Cache.self) ?? plan.cache
        plan.drainShare = try section.share("drain") ?? plan.drainShare
        plan.atMostNanoseconds = try section.duration("atMost") ?? plan.atMostNanoseconds
        guard (nanosecondsPerSecond...atMostMaximum).contains(plan.atMostNanoseconds) else { throw section.error("atMost", "‘backlog.atMost’ must be from 1s to 50m") }
        try check(top, section, producers, consumers, plan)
        return plan
    }

    private static func size(_ section: ProfileSection) throws(ProfileError) -> Size {
        let (bytes, time) = (try section.bytes("bytes", (1 << 16)...(1 << 44)), try section.duration("time"))
        guard (bytes != nil) != (time != nil) else { throw section.place.error("‘backlog’ must have one of ‘bytes: 1GiB’ and ‘time: 1m’") }
        if let bytes { return .bytes(bytes) }
        guard (100_000_000...buildMaximum).contains(time!) else { throw section.error("time", "‘backlog.time’ must be from 100ms to 1h") }
        return .time(time!)
    }

    /// What only the whole profile can tell.
    private static func check(
        _ top: ProfileSection, _ section: ProfileSection, _ producers: [ProducersPlan], _ consumers: [ConsumersPlan], _ plan: BacklogPlan
    ) throws(ProfileError) {
        guard !producers.isEmpty, !consumers.isEmpty else { throw top.error("backlog", "‘backlog’ needs ‘producers’ that write it and ‘consumers’ that read it") }
        guard producers.recordsPerSecond != nil else {
            let odd = producers.first { [$0].recordsPerSecond == nil }?.name.map { ", which ‘\($0)’ has not" } ?? ""
            throw top.error("producers", "‘backlog’ needs ‘producers.mode: open’ and a ‘producers.rate’ that stays\(odd)")
        }
        guard consumers.contains(where: { !$0.isSlow }) else {
            throw top.error("consumers", "‘backlog’ holds readers back and sees them catch up, which those that are slow on purpose never do: ‘consumers’ without a ‘rate’")
        }
        guard plan.buildNanoseconds(producers, consumers) <= buildMaximum else {
            throw section.error("bytes", "at this rate the backlog takes more than 1h to build: a higher ‘backlog.rate’")
        }
        if top.has("gate") { throw top.error("gate", "two builds are compared at one lag: no ‘gate’ with ‘backlog’") }
        if let headlines = top.node("headlines"), case .mapping(let pairs, _) = headlines, let placement = pairs.first(where: { ["placement", "numa"].contains($0.key) }) {
            throw placement.place.error("‘headlines.\(placement.key)’ runs the load once a placement: not with ‘backlog’")
        }
    }

    /// What building it and catching up takes at most, and puts on the disk.
    func cost(_ producers: [ProducersPlan], _ consumers: [ConsumersPlan]) -> HeadlineCost {
        let rate = producers.recordsPerSecond ?? 0
        let build = buildNanoseconds(producers, consumers)
        let records = Double(build) / 1e9 * (recordsPerSecond ?? rate) + Double(atMostNanoseconds + Self.settleNanoseconds) / 1e9 * offered(of: rate)
        return HeadlineCost(
            loadNanoseconds: build + Self.settleNanoseconds + atMostNanoseconds,
            diskBytes: Int64(records * producers.meanRecordBytes * RunPlan.logOverhead), assumption: "readers may take \(fixed(Double(atMostNanoseconds) / 1e9, 0)) s to catch up")
    }
}
