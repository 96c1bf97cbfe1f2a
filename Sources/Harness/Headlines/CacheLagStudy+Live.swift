// The curve's one point in earnest: a consumer that stays behind the end of a log that grows, at the pace of its producer.
internal import Client
internal import Host
internal import Measurement
internal import Results

extension CacheLagStudy {
    /// In which the distance is built up.
    private static let buildSeconds = 3.0
    /// The group's memory has to be given back, and only what is on the disk can be: the broker writes it as it comes.
    private static let flushMilliseconds = 200

    /// Of such a point, beside its disk.
    static func liveCost(_ plan: CacheLagPlan, memory: Int64) -> HeadlineCost {
        guard let share = plan.liveShare else { return HeadlineCost(loadNanoseconds: 0, diskBytes: 0) }
        let seconds = buildSeconds + Double(plan.steadyNanoseconds) / 1e9
        let perSecond = max(share * Double(memory) / buildSeconds, plan.recordsPerSecond * Double(plan.recordBytes) * RunPlan.logOverhead)
        return HeadlineCost(loadNanoseconds: UInt64(seconds * 1e9) + nanosecondsPerSecond, diskBytes: Int64(perSecond * (seconds + 1)))
    }

    /// - Parameter share: caches that the reader is to stay behind.
    func live(_ share: Double, _ context: RunContext) throws -> LiveLag {
        let target = bounded.broker.target
        try sample(true)
        let distance = UInt64(share * Double(bounded.cacheBytes) / (Double(plan.recordBytes) * RunPlan.logOverhead))
        let label = "live lag \(fixed(share, 2))"
        var load = LoadPlan(context.profile, label: label, topic: "page-cache-live-\(context.record.phases.count)")
        load.producers = producer(context)
        let perSecond = max(plan.recordsPerSecond, Double(distance) / Self.buildSeconds)
        load.producers.recordsPerSecond = perSecond
        load.topicPlan.settings["flush.ms"] = String(Self.flushMilliseconds)
        load.consumers = nil
        load.clientCPUs = []
        load.byteBudget = nil
        load.headline = "page-cache"
        load.phases.warmUpNanoseconds = UInt64(Double(distance) / perSecond * 1e9)
        load.phases.steadyWaitNanoseconds = 0
        load.phases.steadyNanoseconds = plan.steadyNanoseconds
        load.phases.coolDownNanoseconds = 0
        var reader: LaggingReader?
        var read: LaggingReader.Outcome?
        defer { reader?.giveUp() }
        let (topic, partitions) = (load.topic, Int32(load.topicPlan.partitions))
        load.beforeSteady = {
            reader = LaggingReader(from: target.bootstrap, target.security, topic: topic, partitions: partitions, fetchBytes: Int32(plan.fetchBytes))
        }
        load.onProgress = { written in
            let records = written / UInt64(plan.recordBytes)
            reader?.allow(records - min(records, distance))
        }
        load.afterSteady = {
            let ending = reader
            reader = nil
            read = try ending?.stop()
        }
        let outcome = try context.load(load, on: target)
        guard let read, read.records > 0 else { throw HarnessError.impossible("\(label): the reader read nothing") }
        let behind = Double(read.recordsBehind) * Double(read.bytes) / Double(read.records)
        let counters = outcome.measurement.counters
        return LiveLag(
            lagShare: share, foundShare: behind / Double(bounded.cacheBytes), producerRecordsPerSecond: perSecond, bytesRead: read.bytes, hitRate: hitRate(counters),
            prefetch: Self.prefetch(counters, outcome.measurement.broker?.deviceReadBytes))
    }
}
