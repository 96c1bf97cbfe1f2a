// From batch to batch over a segment file, reading little more than the headers.
internal import Host
internal import Records
internal import Vocabulary

/// Walks the batches of a file from a position on a batch boundary.
struct HeaderWalk {
    private let file: File
    /// Bytes of whole batches in the file.
    private let end: Int
    private let scratch: UnsafeMutableRawBufferPointer
    private var window = 0..<0
    /// Where the next batch starts.
    private(set) var position: Int
    /// The offset that the next batch can't begin below.
    private var least: Offset = 0

    init(_ file: File, from position: Int, to end: Int, scratch: UnsafeMutableRawBufferPointer) {
        self.file = file
        self.end = end
        self.position = position
        self.scratch = scratch
    }

    /// The header at `position`, nil at the end. Only header fields of the view may be read, until the next call.
    ///
    /// - Throws: `.corrupt` when what stands there can't be a batch that ends within the file.
    mutating func header() throws(StorageError) -> BatchView? {
        guard position < end else { return nil }
        if position < window.lowerBound || position &+ BatchLayout.headerSize > window.upperBound { try fill() }
        let start = position &- window.lowerBound
        guard window.upperBound &- position >= BatchLayout.headerSize else {
            throw corrupt(.truncated(needed: BatchLayout.headerSize, available: window.upperBound - position))
        }
        let view = BatchView(unchecked: UnsafeRawBufferPointer(rebasing: scratch[start..<(start &+ BatchLayout.headerSize)]))
        guard view.magic == BatchLayout.currentMagic else { throw corrupt(.magic(view.magic)) }
        guard view.size >= BatchLayout.headerSize else { throw corrupt(.length(view.batchLength, carried: end - position)) }
        guard position &+ view.size <= end else { throw corrupt(.truncated(needed: view.size, available: end - position)) }
        // No checksum is looked at here, and the base offset has none: a batch that goes back was not written so.
        guard view.baseOffset >= least, view.lastOffsetDelta >= 0 else {
            throw corrupt(.count(recordCount: view.recordCount, lastOffsetDelta: view.lastOffsetDelta))
        }
        return view
    }

    /// Steps over the batch that `header` showed.
    mutating func advance(over batch: BatchView) {
        position &+= batch.size
        least = batch.nextOffset
    }

    private mutating func fill() throws(StorageError) {
        // The first header alone: an index entry often leads right to the batch that is looked for.
        let most = window.isEmpty ? BatchLayout.headerSize : scratch.count
        let wanted = UnsafeMutableRawBufferPointer(rebasing: scratch[..<min(most, end - position)])
        let at = position
        let count = try io { [file] () throws(SystemError) in try file.read(into: wanted, at: Int64(at)) }
        window = at..<(at + count)
    }

    private func corrupt(_ error: RecordError) -> StorageError {
        .corrupt(path: file.path, position: Int64(position), error)
    }
}
