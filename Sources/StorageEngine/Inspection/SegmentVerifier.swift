// One segment: every batch, and its indexes beside it, in one pass over the files.
internal import Bytes
internal import Host
internal import Records
internal import Vocabulary

struct SegmentVerifier: ~Copyable {
    struct Role {
        /// The log's last segment: a start after a crash cuts it where its whole batches end.
        var isLast: Bool
        /// A broker may be writing to it.
        var isLive: Bool
        /// Its indexes are complete: it was sealed, or its log was closed.
        var isSealed: Bool
        /// Records below this offset may be gone: compaction got this far.
        var compactedBelow: Offset
        /// What its batches' leader epochs have to be.
        var epochs: EpochExpectation
        /// What its files' names end with.
        var suffix = SegmentNaming.Suffix.none
    }

    private let directory: LogDirectory
    private let path: String
    private let base: Offset
    private let role: Role
    private let check = BatchCheck()
    private var window: BatchWindow
    private var offsets: OffsetIndexVerifier?
    private var times: TimeIndexVerifier?
    private var transactions: TransactionIndexVerifier?
    /// The offset that the next batch has to start at or behind.
    private var least: Offset
    /// Whether it has to start right there, where nothing was compacted. Not behind damage.
    private var isAnchored: Bool
    private var leaderEpoch: LeaderEpoch = 0
    private var position = 0
    /// CRC-32C of what the batches' own checksums leave out, as their indexes' seals have it.
    private var headersCrc: UInt32 = 0
    /// There is none though the seals speak of one.
    private var isTransactionIndexGone = false
    /// Damage reaches to the end: what the indexes say of it can't be checked.
    private var isEndUnknown = false

    /// The indexes are opened before the file's size is read: of a live log they then know of no later batch.
    init(base: Offset, in directory: LogDirectory, role: Role) throws(StorageError) {
        self.base = base
        self.role = role
        self.directory = directory
        path = directory.path(base, .log, role.suffix)
        least = base
        isAnchored = true
        let offsetEntries = try EntryReader.open(
            directory.path(base, .offsetIndex, role.suffix), .offset, in: directory.fileSystem)
        let timeEntries = try EntryReader.open(
            directory.path(base, .timeIndex, role.suffix), .time, in: directory.fileSystem)
        let transactionEntries = try EntryReader.open(
            directory.path(base, .transactionIndex, role.suffix), entryBytes: TransactionIndex.entryBytes, in: directory.fileSystem)
        offsets = Self.verifier(offsetEntries, base)
        times = Self.verifier(timeEntries, base)
        transactions = Self.verifier(transactionEntries, base)
        window = try BatchWindow(try io { [path] () throws(SystemError) in try directory.fileSystem.file(path, .read) })
    }

    private static func verifier(_ entries: consuming EntryReader?, _ base: Offset) -> OffsetIndexVerifier? {
        guard let entries else { return nil }
        return OffsetIndexVerifier(entries, base: base)
    }
    private static func verifier(_ entries: consuming EntryReader?, _ base: Offset) -> TimeIndexVerifier? {
        guard let entries else { return nil }
        return TimeIndexVerifier(entries, base: base)
    }

    private static func verifier(_ entries: consuming EntryReader?, _ base: Offset) -> TransactionIndexVerifier? {
        guard let entries else { return nil }
        return TransactionIndexVerifier(entries, base: base)
    }

    /// - Parameter open: the transactions that are open where the segment begins; on return, where it ends.
    /// - Returns: the offset behind the last batch, and whether it is sure.
    mutating func run(
        _ open: inout OpenTransactions, _ sink: inout VerificationSink
    ) throws(StorageError) -> (end: Offset, isSure: Bool) {
        try begin(&sink)
        while position < window.end {
            let header = try window.header(at: position)
            if let fault = BatchFraming.fault(header, at: position, end: window.end) {
                open.lost()
                guard try passOver("\(fault)", &sink) else { break }
            } else {
                guard try verify(header!, &open, &sink) else { break }
            }
        }
        if !isEndUnknown {
            try offsets?.end(at: position, &sink)
            try times?.end(at: least, isComplete: role.isSealed && !role.isLive, &sink)
            try transactions?.end(at: least, logBytes: position, isComplete: role.isSealed && !role.isLive, &sink)
            checkHeaders(&sink)
        } else {
            open.lost()
        }
        if role.isSealed, !role.isLive, window.end > 0 {
            try offsets?.checkSeal(logBytes: isEndUnknown ? nil : position, &sink)
            try times?.checkSeal(logBytes: isEndUnknown ? nil : position, &sink)
        }
        return (least, isAnchored && !isEndUnknown)
    }

