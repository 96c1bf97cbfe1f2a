// A log of a known size on a broker of this host, written for the fetch measurements and then synced, so that no writeback
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
    /// - Parameters:
    ///   - target: a broker whose data directory is known.
    ///   - recordBytes: nil: as the profile's producers have them.
    /// - Returns: nil when the audit of the log failed, as `FetchLog.fill`.
    static func fill(
        _ context: RunContext, on target: BrokerTarget, topic: String, bytes: Int64, fetchBytes: Int64 = FetchLog.fetchBytes, recordBytes: Int? = nil
    ) throws -> HotLog? {
        guard let directory = target.dataDirectory else { throw HarnessError.impossible("\(topic): it is not known where the broker keeps its logs") }
        guard let log = try FetchLog.fill(context, on: target, topic: topic, bytes: bytes, fetchBytes: fetchBytes, recordBytes: recordBytes) else { return nil }
        let files = try LogFiles(topic: log.topic, under: directory)
        _ = try files.synchronize()
        return HotLog(log: log, files: files)
    }
}
