// A log beside its naive model: every batch, lookups by offset and by time, producers' sequences.
import Glibc
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

struct CampaignCheck {
    private let model: CampaignLog
    private var generator: SplitMix
    /// A bit was flipped somewhere: what is promised may be gone, as long as nothing false is served.
    var isLenient = false
    /// Batches that a reader refuses, and reads that the log refuses.
    private(set) var detections = 0
    private var faults: [String] = []

    init(_ model: CampaignLog, _ seed: UInt64) {
        self.model = model
        generator = SplitMix(seed)
    }

    /// What is wrong with the log.
    mutating func faults(of log: PartitionLog) -> [String] {
        faults = []
        if !isLenient, log.logEndOffset < model.promisedEnd {
            fault("ends at \(log.logEndOffset), \(model.promisedEnd) was promised")
        }
        if log.logEndOffset > max(model.end, model.start) { fault("ends at \(log.logEndOffset), \(model.end) was written") }
        if log.logStartOffset > model.start { fault("starts at \(log.logStartOffset), not at \(model.start)") }
        if !isLenient, log.logStartOffset < model.forcedStart { fault("starts at \(log.logStartOffset), \(model.forcedStart) is forced") }
        guard faults.isEmpty else { return faults }
        do {
            let found = try read(log)
            guard faults.isEmpty else { return faults }
            if model.kind == .compacted { checkKeys(found, log) }
            try checkLookups(log, found)
            if model.kind == .transactional { try checkTransactions(log) }
            checkEpochs(log)
        } catch let error as StorageError {
            // A damaged batch is told from a good one, and not handed out.
            if isLenient { detections += 1 } else { fault("\(error)") }
        } catch {
            fault("\(error)")
        }
        return faults
    }

    private mutating func fault(_ text: String) { faults.append("\(model.kind): \(text)") }

    // MARK: Batches