    private mutating func begin(_ sink: inout VerificationSink) throws(StorageError) {
        sink.summary.segments += 1
        sink.faultyFiles.removeAll()
        sink.summary.indexEntries += (offsets?.entryCount ?? 0) + (times?.entryCount ?? 0) + (transactions?.entryCount ?? 0)
        // Of a live log an index may be half written.
        if !role.isLive, !role.isSealed {
            offsets?.begin(&sink)
            times?.begin(&sink)
        }
        guard role.isSealed, window.end > 0, !role.isLive else { return }
        // A crash may have kept the name of a replacement's log and lost those of its indexes, which a start doesn't use.
        let missing = role.suffix != .none ? [] : [(offsets == nil, SegmentNaming.Kind.offsetIndex), (times == nil, .timeIndex)].filter(\.0).map(\.1)
        for kind in missing {
            sink.inconsistency(
                directory.path(base, kind, role.suffix), at: nil, found: "no file",
                expected: "an index of the segment; the next start makes it anew")
        }
        if transactions == nil, offsets?.hasTransactions == true {
            isTransactionIndexGone = true
            sink.inconsistency(
                directory.path(base, .transactionIndex, role.suffix), at: nil, found: "no file",
                expected: "the aborted transactions that the offset index's seal speaks of; the next start makes it anew")
        }
        // What has no seal is not believed by the engine either.
        if try offsets?.isSealed(&sink) == false { offsets = nil }
        if try times?.isSealed(&sink) == false { times = nil }
    }

    // MARK: A batch whose header fits

    /// False when the walk can't go on.
    private mutating func verify(
        _ header: BatchView, _ open: inout OpenTransactions, _ sink: inout VerificationSink
    ) throws(StorageError) -> Bool {
        let (size, stored) = (header.size, header.crc)
        let computed = try window.checksum((position + BatchLayout.checksummed)..<(position + size))
        guard computed == stored else {
            open.lost()
            return try damaged("checksum \(hexadecimal(stored))", "\(hexadecimal(computed)), the bytes' own", size, &sink)
        }
        let isWhole = size <= StorageLimits.inspectedBatchBytes
        let read = isWhole ? try window.batch(at: position, size: size) : try window.header(at: position)
        guard let batch = read else { return false }
        checkContent(batch, isWhole: isWhole, &sink)
        if checkOrder(batch, &sink) {
            try offsets?.passed(batch, at: position, &sink)
            try times?.passed(batch, &sink)
            let aborted = try transactions?.passed(batch, &sink)
            if let expected = open.passed(batch) { checkMarker(batch, expected, aborted, &sink) }
        } else {
            open.lost()
            try offsets?.skip(upTo: position + 1)
            try times?.skip(upTo: least, largest: batch.maxTimestamp)
            try transactions?.skip(upTo: least, &sink)
        }
        headersCrc = batch.uncheckedFields(continuing: headersCrc)
        sink.summary.batches += 1
        sink.summary.records += Int64(max(0, batch.recordCount))
        sink.summary.bytes += Int64(size)
        position += size
        return true
    }

    /// Whether the batch's offsets are what they have to be.
    private mutating func checkOrder(_ batch: BatchView, _ sink: inout VerificationSink) -> Bool {
        checkEpoch(batch, &sink)
        guard batch.lastOffsetDelta >= 0 else {
            sink.inconsistency(
                path, at: position + BatchLayout.lastOffsetDelta, found: "last offset delta \(batch.lastOffsetDelta)", expected: "0 or more")
            isAnchored = false
            return false
        }
        let (start, next) = (batch.baseOffset, least)
        let mayStartLater = !isAnchored || start <= role.compactedBelow
        isAnchored = start == next || start > next && mayStartLater
        // Either this offset is wrong or the ones before it are: the next batch tells.
        least = isAnchored ? batch.nextOffset : next &+ Offset(batch.lastOffsetDelta) &+ 1
        guard isAnchored else {
            let isBelowName = start < base
            sink.inconsistency(
                path, at: position, found: "base offset \(start)",
                expected: isBelowName ? "\(base) or more, as the file's name says" : "\(next)\(mayStartLater ? " or more" : "")")
            return false
        }
        guard batch.nextOffset &- 1 &- base <= Offset(Int32.max) else {
            sink.inconsistency(
                path, at: position, found: "last offset \(batch.nextOffset &- 1)",
                expected: "at most \(base &+ Offset(Int32.max)), which the indexes can tell")
            return false
        }
        return true
    }

    private mutating func checkEpoch(_ batch: BatchView, _ sink: inout VerificationSink) {
        if let right = role.epochs.fault(batch.leaderEpoch, at: batch.baseOffset, least: leaderEpoch) {
            sink.inconsistency(
                path, at: position + BatchLayout.partitionLeaderEpoch, found: "leader epoch \(batch.leaderEpoch)", expected: right)
            // Without a checkpoint nothing says which of two is the wrong one.
            if role.epochs.isKnown { return }
        }
        leaderEpoch = max(leaderEpoch, batch.leaderEpoch)
    }

