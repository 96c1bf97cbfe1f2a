// A file of fixed-size entries whose first number grows: (offset → position) or (timestamp → offset), both relative
// to the segment's base offset where they are offsets. Kafka's formats:
//
//   .index      relativeOffset i32 · position i32            of the last record of a batch, and where the batch starts
//   .timeindex  timestamp i64 · relativeOffset i32           no record up to that offset has a larger timestamp
//
// Written with pwrite, never mapped: a sparse mapping on a full disk is a SIGBUS. The newest entries are in memory
// and reach the file in groups; a crash loses them and recovery makes them again from the log. A sealed segment's file
// ends with an IndexSeal, and nothing of a file that this process did not write is believed without it.
internal import Bytes
internal import Host
internal import Records
internal import Vocabulary

final class SparseIndex {
    enum Kind: Int {
        case offset = 8
        case time = 12

        var naming: SegmentNaming.Kind { self == .offset ? .offsetIndex : .timeIndex }
    }

    struct Entry: Equatable {
        var key: Int64
        var value: Int32

        init(key: Int64, value: Int32) {
            self.key = key
            self.value = value
        }

        /// An entry as its file holds it.
        init(_ kind: Kind, at memory: UnsafeRawPointer) {
            switch kind {
            case .offset:
                key = Int64(Int32(bigEndian: memory.loadUnaligned(as: Int32.self)))
                value = Int32(bigEndian: memory.loadUnaligned(fromByteOffset: 4, as: Int32.self))
            case .time:
                key = Int64(bigEndian: memory.loadUnaligned(as: Int64.self))
                value = Int32(bigEndian: memory.loadUnaligned(fromByteOffset: 8, as: Int32.self))
            }
        }
    }

    /// Which number of an entry a search goes by. Both grow.
    enum Column { case key, value }

    let kind: Kind
    private let files: SegmentFiles
    /// Entries, in the file and in memory.
    private(set) var count: Int
    /// Entries in the file.
    private var fileCount: Int
    private var tail: UnsafeMutableRawPointer?
    private var file: File?
    /// The entries of the file that were searched last: a consumer's next fetch ends near its last one.
    private var window: UnsafeMutableRawPointer?
    private var windowEntries = 0..<0
    /// CRC-32C of the entries in the file.
    private var crc: UInt32 = 0
    /// The last entry in the file.
    private var lastInFile: Entry?
    /// Whether the entries in the file are those that were written: this process wrote or checked them.
    private(set) var isVerified = true
    /// Whether a seal stands behind the entries in the file.
    private var hasSeal = false

    /// An index without entries.
    init(_ kind: Kind, of files: SegmentFiles) {
        self.kind = kind
        self.files = files
        count = 0
        fileCount = 0
    }

    /// An index whose file ends as `seal` says. It has to be verified before it is searched.
    init(_ kind: Kind, of files: SegmentFiles, as seal: IndexSeal, last: Entry?) {
        self.kind = kind
        self.files = files
        count = seal.entries
        fileCount = seal.entries
        crc = seal.crc
        lastInFile = last
        hasSeal = true
        isVerified = seal.entries == 0
    }

    deinit {
        tail?.deallocate()
        window?.deallocate()
    }

    private var entryBytes: Int { kind.rawValue }

    /// Adds an entry whose key is larger than the last one's.
    func append(_ entry: Entry) throws(StorageError) {
        let tail = self.tail ?? .allocate(byteCount: StorageLimits.indexTailEntries * entryBytes, alignment: 8)
        self.tail = tail
        store(entry, to: tail + (count &- fileCount) &* entryBytes)
        count &+= 1
        if count &- fileCount == StorageLimits.indexTailEntries { try writeTail() }
    }