    /// The base offset of every batch, each compared with what was written there.
    private mutating func read(_ log: PartitionLog) throws -> [Offset] {
        var found: [Offset] = []
        var offset = log.logStartOffset
        let maxBytes = Int.random(in: 1...2000, using: &generator)
        while let slice = try log.read(from: offset, maxBytes: maxBytes, atLeastOneBatch: true) {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: slice.count, alignment: 16)
            defer { memory.deallocate() }
            guard try slice.file.read(into: memory, at: slice.position) == slice.count else {
                fault("a slice at \(offset) ends in the void")
                return found
            }
            guard accept(UnsafeRawBufferPointer(memory), from: offset, &found) else { return found }
            guard slice.nextOffset > offset else {
                fault("a slice at \(offset) leads to \(slice.nextOffset)")
                return found
            }
            offset = slice.nextOffset
        }
        if !isLenient, offset != log.highWatermark { fault("reads end at \(offset), not at \(log.highWatermark)") }
        return found
    }

    /// False when a reader would stop.
    private mutating func accept(_ bytes: UnsafeRawBufferPointer, from start: Offset, _ found: inout [Offset]) -> Bool {
        var (position, expected) = (0, start)
        while position < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            guard rest.count >= BatchLayout.headerSize else {
                fault("\(rest.count) bytes behind the last batch of a slice")
                return false
            }
            let view = BatchView(unchecked: rest)
            guard isTrue(view, rest, expected: expected) else {
                // The reader's own checks: the checksum, and that offsets go on where they ended.
                let isSeen = !isWhole(rest) || view.baseOffset != expected && model.kind != .compacted
                if isLenient, isSeen { detections += 1 } else { fault("false batch \(view.baseOffset) where \(expected) is expected") }
                return false
            }
            found.append(view.baseOffset)
            expected = view.nextOffset
            position += view.size
        }
        return true
    }

    private func isWhole(_ bytes: UnsafeRawBufferPointer) -> Bool { (try? BatchValidation.stored(bytes)) != nil }

    /// Whether the batch is what was written at its offset. (The leader epoch is outside of every checksum.)
    private func isTrue(_ view: BatchView, _ bytes: UnsafeRawBufferPointer, expected: Offset) -> Bool {
        if model.kind == .compacted { return isCompacted(view, bytes, expected: expected) }
        guard let written = model.batch(at: view.baseOffset), written.base == expected || written.base < expected && expected < written.next,
            written.bytes.count <= bytes.count
        else { return false }
        return written.bytes.withUnsafeBytes { right in
            right[..<12].elementsEqual(bytes[..<12])
                && isSame(UnsafeRawBufferPointer(rebasing: right[16...]), UnsafeRawBufferPointer(rebasing: bytes[16..<right.count]))
        }
    }

    private func isSame(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        a.count == b.count && memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0
    }

    /// Whether every record of the batch is one that was written at that offset.
    private func isCompacted(_ view: BatchView, _ bytes: UnsafeRawBufferPointer, expected: Offset) -> Bool {
        guard view.baseOffset >= expected || model.batch(at: view.baseOffset) != nil,
            let batch = try? BatchValidation.stored(bytes), let records = try? records(of: batch)
        else { return false }
        for record in records {
            let index = model.index(of: record.offset)
            guard index < model.batches.count, model.batches[index].base <= record.offset else { return false }
            let written = model.batches[index]
            let place = Int(record.offset - written.base)
            guard written.keys[place] == record.record.key, written.timestamps[place] == record.record.timestamp,
                written.values[place] == record.record.value
            else { return false }
        }
        return true
    }

    /// The last record of each key is where it was written.
    private mutating func checkKeys(_ found: [Offset], _ log: PartitionLog) {
        guard !isLenient else { return }
        var kept: Set<Offset> = []
        do {
            var offset = log.logStartOffset
            while let slice = try log.read(from: offset, maxBytes: 1 << 20, atLeastOneBatch: true) {
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: slice.count, alignment: 16)
                defer { memory.deallocate() }
                _ = try slice.file.read(into: memory, at: slice.position)
                try forEachBatch(in: Array(memory)) { for record in try records(of: $0) { kept.insert(record.offset) } }
                offset = slice.nextOffset
            }
        } catch { return fault("\(error)") }
        for (key, offset) in model.lastOffsets(below: log.highWatermark) where offset >= log.logStartOffset && !kept.contains(offset) {
            // A tombstone goes when it has been there long enough.
            let batch = model.batches[model.index(of: offset)]
            if batch.values[Int(offset - batch.base)] == nil { continue }
            fault("the last record of \(key), at \(offset), is gone")
        }
    }

    // MARK: Lookups

    private mutating func checkLookups(_ log: PartitionLog, _ found: [Offset]) throws {
        let range = log.logStartOffset..<log.highWatermark
        guard !range.isEmpty, !found.isEmpty else { return }
        for _ in 0..<2 {
            let offset = Offset.random(in: range, using: &generator)
            guard let slice = try log.read(from: offset, maxBytes: 1, atLeastOneBatch: true) else {
                fault("nothing at \(offset)")
                continue
            }
            let expected = model.kind == .compacted ? found.last { $0 <= offset } ?? found[0] : model.batches[model.index(of: offset)].base
            let header = UnsafeMutableRawBufferPointer.allocate(byteCount: BatchLayout.headerSize, alignment: 8)
            defer { header.deallocate() }
            _ = try slice.file.read(into: header, at: slice.position)
            let base = BatchView(unchecked: UnsafeRawBufferPointer(header)).baseOffset
            // Of a compacted log the batch that held it may be gone: then the next one is right.
            if base != expected, model.kind != .compacted || base < expected { fault("offset \(offset) leads to the batch at \(base), not \(expected)") }
        }
        guard model.kind != .compacted else { return }
        for _ in 0..<2 {
            guard let some = model.batches.randomElement(using: &generator) else { return }
            let time = some.timestamps[0] + Int64.random(in: -15...15, using: &generator)
            let (answer, right) = (try log.offset(forTimestamp: time), model.firstRecord(in: range, atOrAfter: time))
            if answer != right { fault("time \(time) leads to \(String(describing: answer)), not \(String(describing: right))") }
        }
    }

    // MARK: Transactions

    private mutating func checkTransactions(_ log: PartitionLog) throws {
        let (open, aborted) = model.transactions(below: log.highWatermark)
        let stable = max(log.logStartOffset, min(log.highWatermark, open.values.min() ?? .max))
        // A marker that can't be read leaves its transaction open: less is served, nothing false.
        if isLenient, log.lastStableOffset < stable {
            detections += 1
            return
        }
        if log.lastStableOffset != stable { fault("last stable offset \(log.lastStableOffset), not \(stable)") }
        guard log.logStartOffset < stable else { return }
        let from = Offset.random(in: log.logStartOffset..<stable, using: &generator)
        let right = aborted.filter { $0.lastOffset >= from && $0.firstOffset < stable }
        let found = try log.abortedTransactions(from: from, upTo: stable)
        if found != right { fault("aborted transactions from \(from) to \(stable): \(found), not \(right)") }
    }

    // MARK: Leader epochs

    /// The log's history is that of its batches. (An empty log may remember an epoch or not.)
    private mutating func checkEpochs(_ log: PartitionLog) {
        guard model.kind != .compacted, !isLenient, log.logStartOffset < log.logEndOffset else { return }
        var right = LeaderEpochs()
        for batch in model.batches where batch.base < log.logEndOffset { _ = right.assign(batch.leaderEpoch, at: batch.base) }
        _ = right.truncateStart(to: log.logStartOffset)
        if log.epochs != right { fault("epochs \(log.epochs.entries), not \(right.entries)") }
    }

    // MARK: Producers

    /// A producer sends its last batch again and then the next one.
    func sequenceFaults(of log: PartitionLog) -> [String] {
        var kept = model
        kept.cut(to: log.logEndOffset)
        guard let last = kept.batches.last, last.outcome == nil, last.base >= log.logStartOffset else { return [] }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: last.bytes.count, alignment: 16)
        defer { memory.deallocate() }
        memory.copyBytes(from: last.bytes)
        do {
            let again = try log.stage(memory, admits: .trusted)
            if !again.isDuplicate || again.baseOffset != last.base {
                return ["\(model.kind): the last batch, at \(last.base), is taken again: \(again)"]
            }
        } catch {
            return ["\(model.kind): the last batch, at \(last.base), is refused: \(error)"]
        }
        return []
    }
}
