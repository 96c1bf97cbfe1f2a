// A segment's `.txnindex` beside its batches: each entry belongs to an abort marker, and the last line seals the file.
internal import Bytes
internal import Records
internal import Vocabulary

/// What an entry's bytes are.
enum TransactionEntry {
    case aborted(AbortedTransaction)
    /// `coveredBytes` of the entry are under the checksum, behind all the entries before it.
    case seal(entries: Int64, crc: UInt32, coveredBytes: Int)
    case unknown(version: Int16)

    init(_ bytes: UnsafeRawBufferPointer) {
        func number(_ position: Int) -> Int64 {
            Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int64.self))
        }
        switch Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)) {
        case TransactionIndex.entryVersion:
            self = .aborted(
                AbortedTransaction(
                    producerID: number(2), firstOffset: number(10), lastOffset: number(18), lastStableOffset: number(26)))
        case TransactionIndex.sealVersion:
            let covered = TransactionIndex.sealedBytes
            let crc = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: covered, as: UInt32.self))
            self = .seal(entries: number(2), crc: crc, coveredBytes: covered)
        case let version: self = .unknown(version: version)
        }
    }
}

struct TransactionIndexVerifier: ~Copyable {
    private var entries: EntryReader
    private let base: Offset
    private var newest: Offset
    private var stable: Offset = 0
    private var crc: UInt32 = 0
    private var isSealed = false

    init(_ entries: consuming EntryReader, base: Offset) {
        self.entries = entries
        self.base = base
        newest = base - 1
    }

    var entryCount: Int { entries.count }

    /// - Parameter batch: whole, as far as its first record.
    mutating func passed(_ batch: BatchView, _ sink: inout VerificationSink) throws(StorageError) {
        while let transaction = try next(&sink), transaction.lastOffset < batch.nextOffset {
            if transaction.lastOffset <= newest || transaction.lastStableOffset < stable
                || transaction.firstOffset >= transaction.lastOffset || transaction.lastStableOffset > transaction.lastOffset + 1 {
                fault("aborted transaction \(transaction.firstOffset) to \(transaction.lastOffset), stable at \(transaction.lastStableOffset)",
                      "an end above \(newest), a start below the end, a stable offset from \(stable) to behind the end", &sink)
            } else if !Self.isAbort(batch, of: transaction) {
                fault("producer \(transaction.producerID)'s transaction aborted at offset \(transaction.lastOffset)",
                      "the offset of a marker that aborts one of its transactions", &sink)
            } else {
                (newest, stable) = (transaction.lastOffset, transaction.lastStableOffset)
            }
            try step()
        }
    }

    private static func isAbort(_ batch: BatchView, of transaction: AbortedTransaction) -> Bool {
        guard batch.isControl, batch.producerID == transaction.producerID, batch.baseOffset == transaction.lastOffset else { return false }
        // A marker whose transaction is gone may have been compacted away, its batch kept for the producer's sake.
        guard batch.recordCount > 0 else { return true }
        return (try? ControlBatch.marker(of: batch))?.outcome == .abort
    }

    /// Nothing can be said of entries that end below `offset`.
    mutating func skip(upTo offset: Offset, _ sink: inout VerificationSink) throws(StorageError) {
        while let transaction = try next(&sink), transaction.lastOffset < offset {
            (newest, stable) = (max(newest, transaction.lastOffset), max(stable, transaction.lastStableOffset))
            try step()
        }
    }

    /// - Parameter isComplete: the segment is sealed, and so is the file.
    mutating func end(at next: Offset, isComplete: Bool, _ sink: inout VerificationSink) throws(StorageError) {
        while let transaction = try self.next(&sink) {
            fault("a transaction aborted at offset \(transaction.lastOffset)", "an offset below \(next), where the batches end", &sink)
            try step()
        }
        guard isComplete else { return }
        if entries.excess > 0 { entries.reportExcess(&sink) }
        guard !isSealed else { return }
        sink.inconsistency(
            entries.path, at: entries.position, found: "no line that seals the file",
            expected: "one of version \(TransactionIndex.sealVersion) with the number of entries and their checksum; the next start makes the index anew")
    }

    /// The transaction that the current entry is; passes over the seal and what is neither.
    private mutating func next(_ sink: inout VerificationSink) throws(StorageError) -> AbortedTransaction? {
        while let bytes = try entries.peek() {
            switch TransactionEntry(bytes) {
            case .aborted(let transaction):
                guard isSealed else { return transaction }
                fault("an entry behind the line that seals the file", "the file's end", &sink)
            case .seal(let count, let stored, let covered):
                let computed = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<covered]), continuing: crc)
                if stored != computed || count != Int64(entries.index) {
                    fault("a seal of \(count) entries, checksum 0x\(String(stored, radix: 16))",
                          "\(entries.index) entries, checksum 0x\(String(computed, radix: 16))", &sink)
                }
                isSealed = true
            case .unknown(let version):
                fault("version \(version)", "\(TransactionIndex.entryVersion), or \(TransactionIndex.sealVersion) for the last line", &sink)
            }
            try step()
        }
        return nil
    }

    private mutating func step() throws(StorageError) {
        if let bytes = try entries.peek() { crc = CRC32C.checksum(bytes, continuing: crc) }
        entries.advance()
    }

    private func fault(_ found: String, _ expected: String, _ sink: inout VerificationSink) {
        sink.inconsistency(entries.path, at: entries.position, found: found, expected: expected)
    }
}
