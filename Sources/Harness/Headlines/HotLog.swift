// A log of a known size on a broker, written for the fetch measurements and then synced, so that no writeback
// of ours runs beside what is measured.
internal import Client

/// A filled topic, its files, and the fetches that cover it.
struct HotLog {
    let topic: String
    let partitions: Int
    /// Bytes of record batches in the log.
    let bytes: Int64
    let files: LogFiles
    let fetches: [PlannedFetch]

    /// Produces about `bytes` of records in batches of 64 KiB at full speed, audited, syncs the files and reads them once.
    static func fill(_ context: RunContext, broker: BrokerProcess, topic: String, bytes: Int64) throws -> HotLog {
        var load = LoadPlan(context.profile, label: "fill \(topic)", topic: topic)
        load.producers.mode = .max
        load.producers.recordsPerSecond = nil
        load.producers.count = 1
        load.producers.batchBytes = 65_536
        load.clientCPUs = []
        load.consumers = nil
        load.byteBudget = bytes
        load.headline = topic
        _ = try context.fill(load, on: broker.target)
        let files = try LogFiles(topic: topic, under: broker.dataDirectory)
        _ = try files.synchronize()
        let fetches = try FetchPlanner.plan(
            broker: broker.listeners[0], topic: topic, partitions: Int32(load.topicPlan.partitions)
        ) { try context.checkInterruption() }
        guard !fetches.isEmpty else { throw HarnessError.impossible("the log of \(topic) is empty") }
        return HotLog(topic: topic, partitions: load.topicPlan.partitions, bytes: bytes, files: files, fetches: fetches)
    }
}
