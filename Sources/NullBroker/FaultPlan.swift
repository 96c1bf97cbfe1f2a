// Whose turn it is: the counts and draws behind faults.
internal import Measurement
internal import Records

/// Counts batches, records and requests and says which one is hit.
struct FaultPlan {
    /// A fault of single records, and the number (from 1) of the record that it hits next.
    private struct RecordTarget {
        let fault: RecordDamage
        let every: UInt64
        var next: UInt64
    }

    private let faults: [Fault]
    private var targets: [RecordTarget] = []
    private var batches = 0
    private var records: UInt64 = 0
    private var requests = 0
    private var fetches = 0
    private var random: SeededRandom
    var nextStall: (afterNanoseconds: UInt64, forNanoseconds: UInt64)?

    /// - Parameter seed: of delays.
    init(_ faults: [Fault], seed: UInt64) {
        self.faults = faults
        random = SeededRandom(seed: seed)
        for case .stall(let after, let length) in faults { nextStall = (after, length) }
        for case .record(let fault, let every) in faults { targets.append(RecordTarget(fault: fault, every: UInt64(every), next: UInt64(every))) }
    }

    /// The fault that hits the next stored batch, nil for most.
    mutating func forNextBatch() -> Fault? {
        batches += 1
        return faults.first { fault in
            switch fault {
            case .dropAcknowledged(let n), .duplicate(let n), .reorder(let n), .flipBit(let n), .batchLength(_, let n), .disconnect(let n):
                batches % n == 0
            case .record, .shortFetch, .error, .delays, .stall: false
            }
        }
    }

    /// The next batch to be stored, with those of its records spoilt whose turn it is. Where a record can't be hit (alone in its
    /// batch, without a value, compressed) the next one that can is hit in its place.
    ///
    /// - Returns: nil: as it came; empty: nothing is left of it.
    mutating func spoiled(_ batch: BatchView) -> [UInt8]? {
        guard !targets.isEmpty else { return nil }
        let before = records
        records += UInt64(batch.recordCount)
        guard targets.contains(where: { $0.next <= records }) else { return nil }
        var editor = RecordEditor(batch)
        for index in targets.indices {
            while targets[index].next <= records {
                let isHit = editor?.apply(targets[index].fault, at: Int(targets[index].next - before) - 1) ?? false
                targets[index].next += isHit ? targets[index].every : 1
            }
        }
        return editor?.spoiled()
    }

    /// Whether the next answer with records is cut to one batch.
    mutating func isNextFetchShort() -> Bool {
        fetches += 1
        for case .shortFetch(let n) in faults where fetches % n == 0 { return true }
        return false
    }

    /// The error code that answers the next produce request, nil for most.
    mutating func errorForNextRequest() -> Int16? {
        requests += 1
        for case .error(let code, let n) in faults where requests % n == 0 { return code }
        return nil
    }

    /// How long the next answer is held back, nanoseconds. Each mixture has a draw of its own; the first that holds back does.
    mutating func delayForNextAnswer() -> UInt64 {
        for case .delays(let mixture) in faults {
            let delay = mixture.delay(at: random.nextUnit())
            if delay > 0 { return delay }
        }
        return 0
    }
}
