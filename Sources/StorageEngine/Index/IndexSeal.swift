// The last 24 bytes of a sealed `.index` or `.timeindex`: what makes the entries before it worth believing.
//
//   marker i32 = −3, or −4 where the segment has a `.txnindex` too (−1 and −2 in eight bytes were a seal without headersCrc)
//   · headersCrc u32 · entries i32 · logBytes i32 · crc u32 (CRC-32C of the entries)
//   · endCrc u32 (CRC-32C of the last entry, where there is one, and of the 20 bytes before)
//
// 24 bytes are a whole number of entries of either kind. A start reads the last entry and the seal, which `endCrc`
// covers; the entries before them are read and compared with `crc` when the index is first searched.
//
// `headersCrc` is the CRC-32C of the first 16 bytes of every batch, one after the other: base offset, length and leader
// epoch, which the broker assigns and the batch's own checksum leaves out. Between compacted batches there are gaps, so
// nothing else would tell a base offset that changed on the disk. `log verify` compares it.
internal import Bytes
internal import Host

struct IndexSeal: Equatable {
    static let byteCount = 24
    static let marker: Int32 = -3
    static let markerWithTransactions: Int32 = -4
    /// Of the seal, those that `endCrc` covers.
    static let coveredBytes = 20

    let entries: Int
    /// Bytes of the segment's `.log` when it was sealed.
    let logBytes: Int
    /// CRC-32C of the entries.
    let crc: UInt32
    /// CRC-32C of what the batches' own checksums leave out.
    let headersCrc: UInt32
    /// Whether the segment has a transaction index: one that is missing is no sign that nothing was aborted.
    let hasTransactions: Bool

    /// - Parameter last: the last entry as the file has it; empty where there is none.
    func encode(last: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.int32(hasTransactions ? Self.markerWithTransactions : Self.marker)
        writer.uint32(headersCrc)
        writer.int32(Int32(truncatingIfNeeded: entries))
        writer.int32(Int32(truncatingIfNeeded: logBytes))
        writer.uint32(crc)
        let end = (last + Array(writer.bytes)).withUnsafeBytes { CRC32C.checksum($0) }
        writer.uint32(end)
        return Array(writer.bytes)
    }

    init(entries: Int, logBytes: Int, crc: UInt32, headersCrc: UInt32, hasTransactions: Bool) {
        self.hasTransactions = hasTransactions
        self.headersCrc = headersCrc
        self.entries = entries
        self.logBytes = logBytes
        self.crc = crc
    }

    /// What `encode` wrote at the end of a file.
    ///
    /// - Parameters:
    ///   - end: the file's last bytes: the last entry and the seal, or the seal alone where it is all of the file.
    ///   - fileBytes: the file's size.
    /// - Returns: nil when it is anything else.
    init?(end: UnsafeRawBufferPointer, fileBytes: Int, entryBytes: Int) {
        guard end.count >= Self.byteCount, fileBytes >= end.count else { return nil }
        let seal = UnsafeRawBufferPointer(rebasing: end[(end.count - Self.byteCount)...])
        func number(_ position: Int) -> Int32 { Int32(bigEndian: seal.loadUnaligned(fromByteOffset: position, as: Int32.self)) }
        let marker = number(0)
        guard marker == Self.marker || marker == Self.markerWithTransactions else { return nil }
        self.init(
            entries: Int(number(8)), logBytes: Int(number(12)), crc: UInt32(bitPattern: number(16)),
            headersCrc: UInt32(bitPattern: number(4)), hasTransactions: marker == Self.markerWithTransactions)
        guard entries >= 0, logBytes >= 0, fileBytes == entries * entryBytes + Self.byteCount,
            end.count == Self.byteCount + (entries > 0 ? entryBytes : 0)
        else { return nil }
        let covered = UnsafeRawBufferPointer(rebasing: end[..<(end.count - Self.byteCount + Self.coveredBytes)])
        guard CRC32C.checksum(covered) == UInt32(bitPattern: number(Self.coveredBytes)) else { return nil }
    }
}

extension IndexSeal {
    /// The seal of an open index file, and the last entry before it.
    ///
    /// - Parameter scratch: memory to read into.
    static func read(
        _ kind: SparseIndex.Kind, from file: File, scratch: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> (seal: IndexSeal, last: SparseIndex.Entry?)? {
        let bytes = Int(try file.size())
        // Of an empty index the seal is all there is.
        let wanted = bytes < byteCount + kind.rawValue ? min(bytes, byteCount) : byteCount + kind.rawValue
        let end = UnsafeMutableRawBufferPointer(rebasing: scratch[..<wanted])
        guard try file.read(into: end, at: Int64(bytes - wanted)) == wanted,
            let seal = IndexSeal(end: UnsafeRawBufferPointer(end), fileBytes: bytes, entryBytes: kind.rawValue)
        else { return nil }
        return (seal, seal.entries > 0 ? SparseIndex.Entry(kind, at: UnsafeRawPointer(scratch.baseAddress!)) : nil)
    }
}

extension SparseIndex {
    /// A sealed segment's index, and what its seal says of the segment. The file is not read but for its end.
    ///
    /// - Returns: nil when there is no file, or one that was not sealed.
    static func sealed(
        _ kind: Kind, of files: SegmentFiles, scratch: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> (index: SparseIndex, seal: IndexSeal)? {
        let file: File
        do throws(StorageError) { file = try files.open(kind.naming, .read) } catch {
            if case .io(let failure) = error, failure.isMissing { return nil }
            throw error
        }
        let found = try io { () throws(SystemError) in try IndexSeal.read(kind, from: file, scratch: scratch) }
        guard let (seal, last) = found else { return nil }
        return (SparseIndex(kind, of: files, as: seal, last: last), seal)
    }
}
