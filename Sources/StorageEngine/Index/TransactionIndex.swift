// A segment's aborted transactions, in the order of the markers that aborted them: `.txnindex`. No file where there are none.
//
//   entry     version i16 = 0 · producerId i64 · firstOffset i64 · lastOffset i64 · lastStableOffset i64      as Kafka's
//   last      version i16 = −1 · entries i64 · logBytes i64 · crc u32 (CRC-32C of everything before it) · 12 zeros   once sealed
//
// A sealed segment's file without its last line, or with anything wrong in it, is made anew from the log. Written with
// pwrite like the other indexes; what is in memory only is lost by a crash, which the scan of the segment makes good.
internal import Bytes
internal import Host
internal import Records
internal import Vocabulary

final class TransactionIndex {
    static let entryBytes = 34
    static let entryVersion: Int16 = 0
    static let sealVersion: Int16 = -1
    /// Of the sealing line, those before its checksum.
    static let sealedBytes = 18

    private let files: SegmentFiles
    /// Transactions, in the file and in memory.
    private(set) var count = 0
    /// Transactions in the file.
    private var fileCount = 0
    /// Of the entries in the file.
    private var crc: UInt32 = 0
    private var tail: [AbortedTransaction] = []
    private var file: File?
    private(set) var hasFile: Bool
    /// Whether a sealed segment has to have the file.
    var isNeeded: Bool { count > 0 || hasFile }

    /// An index without entries.
    ///
    /// - Parameter hasFile: whether a file is there, whatever it holds.
    init(_ files: SegmentFiles, hasFile: Bool = false) {
        self.files = files
        self.hasFile = hasFile
    }

    // MARK: Writing

    /// Adds a transaction whose marker stands behind the last one's.
    func append(_ transaction: AbortedTransaction) throws(StorageError) {
        tail.append(transaction)
        count += 1
        if tail.count == StorageLimits.indexTailEntries { try writeTail() }
    }

    /// Completes the file and lets go of it. Touches nothing where there are no entries and never were.
    ///
    /// - Parameter logBytes: bytes of the segment that the entries describe.
    func seal(logBytes: Int) throws(StorageError) {
        guard isNeeded else { return }
        try writeTail()
        var line = ByteWriter()
        line.int16(Self.sealVersion)
        line.int64(Int64(count))
        line.int64(Int64(logBytes))
        line.uint32(Array(line.bytes).withUnsafeBytes { CRC32C.checksum($0, continuing: crc) })
        line.write([UInt8](repeating: 0, count: Self.entryBytes - line.count))
        try write(Array(line.bytes), at: fileCount)
        release()
    }

    /// Forgets every entry and leaves an empty file, which is not a sealed one: whatever comes between, the next start
    /// makes it anew.
    ///
    /// - Parameter makesFile: whether there has to be one where there is none yet.
    func restart(makesFile: Bool) throws(StorageError) {
        (count, fileCount, crc, tail) = (0, 0, 0, [])
        guard makesFile || hasFile else { return }
        let file = try openFile()
        try io { () throws(SystemError) in try file.truncate(to: 0) }
    }

    func release() { file = nil }

    private func writeTail() throws(StorageError) {
        guard !tail.isEmpty else { return }
        var writer = ByteWriter()
        for transaction in tail {
            writer.int16(Self.entryVersion)
            writer.int64(transaction.producerID)
            writer.int64(transaction.firstOffset)
            writer.int64(transaction.lastOffset)
            writer.int64(transaction.lastStableOffset)
        }
        let bytes = Array(writer.bytes)
        try write(bytes, at: fileCount)
        crc = bytes.withUnsafeBytes { CRC32C.checksum($0, continuing: crc) }
        fileCount += tail.count
        tail.removeAll()
    }

    private func write(_ bytes: [UInt8], at entry: Int) throws(StorageError) {
        let file = try openFile()
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        try io { () throws(SystemError) in
            try file.write(UnsafeRawBufferPointer(memory), at: Int64(entry * Self.entryBytes))
        }
    }

    private func openFile() throws(StorageError) -> File {
        if let file { return file }
        let opened = try files.open(.transactionIndex, .create)
        file = opened
        hasFile = true
        return opened
    }

    // MARK: Reading