    private func checkContent(_ batch: BatchView, isWhole: Bool, _ sink: inout VerificationSink) {
        let mayLack = batch.baseOffset < role.compactedBelow
        for fault in check.faults(in: batch, isWhole: isWhole, mayLackRecords: mayLack) {
            sink.inconsistency(path, at: position + fault.field, found: fault.found, expected: fault.expected)
        }
        if !isWhole { sink.note(path, at: position, "the batch of \(batch.size) bytes is too large to be opened: its checksum is right") }
    }

    // MARK: What is said of it elsewhere

    /// Whether the transaction index has the entry of an abort marker that it must have, and no other.
    private mutating func checkMarker(
        _ marker: BatchView, _ expected: OpenTransactions.Expectation, _ entry: AbortedTransaction?,
        _ sink: inout VerificationSink
    ) {
        // Of an active segment entries may be in memory. An index that is gone, or has a wrong entry, is named already.
        guard role.isSealed, !role.isLive, !isTransactionIndexGone, transactions?.hasFault != true else { return }
        let file = directory.path(base, .transactionIndex, role.suffix)
        let offset = marker.baseOffset
        switch (expected, entry) {
        case (.entry(let first, _), nil):
            sink.inconsistency(
                file, at: nil, found: "no entry for the marker at offset \(offset)",
                expected: "one: it aborts producer \(marker.producerID)'s transaction, which has records from offset \(first) on")
        case (.entry(let first, let isExact), let entry?) where isExact ? entry.firstOffset != first : entry.firstOffset > first:
            sink.inconsistency(
                file, at: nil, found: "a transaction aborted at offset \(offset) that begins at \(entry.firstOffset)",
                expected: "\(first)\(isExact ? "" : " or less"), where its first record stands")
        case (.none, _?):
            sink.inconsistency(
                file, at: nil, found: "a transaction aborted at offset \(offset)",
                expected: "none: producer \(marker.producerID) has no open transaction there")
        default: break
        }
    }

    /// Whether the batches' headers are those that the indexes were sealed over. What was changed may be named already.
    private mutating func checkHeaders(_ sink: inout VerificationSink) {
        guard role.isSealed, !role.isLive, !sink.faultyFiles.contains(path),
            let sealed = sealedHeaders(), sealed != headersCrc
        else { return }
        sink.inconsistency(
            path, at: nil, found: "base offsets, lengths and leader epochs of checksum \(hexadecimal(headersCrc))",
            expected: "\(hexadecimal(sealed)), by the seal of its index: one of them was changed")
    }

    private mutating func sealedHeaders() -> UInt32? {
        if let sealed = offsets?.headersCrc { return sealed }
        return times?.headersCrc
    }

    // MARK: Damage

    /// A batch whose checksum is wrong. Its length may be right: then a batch follows.
    private mutating func damaged(
        _ found: String, _ expected: String, _ size: Int, _ sink: inout VerificationSink
    ) throws(StorageError) -> Bool {
        let next = position + size
        let follows = try hasBatch(at: next)
        if !follows, endsLive(&sink) { return false }
        sink.inconsistency(path, at: position + BatchLayout.crc, found: found, expected: expected)
        if follows { return try goOn(at: next, &sink) }
        isEndUnknown = true
        guard next < window.end else {
            position = next
            return false
        }
        return try seek(&sink)
    }

    /// The last batch of a live log may be half written.
    private mutating func endsLive(_ sink: inout VerificationSink) -> Bool {
        guard role.isLast, role.isLive else { return false }
        sink.note(path, at: position, "the log is live; taken to end here, where its whole batches do")
        isEndUnknown = true
        return true
    }

    /// Bytes that begin no batch: the space behind the tail, or damage.
    private mutating func passOver(_ found: String, _ sink: inout VerificationSink) throws(StorageError) -> Bool {
        let last = try window.lastNonZero(from: position)
        guard last > position else { return false }
        if endsLive(&sink) { return false }
        sink.inconsistency(
            path, at: position, found: found,
            expected: "a batch from offset \(least) on, or the end of the log: \(last - position) bytes follow")
        return try seek(&sink)
    }

    /// Goes on at the next place that the offset index knows.
    private mutating func seek(_ sink: inout VerificationSink) throws(StorageError) -> Bool {
        isEndUnknown = true
        guard let place = try offsets?.place(behind: position), try hasBatch(at: place) else {
            sink.note(path, at: position, "what is behind can't be read: no index entry leads to a batch there")
            return false
        }
        isEndUnknown = false
        return try goOn(at: place, &sink)
    }

    private mutating func hasBatch(at place: Int) throws(StorageError) -> Bool {
        BatchFraming.fault(try window.header(at: place), at: place, end: window.end) == nil
    }

    private mutating func goOn(at place: Int, _ sink: inout VerificationSink) throws(StorageError) -> Bool {
        try offsets?.skip(upTo: place)
        isAnchored = false
        position = place
        if let header = try window.header(at: place), header.baseOffset > least {
            try times?.skip(upTo: header.baseOffset, largest: .min)
            try transactions?.skip(upTo: header.baseOffset, &sink)
        }
        return true
    }

    private func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
