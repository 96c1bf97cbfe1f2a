// What of a topic's segment files is in the page cache, on a broker of somebody else's that says nothing of it itself.
internal import Host

struct LogCacheReading: Sendable {
    /// nil where it could not be read.
    let residency: LogFiles.Residency?
    let sentence: String

    /// By path, not timed. nil for a broker of ours, whose own counters tell, and where the data directory is not known.
    static func take(of target: BrokerTarget, topics: [String]) -> LogCacheReading? {
        guard target.process == nil, let directory = target.dataDirectory else { return nil }
        do {
            let found = try LogFiles(topics: topics, under: directory).residency()
            let share = found.fileBytes > 0 ? Double(found.residentBytes) / Double(found.fileBytes) : 0
            return LogCacheReading(
                residency: found,
                sentence: "when the phase ended \(percent(min(1, share))) of the \(decimalBytes(found.fileBytes)) in the topic's segment files "
                    + "were in the page cache, by \(found.instrument.rawValue)")
        } catch {
            return LogCacheReading(residency: nil, sentence: "n/a: what of the topic's segment files is in the page cache: \(error)")
        }
    }
}
