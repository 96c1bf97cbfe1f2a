// Index files changed by a test and sealed again, so that only their meaning is wrong.
import Bytes
import Records
@testable import StorageEngine
import Vocabulary

extension Rig {
    /// Changes the entries of a sealed index.
    ///
    /// - Parameters:
    ///   - logBytes: what the new seal says of the log; nil: what the old one did.
    ///   - crc: what it says of the entries; nil: what is right.
    ///   - headersCrc: what it says of the batches' headers; nil: what the old one did.
    ///   - hasTransactions: whether it says that there is a transaction index; nil: as the old one did.
    func reseal(
        _ kind: SparseIndex.Kind, _ base: Offset, logBytes: Int? = nil, crc: UInt32? = nil, headersCrc: UInt32? = nil,
        hasTransactions: Bool? = nil, _ change: (inout [UInt8]) -> Void
    ) {
        disk.damage(path(base, kind.naming.rawValue)) { bytes in
            let old = bytes.suffix(IndexSeal.byteCount + kind.rawValue)
            let seal = Array(old).withUnsafeBytes { IndexSeal(end: $0, fileBytes: bytes.count, entryBytes: kind.rawValue) }!
            var entries = Array(bytes.dropLast(IndexSeal.byteCount))
            change(&entries)
            let computed = entries.withUnsafeBytes { CRC32C.checksum($0) }
            let new = IndexSeal(
                entries: entries.count / kind.rawValue, logBytes: logBytes ?? seal.logBytes, crc: crc ?? computed,
                headersCrc: headersCrc ?? seal.headersCrc,
                hasTransactions: hasTransactions ?? seal.hasTransactions)
            bytes = entries + new.encode(last: Array(entries.suffix(kind.rawValue)))
        }
    }

    /// Puts another transaction index in the place of a segment's, sealed rightly but for what the caller says.
    ///
    /// - Parameter logBytes: what the seal says of the log; nil: what is right.
    func putTransactions(_ base: Offset, _ transactions: [AbortedTransaction], logBytes: Int? = nil) {
        var writer = ByteWriter()
        for transaction in transactions {
            writer.int16(TransactionIndex.entryVersion)
            for number in [transaction.producerID, transaction.firstOffset, transaction.lastOffset, transaction.lastStableOffset] {
                writer.int64(number)
            }
        }
        writer.int16(TransactionIndex.sealVersion)
        writer.int64(Int64(transactions.count))
        writer.int64(Int64(logBytes ?? disk.bytes(of: path(base, ".log"))!.count))
        writer.uint32(Array(writer.bytes).withUnsafeBytes { CRC32C.checksum($0) })
        writer.write([UInt8](repeating: 0, count: 12))
        disk.put(Array(writer.bytes), at: path(base, ".txnindex"))
    }

    /// Changes the first 16 bytes of a segment's `number`-th batch, which its checksum does not cover.
    func changeHeader(_ base: Offset, batch number: Int, _ change: (MutableBatch) -> Void) {
        disk.damage(path(base, ".log")) { bytes in
            bytes.withUnsafeMutableBytes { bytes in
                var position = 0
                for _ in 0..<number { position += BatchView(unchecked: UnsafeRawBufferPointer(rebasing: bytes[position...])).size }
                change(MutableBatch(UnsafeMutableRawBufferPointer(rebasing: bytes[position...])))
            }
        }
    }

    /// Says in the seals of a segment's indexes what its batches' headers are now.
    func resealHeaders(_ base: Offset) {
        let bytes = disk.bytes(of: path(base, ".log"))!
        var crc: UInt32 = 0
        bytes.withUnsafeBytes { bytes in
            var position = 0
            while position < bytes.count {
                let batch = BatchView(unchecked: UnsafeRawBufferPointer(rebasing: bytes[position...]))
                crc = batch.uncheckedFields(continuing: crc)
                position += batch.size
            }
        }
        for kind in [SparseIndex.Kind.offset, .time] { reseal(kind, base, headersCrc: crc) { _ in } }
    }
}
