// The cleaner's reads and writes: counted, held to a rate, and ended when the storage closes.
internal import Host
internal import Records
internal import Synchronization
internal import Vocabulary

/// Spreads bytes evenly over time. Values only.
struct IOThrottle {
    /// nil: no limit.
    let bytesPerSecond: Int64?
    private var freeAt: UInt64 = 0

    init(bytesPerSecond: Int64?) { self.bytesPerSecond = bytesPerSecond }

    /// When `bytes`, moved at `now` (CLOCK_MONOTONIC nanoseconds), are paid for. Time that passed idle is not saved up.
    mutating func charge(_ bytes: Int, now: UInt64) -> UInt64 {
        guard let bytesPerSecond else { return now }
        let cost = Double(bytes) / Double(bytesPerSecond) * 1e9
        freeAt = max(freeAt, now) + UInt64(cost)
        return freeAt
    }
}

/// One per cleaner.
final class CompactionIO {
    private(set) var bytesRead: Int64 = 0
    private(set) var bytesWritten: Int64 = 0
    private(set) var throttledNanoseconds: UInt64 = 0
    let bufferBytes: Int
    private var throttle: IOThrottle
    private let stop: StopFlag

    init(bufferBytes: Int, bytesPerSecond: Int64?, stop: StopFlag) {
        self.bufferBytes = bufferBytes
        throttle = IOThrottle(bytesPerSecond: bytesPerSecond)
        self.stop = stop
    }

    var isStopping: Bool { stop.isSet }

    func read(_ bytes: Int) {
        bytesRead &+= Int64(bytes)
        pay(bytes)
    }

    func wrote(_ bytes: Int) {
        bytesWritten &+= Int64(bytes)
        pay(bytes)
    }

    private func pay(_ bytes: Int) {
        guard throttle.bytesPerSecond != nil else { return }
        let now = MonotonicClock.now()
        let due = throttle.charge(bytes, now: now)
        guard due > now else { return }
        stop.wait(until: due)
        throttledNanoseconds &+= MonotonicClock.now() &- now
    }
}

/// Set once, waited for by whoever sleeps.
final class StopFlag: Sendable {
    private let monitor = Monitor()
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() {
        monitor.locked {
            flag.store(true, ordering: .releasing)
            monitor.signal()
        }
    }

    /// Returns at `deadline` (CLOCK_MONOTONIC nanoseconds) or when the flag is set or `wake` is called.
    func wait(until deadline: UInt64) {
        monitor.locked {
            while !isSet, MonotonicClock.now() < deadline { monitor.wait(until: deadline) }
        }
    }
}

/// Whole batches of a segment file in order, each with its checksum computed.
final class BatchReader {
    private let io: CompactionIO
    private var memory: UnsafeMutableRawBufferPointer
    private var window = 0..<0
    private var file: File?
    private var trail: CacheTrail?
    private var end = 0
    /// Bytes that were read and not in the page cache before, of all files.
    private(set) var coldBytes = 0
    /// Where the next batch starts.
    private(set) var position = 0
    /// Of the batches so far, and what it has to be at the end.
    private var (headersCrc, expectedHeadersCrc) = (UInt32(0), UInt32(0))

    init(_ io: CompactionIO) {
        self.io = io
        memory = .allocate(byteCount: max(io.bufferBytes, BatchLayout.headerSize), alignment: 4096)
    }

    deinit { memory.deallocate() }

    /// - Parameters:
    ///   - size: bytes of whole batches.
    ///   - headersCrc: of what their own checksums leave out. What was changed there must not be sealed anew.
    func begin(_ file: File, size: Int, headersCrc: UInt32) {
        self.file = file
        (self.headersCrc, expectedHeadersCrc) = (0, headersCrc)
        trail = CacheTrail(file, size: size)
        end = size
        position = 0
        window = 0..<0
    }

    /// The next batch, valid until the next call; nil at the end.
    ///
    /// - Throws: `.corrupt` for a batch that is not as it was written, at the end for a header.
    func next() throws(StorageError) -> BatchView? {
        guard position < end, let file else {
            guard headersCrc == expectedHeadersCrc else { throw corrupt(.checksum(stored: expectedHeadersCrc, computed: headersCrc)) }
            return nil
        }
        try ensure(BatchLayout.headerSize, file)
        let header = BatchView(unchecked: bytes(BatchLayout.headerSize))
        guard header.magic == BatchLayout.currentMagic else { throw corrupt(.magic(header.magic)) }
        let size = header.size
        guard size >= BatchLayout.headerSize, header.lastOffsetDelta >= 0 else {
            throw corrupt(.length(header.batchLength, carried: end - position))
        }
        try ensure(size, file)
        let batch: BatchView
        do { batch = try BatchValidation.stored(bytes(size)) } catch { throw corrupt(error) }
        position += size
        headersCrc = batch.uncheckedFields(continuing: headersCrc)
        return batch
    }

    private func bytes(_ count: Int) -> UnsafeRawBufferPointer {
        let start = position &- window.lowerBound
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[start..<(start &+ count)])
    }

    /// Has `count` bytes from `position` on in memory.
    private func ensure(_ count: Int, _ file: File) throws(StorageError) {
        guard position + count <= end else { throw corrupt(.truncated(needed: count, available: end - position)) }
        if position + count <= window.upperBound { return }
        let kept = max(0, window.upperBound - position)
        let source = UnsafeRawBufferPointer(rebasing: memory[(window.count - kept)..<window.count])
        if count > memory.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4096)
            larger.copyMemory(from: source)
            memory.deallocate()
            memory = larger
        } else if kept > 0 {
            memory.baseAddress!.copyMemory(from: source.baseAddress!, byteCount: kept)
        }
        let wanted = UnsafeMutableRawBufferPointer(rebasing: memory[kept..<min(memory.count, end - position)])
        let at = position + kept
        trail?.approach(at + wanted.count)
        let got = try StorageEngine.io { () throws(SystemError) in try file.read(into: wanted, at: Int64(at)) }
        io.read(got)
        leave(at + got)
        window = position..<(at + got)
        guard kept + got >= count else { throw corrupt(.truncated(needed: count, available: kept + got)) }
    }

    private func leave(_ position: Int) {
        let before = trail?.coldBytes ?? 0
        trail?.leave(position)
        coldBytes += (trail?.coldBytes ?? 0) - before
    }

    private func corrupt(_ error: RecordError) -> StorageError {
        .corrupt(path: file?.path ?? "", position: Int64(position), error)
    }
}
