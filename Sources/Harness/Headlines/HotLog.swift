// A log of a known size on a broker of ours, written for the fetch measurements and then synced, so that no writeback
// of ours runs beside what is measured.

/// An audited log and its files.
struct HotLog {
    let log: FetchLog
    let files: LogFiles

    var topic: String { log.topic }
    /// Bytes of record batches in the log.
    var bytes: Int64 { log.bytes }

    /// Fills a log of about `bytes`, syncs its files.
    ///
    /// - Returns: nil when the audit of the log failed, as `FetchLog.fill`.
    static func fill(_ context: RunContext, broker: BrokerProcess, topic: String, bytes: Int64) throws -> HotLog? {
        guard let log = try FetchLog.fill(context, on: broker.target, topic: topic, bytes: bytes) else { return nil }
        let files = try LogFiles(topic: topic, under: broker.dataDirectory)
        _ = try files.synchronize()
        return HotLog(log: log, files: files)
    }
}
