// The two indexes of a segment beside its batches: one pass, batch by batch.
internal import Records
internal import Vocabulary

/// Compares `.index` with the batches that go by.
struct OffsetIndexVerifier: ~Copyable {
    private var entries: EntryReader
    private let base: Offset
    private var previous: SparseIndex.Entry?

    init(_ entries: consuming EntryReader, base: Offset) {
        self.entries = entries
        self.base = base
    }

    var entryCount: Int { entries.count }

    mutating func begin(_ sink: inout VerificationSink) { entries.reportExcess(&sink) }

    /// Whether the index has the seal it must have.
    func isSealed(_ sink: inout VerificationSink) throws(StorageError) -> Bool { entries.isSealed(&sink) }

    /// Whether its seal says that there is a transaction index.
    var hasTransactions: Bool { entries.seal?.hasTransactions == true }
    /// What its seal says of the batches' headers.
    var headersCrc: UInt32? { entries.seal?.headersCrc }

    mutating func checkSeal(logBytes: Int?, _ sink: inout VerificationSink) throws(StorageError) {
        try entries.checkSeal(logBytes: logBytes, &sink)
    }

    /// A whole batch stands at `position`.
    mutating func passed(_ batch: BatchView, at position: Int, _ sink: inout VerificationSink) throws(StorageError) {
        let offset = batch.nextOffset &- 1 &- base
        while let entry = try current(), Int(entry.value) <= position {
            // The next entries are compared with the last right one.
            var right: SparseIndex.Entry?
            if isInOrder(entry, &sink) {
                if Int(entry.value) < position {
                    fault(entry, "no batch starts there; one starts at \(position)", &sink)
                } else {
                    right = SparseIndex.Entry(key: offset, value: entry.value)
                    if entry.key != offset {
                        sink.inconsistency(
                            entries.path, at: entries.position, found: "relative offset \(entry.key) of the batch at \(position)",
                            expected: "\(offset), its last")
                    }
                }
            }
            previous = right ?? previous
            entries.advance()
        }
    }

    /// Nothing can be said of entries that point into the range.
    mutating func skip(upTo position: Int) throws(StorageError) {
        while let entry = try current(), Int(entry.value) < position { entries.advance() }
    }

    /// The first position behind `position` that an entry points to: where a walk that lost its way goes on.
    mutating func place(behind position: Int) throws(StorageError) -> Int? {
        while let entry = try current() {
            if Int(entry.value) > position { return Int(entry.value) }
            entries.advance()
        }
        return nil
    }

    /// The batches end at `position`.
    mutating func end(at position: Int, _ sink: inout VerificationSink) throws(StorageError) {
        while let entry = try current() {
            if isInOrder(entry, &sink) { fault(entry, "the batches end at \(position)", &sink) }
            entries.advance()
        }
    }

    private mutating func current() throws(StorageError) -> SparseIndex.Entry? {
        try entries.peek().map { SparseIndex.Entry(.offset, at: $0.baseAddress!) }
    }

    private func isInOrder(_ entry: SparseIndex.Entry, _ sink: inout VerificationSink) -> Bool {
        let least = previous ?? SparseIndex.Entry(key: -1, value: 0)
        guard entry.key <= least.key || entry.value <= least.value else { return true }
        sink.inconsistency(
            entries.path, at: entries.position, found: "offset \(entry.key) at position \(entry.value)",
            expected: "more than offset \(least.key) and more than position \(least.value)")
        return false
    }

    private func fault(_ entry: SparseIndex.Entry, _ expected: String, _ sink: inout VerificationSink) {
        sink.inconsistency(entries.path, at: entries.position, found: "an entry for position \(entry.value)", expected: expected)
    }
}

/// Compares `.timeindex` with the batches that go by.
struct TimeIndexVerifier: ~Copyable {
    private var entries: EntryReader
    private let base: Offset
    private var previous: SparseIndex.Entry?
    private var largest = Int64.min

    init(_ entries: consuming EntryReader, base: Offset) {
        self.entries = entries
        self.base = base
    }

    var entryCount: Int { entries.count }

    mutating func begin(_ sink: inout VerificationSink) { entries.reportExcess(&sink) }

    /// Whether the index has the seal it must have.
    func isSealed(_ sink: inout VerificationSink) throws(StorageError) -> Bool { entries.isSealed(&sink) }
    /// What its seal says of the batches' headers.
    var headersCrc: UInt32? { entries.seal?.headersCrc }

    mutating func checkSeal(logBytes: Int?, _ sink: inout VerificationSink) throws(StorageError) {
        try entries.checkSeal(logBytes: logBytes, &sink)
    }

    mutating func passed(_ batch: BatchView, _ sink: inout VerificationSink) throws(StorageError) {
        largest = max(largest, batch.maxTimestamp)
        let last = batch.nextOffset &- 1 &- base
        while let entry = try current(), Int64(entry.value) <= last {
            if isInOrder(entry, &sink) {
                if Int64(entry.value) < last {
                    fault(entry, "the last offset of a batch, such as \(last)", &sink)
                } else if entry.key != largest || entry.key != batch.maxTimestamp {
                    fault(entry, "timestamp \(largest), the largest up to that offset", &sink)
                } else {
                    previous = entry
                }
            }
            entries.advance()
        }
    }

    /// Nothing can be said of entries for offsets below `offset`.
    ///
    /// - Parameter timestamp: the largest that is known to stand below it.
    mutating func skip(upTo offset: Offset, largest timestamp: Int64) throws(StorageError) {
        largest = max(largest, timestamp)
        while let entry = try current(), Offset(entry.value) < offset &- base {
            largest = max(largest, entry.key)
            previous = entry
            entries.advance()
        }
    }

    /// - Parameter isComplete: the segment is sealed, and its last entry says the largest timestamp.
    mutating func end(at next: Offset, isComplete: Bool, _ sink: inout VerificationSink) throws(StorageError) {
        while let entry = try current() {
            if isInOrder(entry, &sink) { fault(entry, "an offset below \(next &- base), where the batches end", &sink) }
            entries.advance()
        }
        guard isComplete, largest >= 0, (previous?.key ?? -1) < largest else { return }
        sink.inconsistency(
            entries.path, at: entries.position, found: previous.map { "\($0.key) as the last timestamp" } ?? "no entry",
            expected: "an entry for \(largest), the largest timestamp of the segment")
    }

    private mutating func current() throws(StorageError) -> SparseIndex.Entry? {
        try entries.peek().map { SparseIndex.Entry(.time, at: $0.baseAddress!) }
    }

    private func isInOrder(_ entry: SparseIndex.Entry, _ sink: inout VerificationSink) -> Bool {
        let least = previous ?? SparseIndex.Entry(key: -1, value: -1)
        guard entry.key <= least.key || entry.value <= least.value else { return true }
        sink.inconsistency(
            entries.path, at: entries.position, found: "timestamp \(entry.key) at offset \(entry.value)",
            expected: "more than timestamp \(least.key) and more than offset \(least.value)")
        return false
    }

    private func fault(_ entry: SparseIndex.Entry, _ expected: String, _ sink: inout VerificationSink) {
        sink.inconsistency(
            entries.path, at: entries.position, found: "timestamp \(entry.key) at offset \(entry.value)", expected: expected)
    }
}

extension EntryReader {
    func reportExcess(_ sink: inout VerificationSink) {
        guard excess > 0 else { return }
        sink.inconsistency(
            path, at: count * entryBytes, found: "\(excess) bytes behind the last whole entry",
            expected: "entries of \(entryBytes) bytes")
    }
}