    /// Writes what is in memory. Creates the file.
    func writeTail() throws(StorageError) {
        let file = try openFile()
        guard let tail, count > fileCount else { return }
        let bytes = UnsafeRawBufferPointer(start: tail, count: (count - fileCount) * entryBytes)
        if hasSeal { try io { () throws(SystemError) in try file.truncate(to: Int64(fileCount * entryBytes)) } }
        hasSeal = false
        try io { () throws(SystemError) in try file.write(bytes, at: Int64(fileCount * entryBytes)) }
        crc = CRC32C.checksum(bytes, continuing: crc)
        lastInFile = load(tail + (count - 1 - fileCount) * entryBytes)
        fileCount = count
    }

    /// Writes everything and the seal behind it, and lets go of memory and file. Later entries take the seal's place.
    ///
    /// - Parameters:
    ///   - logBytes: bytes of the segment that the entries describe.
    ///   - headersCrc: of those batches, as IndexSeal says.
    ///   - hasTransactions: whether the segment has a transaction index.
    func seal(logBytes: Int, headersCrc: UInt32, hasTransactions: Bool) throws(StorageError) {
        try writeTail()
        var last: [UInt8] = []
        if let lastInFile {
            last = Array(repeating: 0, count: entryBytes)
            last.withUnsafeMutableBytes { store(lastInFile, to: $0.baseAddress!) }
        }
        let seal = IndexSeal(
            entries: count, logBytes: logBytes, crc: crc, headersCrc: headersCrc, hasTransactions: hasTransactions)
        let bytes = seal.encode(last: last)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        let file = try openFile()
        try io { () throws(SystemError) in
            try file.write(UnsafeRawBufferPointer(memory), at: Int64(count * entryBytes))
        }
        hasSeal = true
        release()
    }

