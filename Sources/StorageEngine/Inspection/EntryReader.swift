// The fixed-size entries of an index file, one after the other.
internal import Host

struct EntryReader: ~Copyable {
    let path: String
    let entryBytes: Int
    /// Whole entries in the file when it was opened.
    let count: Int
    /// Bytes behind them.
    let excess: Int
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
        return EntryReader(path: path, entryBytes: entryBytes, bytes: bytes, file: file)
    }

    private init(path: String, entryBytes: Int, bytes: Int, file: File) {
        self.path = path
        self.entryBytes = entryBytes
        self.file = file
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
        }
        let start = (index - window.lowerBound) * entryBytes
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[start..<(start + entryBytes)])
    }

    mutating func advance() { index += 1 }
}
