// The promises a null broker can be told to break. `every: n` hits the n-th, 2n-th, … batch (or request).

/// What to get wrong.
package enum Fault: Equatable, Sendable {
    /// Acknowledges a batch and throws it away.
    case dropAcknowledged(every: Int)
    /// Stores a batch twice.
    case duplicate(every: Int)
    /// Stores a batch behind the one that follows it in its partition.
    case reorder(every: Int)
    /// Flips one bit of a record's payload and makes the batch's checksum fit.
    case flipBit(every: Int)
    /// Writes a wrong length into a batch that it stores, and `length` may be anything.
    case batchLength(Int32, every: Int)
    /// Answers a fetch with one batch although more was asked for and is there.
    case shortFetch(every: Int)
    /// Answers a produce request with this Kafka error and stores nothing.
    case error(code: Int16, every: Int)
    /// Stores a batch and closes the connection instead of answering.
    case disconnect(every: Int)
    /// Holds the answers of a share (0…1) of the requests back.
    case delay(nanoseconds: UInt64, share: Double)
    /// Stops everything once, some time after the start.
    case stall(afterNanoseconds: UInt64, forNanoseconds: UInt64)

    var needsRecords: Bool {
        switch self {
        case .dropAcknowledged, .duplicate, .reorder, .flipBit, .batchLength, .shortFetch, .disconnect: true
        case .error, .delay, .stall: false
        }
    }
}

extension Fault {
    /// Reads `drop:10`, `duplicate:10`, `reorder:10`, `flip:10`, `length:-1:10`, `short:10`, `error:7:10`,
    /// `disconnect:10`, `delay:5ms:0.01` and `stall:1s:200ms`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":").map(String.init)
        func every(_ index: Int) -> Int? {
            guard parts.count == index + 1, let value = Int(parts[index]), value > 0 else { return nil }
            return value
        }
        switch parts.first {
        case "drop": guard let n = every(1) else { return nil }; self = .dropAcknowledged(every: n)
        case "duplicate": guard let n = every(1) else { return nil }; self = .duplicate(every: n)
        case "reorder": guard let n = every(1) else { return nil }; self = .reorder(every: n)
        case "flip": guard let n = every(1) else { return nil }; self = .flipBit(every: n)
        case "disconnect": guard let n = every(1) else { return nil }; self = .disconnect(every: n)
        case "short": guard let n = every(1) else { return nil }; self = .shortFetch(every: n)
        case "length":
            guard let n = every(2), let length = Int32(parts[1]) else { return nil }
            self = .batchLength(length, every: n)
        case "error":
            guard let n = every(2), let code = Int16(parts[1]) else { return nil }
            self = .error(code: code, every: n)
        case "delay":
            guard parts.count == 3, let time = Self.nanoseconds(parts[1]), let share = Double(parts[2]), (0...1).contains(share)
            else { return nil }
            self = .delay(nanoseconds: time, share: share)
        case "stall":
            guard parts.count == 3, let after = Self.nanoseconds(parts[1]), let length = Self.nanoseconds(parts[2]) else { return nil }
            self = .stall(afterNanoseconds: after, forNanoseconds: length)
        default: return nil
        }
    }

    private static func nanoseconds(_ text: String) -> UInt64? {
        for (suffix, factor) in [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)] as [(String, UInt64)]
        where text.hasSuffix(suffix) {
            return UInt64(text.dropLast(suffix.count)).map { $0 * factor }
        }
        return nil
    }
}

/// Counts batches and requests and says which one is hit.
struct FaultPlan {
    private let faults: [Fault]
    private var batches = 0
    private var requests = 0
    private var fetches = 0
    private var random: UInt64 = 0x9e37_79b9_7f4a_7c15
    var nextStall: (afterNanoseconds: UInt64, forNanoseconds: UInt64)?

    init(_ faults: [Fault]) {
        self.faults = faults
        for case .stall(let after, let length) in faults { nextStall = (after, length) }
    }

    /// The fault that hits the next stored batch, nil for most.
    mutating func forNextBatch() -> Fault? {
        batches += 1
        return faults.first { fault in
            switch fault {
            case .dropAcknowledged(let n), .duplicate(let n), .reorder(let n), .flipBit(let n), .batchLength(_, let n), .disconnect(let n):
                batches % n == 0
            case .shortFetch, .error, .delay, .stall: false
            }
        }
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

    /// How long the next answer is held back.
    mutating func delayForNextAnswer() -> UInt64 {
        for case .delay(let nanoseconds, let share) in faults {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            if Double(random >> 11) * 0x1p-53 < share { return nanoseconds }
        }
        return 0
    }
}