    /// Reads the file and compares it with the checksum of its seal.
    ///
    /// - Returns: whether the entries are those that were sealed.
    func verify(scratch: UnsafeMutableRawBufferPointer) throws(StorageError) -> Bool {
        let file = try openFile()
        let end = fileCount * entryBytes
        var (position, computed) = (0, UInt32(0))
        while position < end {
            let wanted = UnsafeMutableRawBufferPointer(rebasing: scratch[..<min(scratch.count, end - position)])
            let at = Int64(position)
            let read = try io { () throws(SystemError) in try file.read(into: wanted, at: at) }
            guard read > 0 else { return false }
            computed = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: wanted[..<read]), continuing: computed)
            position += read
        }
        isVerified = computed == crc
        return isVerified
    }

    /// Lets go of the file, and of the memory when it is empty.
    func release() {
        file = nil
        forgetWindow()
        if fileCount == count {
            tail?.deallocate()
            tail = nil
        }
    }

    /// Forgets every entry, in the file too.
    func removeAll() throws(StorageError) {
        count = 0
        fileCount = 0
        (crc, lastInFile, isVerified, hasSeal) = (0, nil, true, false)
        forgetWindow()
        let file = try openFile()
        try io { () throws(SystemError) in try file.truncate(to: 0) }
    }

    /// The last entry whose number in `column` is at most `limit`. Of a verified index.
    ///
    /// - Complexity: in memory for what was appended lately, else O(log entries) small reads.
    func floor(_ column: Column, _ limit: Int64, scratch: UnsafeMutableRawBufferPointer) throws(StorageError) -> Entry? {
        if let tail, count > fileCount {
            let found = search(tail, count &- fileCount, column, limit)
            if found > 0 { return load(tail + (found &- 1) &* entryBytes) }
        }
        return try floorInFile(column, limit, scratch: scratch)
    }

    /// Every entry, in order.
    func forEachEntry(scratch: UnsafeMutableRawBufferPointer, _ body: (Entry) -> Void) throws(StorageError) {
        let most = scratch.count / entryBytes
        var first = 0
        while first < fileCount {
            let entries = min(most, fileCount - first)
            try read(file: openFile(), first, entries, scratch.baseAddress!)
            for index in 0..<entries { body(load(scratch.baseAddress! + index &* entryBytes)) }
            first += entries
        }
        guard let tail else { return }
        for index in 0..<(count - fileCount) { body(load(tail + index &* entryBytes)) }
    }

    var last: Entry? {
        if let tail, count > fileCount { return load(tail + (count - 1 - fileCount) * entryBytes) }
        return lastInFile
    }

    private func floorInFile(
        _ column: Column, _ limit: Int64, scratch: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Entry? {
        guard fileCount > 0 else { return nil }
        if let found = floorInWindow(column, limit) { return found }
        // Invariant: entries below `low` are at most `limit`, entries from `high` on are above it.
        var low = 0
        var high = fileCount
        while high - low >= StorageLimits.indexWindowEntries {
            let middle = low + (high - low) / 2
            try read(file: openFile(), middle, 1, scratch.baseAddress!)
            if number(column, scratch.baseAddress!) <= limit { low = middle + 1 } else { high = middle }
        }
        // One entry below `low`, so that the answer is in the window when every entry in it is too large.
        let start = max(0, low - 1)
        try fillWindow(start..<min(start + StorageLimits.indexWindowEntries, fileCount))
        let found = search(window!, windowEntries.count, column, limit)
        return found == 0 ? nil : load(window! + (found - 1) * entryBytes)
    }

    /// nil unless the window holds the answer: an entry at most `limit`, and one above it or the file's last.
    private func floorInWindow(_ column: Column, _ limit: Int64) -> Entry? {
        guard let window, !windowEntries.isEmpty else { return nil }
        let found = search(window, windowEntries.count, column, limit)
        guard found > 0, found < windowEntries.count || windowEntries.upperBound == fileCount else { return nil }
        return load(window + (found - 1) * entryBytes)
    }

    private func fillWindow(_ entries: Range<Int>) throws(StorageError) {
        let memory = window ?? .allocate(byteCount: StorageLimits.indexWindowEntries * entryBytes, alignment: 8)
        window = memory
        windowEntries = 0..<0
        try read(file: openFile(), entries.lowerBound, entries.count, memory)
        windowEntries = entries
    }

    private func forgetWindow() {
        window?.deallocate()
        window = nil
        windowEntries = 0..<0
    }

    /// How many of `entries` at `memory` are at most `limit`.
    private func search(_ memory: UnsafeMutableRawPointer, _ entries: Int, _ column: Column, _ limit: Int64) -> Int {
        var low = 0
        var high = entries
        while low < high {
            let middle = (low &+ high) / 2
            if number(column, memory + middle &* entryBytes) <= limit { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    private func read(
        file: File, _ entry: Int, _ entries: Int, _ memory: UnsafeMutableRawPointer
    ) throws(StorageError) {
        let target = UnsafeMutableRawBufferPointer(start: memory, count: entries * entryBytes)
        let count = try io { () throws(SystemError) in try file.read(into: target, at: Int64(entry * entryBytes)) }
        guard count == target.count else {
            throw .corrupt(
                path: file.path, position: Int64(entry * entryBytes), .truncated(needed: target.count, available: count))
        }
    }

    private func openFile() throws(StorageError) -> File {
        if let file { return file }
        let opened = try files.open(kind.naming, .create)
        file = opened
        return opened
    }

    private func number(_ column: Column, _ memory: UnsafeMutableRawPointer) -> Int64 {
        let entry = load(memory)
        return column == .key ? entry.key : Int64(entry.value)
    }

    private func load(_ memory: UnsafeMutableRawPointer) -> Entry { Entry(kind, at: UnsafeRawPointer(memory)) }

    private func store(_ entry: Entry, to memory: UnsafeMutableRawPointer) {
        switch kind {
        case .offset:
            memory.storeBytes(of: Int32(truncatingIfNeeded: entry.key).bigEndian, as: Int32.self)
            memory.storeBytes(of: entry.value.bigEndian, toByteOffset: 4, as: Int32.self)
        case .time:
            memory.storeBytes(of: entry.key.bigEndian, as: Int64.self)
            memory.storeBytes(of: entry.value.bigEndian, toByteOffset: 8, as: Int32.self)
        }
    }
}
