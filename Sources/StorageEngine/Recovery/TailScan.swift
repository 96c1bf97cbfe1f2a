// Reads a segment file from its start and finds where its whole batches end.
internal import Bytes
internal import Host
internal import Records
internal import Vocabulary

/// Why a batch does not belong where it stands.
enum TailFault: Equatable, CustomStringConvertible {
    case record(RecordError)
    /// The base offset is not covered by the checksum; it must still follow what comes before.
    case offset(Offset, expected: Offset)
    /// It leaves offsets out, in a log that was never compacted.
    case gap(Offset, expected: Offset)

    var description: String {
        switch self {
        case .record(let error): "\(error)"
        case .offset(let found, let expected): "base offset \(found) where \(expected) or more was expected"
        case .gap(let found, let expected): "base offset \(found) where \(expected) was expected"
        }
    }
}

struct TailScan {
    struct Result: Equatable {
        /// Bytes of whole batches.
        var kept = 0
        var tail = RecoveryTable.Tail.whole
        /// Bytes whose checksums were computed.
        var verified = 0
        /// Bytes behind them up to the last one that is not zero.
        var dropped = 0
        var fault: TailFault?
    }

    private let file: File
    private let fileSize: Int
    private let buffer: UnsafeMutableRawBufferPointer
    private var window = 0..<0
    /// Bytes to read at a time: few while only headers are looked at.
    private var fillBytes: Int

    /// - Parameter buffer: memory to read into, a batch header at least.
    init(_ file: File, buffer: UnsafeMutableRawBufferPointer) throws(StorageError) {
        self.file = file
        self.buffer = buffer
        fillBytes = buffer.count
        fileSize = Int(try io { () throws(SystemError) in try file.size() })
    }

    /// Checks batch after batch and shows each whole one's header to `keep`.
    ///
    /// - Parameters:
    ///   - base: the segment's base offset; every batch starts at or behind the one before.
    ///   - verifiedFrom: batches that end at or below this offset are known to be on the disk: their headers are
    ///     followed, their checksums not computed.
    ///   - mayHaveGaps: whether a batch may begin behind where the one before it ended.
    mutating func run(
        base: Offset, verifiedFrom: Offset, mayHaveGaps: Bool = true, keep: (BatchView) throws(StorageError) -> Void
    ) throws(StorageError) -> Result {
        var result = Result()
        var expected = base
        while result.kept < fileSize {
            fillBytes = expected < verifiedFrom ? min(buffer.count, StorageLimits.headerWindowBytes) : buffer.count
            let position = result.kept
            guard let header = try header(at: position) else {
                return try ended(result, .record(.truncated(needed: BatchLayout.headerSize, available: fileSize - position)))
            }
            if let fault = check(header, at: position, expected: expected, base: base) { return try ended(result, fault) }
            if !mayHaveGaps, header.baseOffset > expected {
                return try ended(result, .gap(header.baseOffset, expected: expected))
            }
            let (stored, size, next) = (header.crc, header.size, header.nextOffset)
            if next > verifiedFrom {
                if size <= buffer.count, position + size > window.upperBound { try fill(at: position) }
                let computed = try checksum(position + BatchLayout.checksummed..<position + size)
                guard computed == stored else { return try ended(result, .record(.checksum(stored: stored, computed: computed))) }
                result.verified += size
            }
            guard let whole = try self.header(at: position) else { preconditionFailure("\(file.path) shrinks") }
            try keep(whole)
            expected = next
            result.kept += size
        }
        return result
    }

    private func check(_ header: BatchView, at position: Int, expected: Offset, base: Offset) -> TailFault? {
        if header.magic != BatchLayout.currentMagic { return .record(.magic(header.magic)) }
        if header.size < BatchLayout.headerSize { return .record(.length(header.batchLength, carried: fileSize - position)) }
        if header.size > fileSize - position {
            return .record(.truncated(needed: header.size, available: fileSize - position))
        }
        guard header.lastOffsetDelta >= 0, header.baseOffset >= expected,
            header.nextOffset - 1 - base <= Offset(Int32.max)
        else { return .offset(header.baseOffset, expected: expected) }
        return nil
    }

    private mutating func ended(_ result: Result, _ fault: TailFault) throws(StorageError) -> Result {
        var result = result
        result.dropped = try lastNonZero(from: result.kept) - result.kept
        result.tail = result.dropped == 0 ? .zeros : .torn
        result.fault = result.dropped == 0 ? nil : fault
        return result
    }

    /// Behind the last byte that is not zero; `start` when there is none.
    private mutating func lastNonZero(from start: Int) throws(StorageError) -> Int {
        var last = start
        var position = start
        while position < fileSize {
            try fill(at: position)
            guard !window.isEmpty else { break }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<window.count])
            if let count = ZeroTail.cut(bytes) { last = position + count }
            position = window.upperBound
        }
        return last
    }

    private mutating func header(at position: Int) throws(StorageError) -> BatchView? {
        let end = position + BatchLayout.headerSize
        guard end <= fileSize else { return nil }
        if position < window.lowerBound || end > window.upperBound { try fill(at: position) }
        guard end <= window.upperBound else { return nil }
        let start = position - window.lowerBound
        // The view reaches to the end of the header only: a batch may be larger than the window.
        return BatchView(unchecked: UnsafeRawBufferPointer(rebasing: buffer[start..<(start + BatchLayout.headerSize)]))
    }

    private mutating func checksum(_ range: Range<Int>) throws(StorageError) -> UInt32 {
        var crc: UInt32 = 0
        var position = range.lowerBound
        while position < range.upperBound {
            if !window.contains(position) { try fill(at: position) }
            guard window.contains(position) else { return ~crc }
            let end = min(range.upperBound, window.upperBound)
            let bytes = buffer[(position - window.lowerBound)..<(end - window.lowerBound)]
            crc = CRC32C.checksum(UnsafeRawBufferPointer(UnsafeMutableRawBufferPointer(rebasing: bytes)), continuing: crc)
            position = end
        }
        return crc
    }

    /// Makes the window begin at `position`. What it holds of that already moves to the front: no byte is read twice.
    private mutating func fill(at position: Int) throws(StorageError) {
        let limit = min(fillBytes, max(0, fileSize - position))
        let held = window.contains(position) ? min(window.upperBound - position, limit) : 0
        if held > 0 {
            let memory = buffer.baseAddress!
            memory.copyMemory(from: memory + (position - window.lowerBound), byteCount: held)
        }
        window = position..<(position + held)
        let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[held..<limit])
        let at = Int64(position + held)
        let count = try io { [file] () throws(SystemError) in try file.read(into: wanted, at: at) }
        window = position..<(position + held + count)
    }
}
