// A broker whose page cache a control group bounds, with a log that is larger.
internal import Client
internal import Host
internal import Measurement
internal import Topology

/// Filled and synced without a limit, then bounded: what writing into a full group costs is another experiment.
struct BoundedBroker {
    let broker: BrokerProcess
    let group: ControlGroup
    let log: HotLog
    /// What the group leaves for the cache when everything that was written is on the disk.
    let cacheBytes: Int64
    private let limitBytes: Int64

    /// The log over the group's limit where no reader's lag asks for more.
    private static let logFactor = 2.5
    /// Fetches at random places before the figure's own, in logs.
    private static let settlingLogs = 0.5
    private static let seed: UInt64 = 61
    /// At random places at least, so that chance alone makes less than a point of hit rate.
    private static let randomFetches = 6_000

    static func logBytes(memory: Int64, lag: CacheLagPlan?) -> Int64 {
        Int64(Double(memory) * max(logFactor, (lag?.shares.max() ?? 0) * 1.05))
    }

    static func cost(memory: Int64, lag: CacheLagPlan?) -> HeadlineCost {
        let bytes = logBytes(memory: memory, lag: lag)
        // Filled at 500 MB/s, read at random, and each point of the curve twice, with its warm-up and its restoring pass.
        let points = UInt64(lag.map { $0.shares.count + 1 } ?? 0)
        let live = lag.map { CacheLagStudy.liveCost($0, memory: memory) } ?? HeadlineCost(loadNanoseconds: 0, diskBytes: 0)
        let measured = lag.map { $0.steadyNanoseconds + CacheLagStudy.sampledNanoseconds($0) } ?? 0
        return HeadlineCost(
            loadNanoseconds: UInt64(bytes) * 8 + points * (measured + 2 * CacheLagStudy.warmUpNanoseconds + 2 * nanosecondsPerSecond)
                + live.loadNanoseconds,
            diskBytes: bytes + bytes / 4 + live.diskBytes + Int64(Double(points) * CacheLagStudy.producedBytes(lag)))
    }

    /// - Returns: nil when the audit of its log failed.
    /// - Throws: `ControlGroupError` where no such group can be had.
    static func start(memory: Int64, _ plan: PageCacheHeadlinePlan, _ context: RunContext) throws -> BoundedBroker? {
        let group = try context.makeControlGroup("cache")
        var brokerPlan = context.profile.broker
        brokerPlan.settings.merge(plan.brokerSettings) { $1 }
        let broker = try context.startBroker(brokerPlan, label: "bounded", group: group)
        do {
            guard
                let log = try HotLog.fill(
                    context, on: broker.target, topic: "page-cache-bounded", bytes: logBytes(memory: memory, lag: plan.lag), fetchBytes: plan.lag?.fetchBytes ?? 1 << 18,
                    recordBytes: plan.recordBytes)
            else {
                context.stop(broker)
                return nil
            }
            try bound(group, to: memory, log)
            let room = group.reading().roomForCache ?? memory
            return BoundedBroker(broker: broker, group: group, log: log, cacheBytes: room, limitBytes: memory)
        } catch {
            context.stop(broker)
            throw error
        }
    }

    /// A full group gives clean pages back only: those that were not, a moment later.
    private static func bound(_ group: ControlGroup, to bytes: Int64, _ log: HotLog) throws {
        do throws(ControlGroupError) { try group.limit(to: bytes) } catch {
            _ = try log.files.drop(downTo: 0, ofLogBytes: log.bytes)
            try group.limit(to: bytes)
        }
    }

    func stop(_ context: RunContext) { context.stop(broker) }

    /// What keeps the state from being `bounded` right now, one sentence each.
    func unreached() throws -> [String] {
        let now = group.reading()
        let resident = try log.files.residency().residentBytes
        var reasons: [String] = []
        if now.limitBytes != limitBytes / PageCache.pageSize * PageCache.pageSize {
            reasons.append("bounded: the group's limit reads \(now.limitBytes.map { "\($0) bytes" } ?? "none")")
        }
        if !group.holds(broker.pid) { reasons.append("bounded: the broker is not in its group") }
        if resident > limitBytes { reasons.append("bounded: \(decimalBytes(resident)) of the log are resident, more than the group may hold") }
        if now.killed > 0 { reasons.append("bounded: the kernel killed \(now.killed) processes of the group") }
        return reasons
    }

    func residentShare() throws -> Double { try log.files.residentShare(ofLogBytes: log.bytes) }

    /// Fetches at random places, as many as the log has or more, each independent of all others: they find a page with the probability that it is
    /// resident. Others like them have gone before, so that the cache holds what such fetches leave in it.
    func settleAtRandom(_ context: RunContext) throws -> FetchLog {
        var random = SeededRandom(seed: Self.seed)
        let all = log.log.fetches
        let before = log.log.with((0..<max(1, Int(Double(all.count) * Self.settlingLogs))).map { _ in all.randomElement(using: &random)! })
        _ = try before.pass(from: broker.target.bootstrap).run(until: .wholePlan) { try context.checkInterruption() }
        return log.log.with((0..<max(all.count, Self.randomFetches)).map { _ in all.randomElement(using: &random)! })
    }
}
