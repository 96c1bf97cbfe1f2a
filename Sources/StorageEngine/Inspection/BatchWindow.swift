// A segment file through a window that moves forward: the memory an inspection takes does not grow with the log.
internal import Bytes
internal import Host
internal import Records

struct BatchWindow: ~Copyable {
    let file: File
    /// Bytes of the file when it was opened. A live log may have grown since.
    let end: Int
    private var memory: UnsafeMutableRawBufferPointer
    private var window = 0..<0

    init(_ file: File) throws(StorageError) {
        self.file = file
        end = Int(try io { () throws(SystemError) in try file.size() })
        memory = .allocate(byteCount: StorageLimits.scanWindowBytes, alignment: 4096)
    }

    deinit { memory.deallocate() }

    /// The header at `position`, nil when the file ends before it does. Valid until the next call.
    mutating func header(at position: Int) throws(StorageError) -> BatchView? {
        guard let bytes = try bytes(position, BatchLayout.headerSize) else { return nil }
        return BatchView(unchecked: bytes)
    }

    /// The batch of `size` bytes at `position`, nil when it is larger than `StorageLimits.inspectedBatchBytes` or the
    /// file ends before it does. Valid until the next call.
    mutating func batch(at position: Int, size: Int) throws(StorageError) -> BatchView? {
        guard size <= StorageLimits.inspectedBatchBytes, let bytes = try bytes(position, size) else { return nil }
        return BatchView(unchecked: bytes)
    }

    private mutating func bytes(_ position: Int, _ count: Int) throws(StorageError) -> UnsafeRawBufferPointer? {
        guard position + count <= end else { return nil }
        if count > memory.count { grow(to: count) }
        if position < window.lowerBound || position + count > window.upperBound { try fill(at: position) }
        guard position + count <= window.upperBound else { return nil }
        let start = position - window.lowerBound
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[start..<(start + count)])
    }

    private mutating func grow(to count: Int) {
        memory.deallocate()
        memory = .allocate(byteCount: count, alignment: 4096)
        window = 0..<0
    }

    /// Makes the window begin at `position`. What it holds of that already moves to the front: no byte is read twice.
    private mutating func fill(at position: Int) throws(StorageError) {
        let limit = min(memory.count, max(0, end - position))
        let held = window.contains(position) ? min(window.upperBound - position, limit) : 0
        if held > 0 {
            let first = memory.baseAddress!
            first.copyMemory(from: first + (position - window.lowerBound), byteCount: held)
        }
        window = position..<(position + held)
        let wanted = UnsafeMutableRawBufferPointer(rebasing: memory[held..<limit])
        let at = Int64(position + held)
        let count = try io { [file] () throws(SystemError) in try file.read(into: wanted, at: at) }
        window = position..<(position + held + count)
    }

    /// The checksum of a range of any length.
    mutating func checksum(_ range: Range<Int>) throws(StorageError) -> UInt32 {
        var crc: UInt32 = 0
        try eachPiece(of: range) { piece, _ in crc = CRC32C.checksum(piece, continuing: crc) }
        return crc
    }

    /// Behind the last byte that is not zero; `start` when none follows.
    mutating func lastNonZero(from start: Int) throws(StorageError) -> Int {
        var last = start
        try eachPiece(of: start..<max(start, end)) { piece, position in
            if let count = ZeroTail.cut(piece) { last = position + count }
        }
        return last
    }

    private mutating func eachPiece(
        of range: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) -> Void
    ) throws(StorageError) {
        var position = range.lowerBound
        while position < range.upperBound {
            if !window.contains(position) { try fill(at: position) }
            // The file became shorter meanwhile: what is not there has no bytes.
            guard window.contains(position) else { return }
            let end = min(range.upperBound, window.upperBound)
            let piece = UnsafeRawBufferPointer(memory)[(position - window.lowerBound)..<(end - window.lowerBound)]
            body(UnsafeRawBufferPointer(rebasing: piece), position)
            position = end
        }
    }
}

/// Why no batch can stand where one was looked for; nil when one can, as far as its header says.
enum BatchFraming {
    static func fault(_ header: BatchView?, at position: Int, end: Int) -> RecordError? {
        guard let header else { return .truncated(needed: BatchLayout.headerSize, available: end - position) }
        if header.magic != BatchLayout.currentMagic { return .magic(header.magic) }
        if header.size < BatchLayout.headerSize { return .length(header.batchLength, carried: end - position) }
        if header.size > end - position { return .truncated(needed: header.size, available: end - position) }
        return nil
    }
}
