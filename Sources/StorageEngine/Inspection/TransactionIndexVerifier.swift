// A segment's `.txnindex` beside its batches: each entry belongs to an abort marker, each abort marker of a transaction
// with records has its entry, and the last line seals the file.
internal import Bytes
internal import Records
internal import Vocabulary

/// What an entry's bytes are.
enum TransactionEntry {
    struct Seal {
        var entries: Int64
        /// Of the segment's batches.
        var logBytes: Int64
        var crc: UInt32
        /// Nothing else may stand behind the checksum.
        var endsInZeros: Bool
    }

    case aborted(AbortedTransaction)
    case seal(Seal)
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
            self = .seal(
                Seal(
                    entries: number(2), logBytes: number(10), crc: crc,
                    endsInZeros: bytes[(covered + 4)...].allSatisfy { $0 == 0 }))
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
    private var seal: TransactionEntry.Seal?
    /// Something was wrong with an entry: what is missing may be that one.
    private(set) var hasFault = false

    init(_ entries: consuming EntryReader, base: Offset) {
        self.entries = entries
        self.base = base
        newest = base - 1
    }

    var entryCount: Int { entries.count }

    /// - Parameter batch: whole, as far as its first record.
    /// - Returns: the transaction that the batch aborts, by the index.
    mutating func passed(_ batch: BatchView, _ sink: inout VerificationSink) throws(StorageError) -> AbortedTransaction? {
        var found: AbortedTransaction?
        while let transaction = try next(&sink), transaction.lastOffset < batch.nextOffset {
            if transaction.lastOffset <= newest || transaction.lastStableOffset < stable
                || transaction.firstOffset >= transaction.lastOffset || transaction.lastStableOffset > transaction.lastOffset + 1 {
                fault("aborted transaction \(transaction.firstOffset) to \(transaction.lastOffset), stable at \(transaction.lastStableOffset)",
                      "an end above \(newest), a start below the end, a stable offset from \(stable) to behind the end", &sink)
            } else if !Self.isAbort(batch, of: transaction) {
                fault("producer \(transaction.producerID)'s transaction aborted at offset \(transaction.lastOffset)",
                      "the offset of a marker that aborts one of its transactions", &sink)
            } else {
                (newest, stable, found) = (transaction.lastOffset, transaction.lastStableOffset, transaction)
            }
            try step()
        }
        return found
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

    /// - Parameters:
    ///   - logBytes: where the batches end.
    ///   - isComplete: the segment is sealed, and so is the file.
    mutating func end(at next: Offset, logBytes: Int, isComplete: Bool, _ sink: inout VerificationSink) throws(StorageError) {
        while let transaction = try self.next(&sink) {
            fault("a transaction aborted at offset \(transaction.lastOffset)", "an offset below \(next), where the batches end", &sink)
            try step()
        }
        guard isComplete else { return }
        if entries.excess > 0 { entries.reportExcess(&sink) }
        guard let seal else {
            return sink.inconsistency(
                entries.path, at: entries.position, found: "no line that seals the file",
                expected: "one of version \(TransactionIndex.sealVersion) with the number of entries and their checksum; the next start makes the index anew")
        }
        guard seal.logBytes != Int64(logBytes), !hasFault else { return }
        sink.inconsistency(
            entries.path, at: entries.position - TransactionIndex.entryBytes + 10, found: "a seal over \(seal.logBytes) bytes of log",
            expected: "\(logBytes), where its batches end")
    }

    /// The transaction that the current entry is; passes over the seal and what is neither.
    private mutating func next(_ sink: inout VerificationSink) throws(StorageError) -> AbortedTransaction? {
        while let bytes = try entries.peek() {
            switch TransactionEntry(bytes) {
            case .aborted(let transaction):
                guard seal != nil else { return transaction }
                fault("an entry behind the line that seals the file", "the file's end", &sink)
            case .seal(let found):
                check(found, computed: CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<TransactionIndex.sealedBytes]), continuing: crc), &sink)
                seal = found
            case .unknown(let version):
                fault("version \(version)", "\(TransactionIndex.entryVersion), or \(TransactionIndex.sealVersion) for the last line", &sink)
            }
            try step()
        }
        return nil
    }

    private mutating func check(_ seal: TransactionEntry.Seal, computed: UInt32, _ sink: inout VerificationSink) {
        if seal.crc != computed || seal.entries != Int64(entries.index) {
            fault("a seal of \(seal.entries) entries, checksum 0x\(String(seal.crc, radix: 16))",
                  "\(entries.index) entries, checksum 0x\(String(computed, radix: 16))", &sink)
        } else if !seal.endsInZeros {
            fault("a seal with something behind its checksum", "zeros", &sink)
        }
    }

    private mutating func step() throws(StorageError) {
        if let bytes = try entries.peek() { crc = CRC32C.checksum(bytes, continuing: crc) }
        entries.advance()
    }

    private mutating func fault(_ found: String, _ expected: String, _ sink: inout VerificationSink) {
        hasFault = true
        sink.inconsistency(entries.path, at: entries.position, found: found, expected: expected)
    }
}
