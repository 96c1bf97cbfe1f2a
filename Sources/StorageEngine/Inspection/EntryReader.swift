// The fixed-size entries of an index file, one after the other.
internal import Bytes
internal import Host

struct EntryReader: ~Copyable {
    let path: String
    let entryBytes: Int
    /// Whole entries in the file when it was opened.
    let count: Int
    /// Bytes behind them, and behind the seal where there is one.
    let excess: Int
    /// What a sealed `.index` or `.timeindex` ends with.
    let seal: IndexSeal?
    /// CRC-32C of the entries read so far.
    private var crc: UInt32 = 0
    private let file: File
    private let memory: UnsafeMutableRawBufferPointer
    private var window = 0..<0
    /// The entry that `peek` shows.
    private(set) var index = 0

    /// - Returns: nil when there is no such file.
    static func open(_ path: String, entryBytes: Int, in fileSystem: any FileSystem) throws(StorageError) -> EntryReader? {
        let file: File
        do { file = try fileSystem.file(path, .read) } catch {
            if error.isMissing { return nil }
            throw .io(error)
        }
        let bytes = Int(try io { () throws(SystemError) in try file.size() })
        return EntryReader(path: path, entryBytes: entryBytes, bytes: bytes, file: file, seal: nil)
    }

    /// The entries before the seal, of a sparse index that has one.
    static func open(_ path: String, _ kind: SparseIndex.Kind, in fileSystem: any FileSystem) throws(StorageError) -> EntryReader? {
        guard let plain = try open(path, entryBytes: kind.rawValue, in: fileSystem) else { return nil }
        let (file, memory) = (plain.file, plain.memory)
        let found = try io { () throws(SystemError) in try IndexSeal.read(kind, from: file, scratch: memory) }
        guard let seal = found?.seal else { return plain }
        return EntryReader(path: path, entryBytes: kind.rawValue, bytes: seal.entries * kind.rawValue, file: file, seal: seal)
    }

    private init(path: String, entryBytes: Int, bytes: Int, file: File, seal: IndexSeal?) {
        self.path = path
        self.entryBytes = entryBytes
        self.file = file
        self.seal = seal
        (count, excess) = bytes.quotientAndRemainder(dividingBy: entryBytes)
        memory = .allocate(byteCount: entryBytes * StorageLimits.indexWindowEntries, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// Where the current entry starts in the file.
    var position: Int { index * entryBytes }

    /// The current entry's bytes, nil behind the last. Valid until the next call.
    mutating func peek() throws(StorageError) -> UnsafeRawBufferPointer? {
        guard index < count else { return nil }
        if !window.contains(index) {
            let wanted = min(StorageLimits.indexWindowEntries, count - index)
            let target = UnsafeMutableRawBufferPointer(rebasing: memory[..<(wanted * entryBytes)])
            let at = Int64(position)
            let read = try io { [file] () throws(SystemError) in try file.read(into: target, at: at) }
            window = index..<(index + read / entryBytes)
            guard !window.isEmpty else { return nil }
            let entries = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<(window.count * entryBytes)])
            crc = CRC32C.checksum(entries, continuing: crc)
        }
        let start = (index - window.lowerBound) * entryBytes
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[start..<(start + entryBytes)])
    }

    mutating func advance() { index += 1 }

    func isSealed(_ sink: inout VerificationSink) -> Bool {
        if seal != nil { return true }
        sink.inconsistency(
            path, at: max(0, count * entryBytes + excess - IndexSeal.byteCount), found: "no seal",
            expected: "\(IndexSeal.byteCount) bytes that seal the index; the next start makes it anew")
        return false
    }

    /// Says what is wrong with the seal, when every entry has been shown.
    mutating func checkSeal(logBytes: Int?, _ sink: inout VerificationSink) throws(StorageError) {
        while try peek() != nil { advance() }
        // An entry that is named already explains the checksum.
        guard let seal, !sink.faultyFiles.contains(path) else { return }
        if seal.crc != crc {
            sink.inconsistency(
                path, at: position + 16, found: "the seal's checksum \(seal.crc)", expected: "\(crc), the entries' own")
        }
        if let logBytes, seal.logBytes != logBytes {
            sink.inconsistency(
                path, at: position + 12, found: "a seal over \(seal.logBytes) bytes of log", expected: "\(logBytes), where its batches end")
        }
    }
}
