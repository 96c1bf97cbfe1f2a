// What Kafka's consumer tool counts, and the lines that it makes of it.

/// Records read over the whole run and since the last line. Times are milliseconds since 1970.
struct ReadStatistics {
    /// The reading between two lines.
    struct Interval: Equatable {
        let start: Int64
        let end: Int64
        let records: Int64
        let bytes: Int64
        let totalRecords: Int64
        let totalBytes: Int64
        /// Milliseconds without a partition in it.
        let joining: Int64

        /// - Parameter time: the end, in the format that was asked for.
        func line(time: String) -> String {
            let milliseconds = Double(end - start)
            let fetching = end - start - joining
            let perSecond = fetching <= 0 ? 0 : 1000 / Double(fetching)
            // Kafka's tool has one thread, too.
            return "\(time), 0, \(javaFixed(megabytes(totalBytes), 4)), \(javaFixed(1000 * megabytes(bytes) / milliseconds, 4)), \(totalRecords), "
                + "\(javaFixed(Double(records) / milliseconds * 1000, 4)), \(joining), \(fetching), \(javaFixed(megabytes(bytes) * perSecond, 4)), "
                + javaFixed(Double(records) * perSecond, 4)
        }
    }

    static func header(detailed: Bool) -> String {
        (detailed ? "time, threadId" : "start.time, end.time")
            + ", data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec"
    }

    private let asked: Int64
    private let interval: Int64
    private let pollRecords: Int
    private let start: Int64
    private(set) var records: Int64 = 0
    private(set) var bytes: Int64 = 0
    /// When a record came last; the start before the first one.
    private(set) var lastReadAt: Int64
    /// Whether as much was read as was asked for. Found out between two polls only, so that a few more may have been read.
    private(set) var isDone: Bool
    private var recordsInPoll = 0
    private var reported: (at: Int64, records: Int64, bytes: Int64, joining: Int64)
    /// Without a partition since then; nil while there is one, and for a reader in no group.
    private var joiningSince: Int64?
    /// Milliseconds without a partition, until it had one each time.
    private var joining: Int64 = 0

    /// - Parameters:
    ///   - asked: records to be read.
    ///   - interval: milliseconds between two lines, at least.
    ///   - pollRecords: what one poll of Kafka's consumer returns at most.
    init(asked: Int64, interval: Int64, pollRecords: Int, start: Int64) {
        precondition(asked >= 0 && interval > 0 && pollRecords > 0, "\(asked) records, \(pollRecords) a poll, a line every \(interval) ms")
        self.asked = asked
        self.interval = interval
        self.pollRecords = pollRecords
        self.start = start
        lastReadAt = start
        isDone = asked == 0
        reported = (start, 0, 0, 0)
    }

    /// Counts one record. To be called unless `isDone`.
    ///
    /// - Returns: the interval that ends with this record.
    mutating func record(bytes recordBytes: Int, at now: Int64) -> Interval? {
        records += 1
        bytes += Int64(recordBytes)
        lastReadAt = now
        var ended: Interval?
        if now - reported.at >= interval {
            ended = Interval(
                start: reported.at, end: now, records: records - reported.records, bytes: bytes - reported.bytes, totalRecords: records,
                totalBytes: bytes, joining: joining - reported.joining)
            reported = (now, records, bytes, joining)
        }
        recordsInPoll += 1
        if recordsInPoll == pollRecords { endPoll() }
        return ended
    }

    /// It has no partition from here on: what goes by until it is given some is no time of fetching.
    mutating func beginJoining(at now: Int64) { joiningSince = now }

    mutating func endJoining(at now: Int64) {
        if let joiningSince { joining += now - joiningSince }
        joiningSince = nil
    }

    /// A poll returns nothing behind the end of an answer.
    mutating func endPoll() {
        recordsInPoll = 0
        isDone = records >= asked
    }

    /// The line at the end.
    ///
    /// - Parameters:
    ///   - startTime, endTime: in the format that was asked for.
    ///   - end: the end's milliseconds.
    func totalLine(startTime: String, endTime: String, end: Int64) -> String {
        let fetching = end - start - joining
        let (seconds, fetchSeconds) = (Double(end - start) / 1000, Double(fetching) / 1000)
        return "\(startTime), \(endTime), \(javaFixed(megabytes(bytes), 4)), \(javaFixed(megabytes(bytes) / seconds, 4)), \(records), "
            + "\(javaFixed(Double(records) / seconds, 4)), \(joining), \(fetching), \(javaFixed(megabytes(bytes) / fetchSeconds, 4)), "
            + javaFixed(Double(records) / fetchSeconds, 4)
    }
}

/// A megabyte of these tools is 2²⁰ bytes.
private func megabytes(_ bytes: Int64) -> Double { Double(bytes) / 1_048_576 }
