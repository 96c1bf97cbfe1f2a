// Index files changed by a test and sealed again, so that only their meaning is wrong.
import Bytes
@testable import StorageEngine
import Vocabulary

extension Rig {
    /// Changes the entries of a sealed index.
    ///
    /// - Parameters:
    ///   - logBytes: what the new seal says of the log; nil: what the old one did.
    ///   - crc: what it says of the entries; nil: what is right.
    func reseal(
        _ kind: SparseIndex.Kind, _ base: Offset, logBytes: Int? = nil, crc: UInt32? = nil, _ change: (inout [UInt8]) -> Void
    ) {
        disk.damage(path(base, kind.naming.rawValue)) { bytes in
            let old = bytes.suffix(IndexSeal.byteCount + kind.rawValue)
            let seal = Array(old).withUnsafeBytes { IndexSeal(end: $0, fileBytes: bytes.count, entryBytes: kind.rawValue) }!
            var entries = Array(bytes.dropLast(IndexSeal.byteCount))
            change(&entries)
            let computed = entries.withUnsafeBytes { CRC32C.checksum($0) }
            let new = IndexSeal(
                entries: entries.count / kind.rawValue, logBytes: logBytes ?? seal.logBytes, crc: crc ?? computed,
                hasTransactions: seal.hasTransactions)
            bytes = entries + new.encode(last: Array(entries.suffix(kind.rawValue)))
        }
    }
}