    /// Adds the transactions that touch `from..<upTo` to `found`.
    ///
    /// - Returns: whether later segments can't have more of them.
    func collect(
        from: Offset, upTo: Offset, into found: inout [AbortedTransaction], scratch: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Bool {
        guard count > 0 else { return false }
        var entry = try firstEntry(endingAtOrAbove: from, scratch: scratch)
        while entry < fileCount {
            let read = min(scratch.count / Self.entryBytes, fileCount - entry)
            try self.read(entry, read, scratch)
            for index in 0..<read where Self.take(Self.load(scratch, index), from, upTo, &found) { return true }
            entry += read
        }
        for transaction in tail where Self.take(transaction, from, upTo, &found) { return true }
        return false
    }

    /// Every transaction of the segment.
    func entries(scratch: UnsafeMutableRawBufferPointer) throws(StorageError) -> [AbortedTransaction] {
        var found: [AbortedTransaction] = []
        _ = try collect(from: 0, upTo: .max, into: &found, scratch: scratch)
        return found
    }

    /// Whether this is the last transaction that can touch `from..<upTo`: all that come later begin at or above its
    /// last stable offset.
    private static func take(
        _ transaction: AbortedTransaction, _ from: Offset, _ upTo: Offset, _ found: inout [AbortedTransaction]
    ) -> Bool {
        if transaction.lastOffset >= from, transaction.firstOffset < upTo { found.append(transaction) }
        return transaction.lastStableOffset >= upTo
    }

    /// Among those in the file.
    private func firstEntry(
        endingAtOrAbove offset: Offset, scratch: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Int {
        var low = 0
        var high = fileCount
        while low < high {
            let middle = (low + high) / 2
            try read(middle, 1, scratch)
            if Self.load(scratch, 0).lastOffset < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func read(_ entry: Int, _ entries: Int, _ memory: UnsafeMutableRawBufferPointer) throws(StorageError) {
        let wanted = UnsafeMutableRawBufferPointer(rebasing: memory[..<(entries * Self.entryBytes)])
        let file = try openFile()
        let position = Int64(entry * Self.entryBytes)
        let count = try io { () throws(SystemError) in try file.read(into: wanted, at: position) }
        guard count == wanted.count else {
            throw .corrupt(path: file.path, position: position, .truncated(needed: wanted.count, available: count))
        }
    }

    private static func load(_ memory: UnsafeMutableRawBufferPointer, _ entry: Int) -> AbortedTransaction {
        func number(_ position: Int) -> Int64 {
            Int64(bigEndian: memory.loadUnaligned(fromByteOffset: entry * entryBytes + position, as: Int64.self))
        }
        return AbortedTransaction(
            producerID: number(2), firstOffset: number(10), lastOffset: number(18), lastStableOffset: number(26))
    }

    // MARK: What a start finds

    /// Takes up the file of a segment whose records lie in `offsets` and are `logBytes` long. A file that was sealed over
    /// less, and came back when lost power took what was written over it, is not that segment's.
    ///
    /// - Returns: false, with the index empty, when the file is not one that was sealed.
    func trust(_ offsets: Range<Offset>, logBytes: Int, scratch: UnsafeMutableRawBufferPointer) throws(StorageError) -> Bool {
        let file = try openFile()
        defer { release() }
        let size = Int(try io { () throws(SystemError) in try file.size() })
        guard size >= Self.entryBytes, size % Self.entryBytes == 0 else { return false }
        let entries = size / Self.entryBytes - 1
        var (crc, newest, stable) = (UInt32(0), offsets.lowerBound - 1, Offset(0))
        var entry = 0
        while entry < entries {
            let read = min(scratch.count / Self.entryBytes, entries - entry)
            try self.read(entry, read, scratch)
            for index in 0..<read {
                guard Self.version(scratch, index) == Self.entryVersion else { return false }
                let transaction = Self.load(scratch, index)
                guard transaction.lastOffset > newest, offsets.contains(transaction.lastOffset),
                    transaction.firstOffset < transaction.lastOffset, transaction.lastStableOffset >= stable,
                    transaction.lastStableOffset <= transaction.lastOffset + 1
                else { return false }
                (newest, stable) = (transaction.lastOffset, transaction.lastStableOffset)
            }
            crc = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: scratch[..<(read * Self.entryBytes)]), continuing: crc)
            entry += read
        }
        guard try isSealed(entries, logBytes, crc, scratch) else { return false }
        (count, fileCount, self.crc, tail) = (entries, entries, crc, [])
        return true
    }

    private func isSealed(
        _ entries: Int, _ logBytes: Int, _ crc: UInt32, _ scratch: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Bool {
        try read(entries, 1, scratch)
        let line = UnsafeRawBufferPointer(rebasing: scratch[..<Self.entryBytes])
        let stored = UInt32(bigEndian: line.loadUnaligned(fromByteOffset: Self.sealedBytes, as: UInt32.self))
        let sealed = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: line[..<Self.sealedBytes]), continuing: crc)
        return Self.version(scratch, 0) == Self.sealVersion && stored == sealed
            && Int64(bigEndian: line.loadUnaligned(fromByteOffset: 2, as: Int64.self)) == Int64(entries)
            && Int64(bigEndian: line.loadUnaligned(fromByteOffset: 10, as: Int64.self)) == Int64(logBytes)
            && line[(Self.sealedBytes + 4)...].allSatisfy { $0 == 0 }
    }

    private static func version(_ memory: UnsafeMutableRawBufferPointer, _ entry: Int) -> Int16 {
        Int16(bigEndian: memory.loadUnaligned(fromByteOffset: entry * entryBytes, as: Int16.self))
    }
}
