// Faults as they are written on a command line: what is read and what the help says are one table.

/// One way to write a fault.
package struct FaultForm: Sendable {
    /// With capital letters for what is filled in: `drop:N`.
    package let form: String
    /// One that is read.
    package let example: String
    /// What it makes a null broker do.
    package let meaning: String
    /// Makes the fault of the words behind the first colon.
    let read: @Sendable ([String]) -> Fault?

    var name: String { String(form.prefix { $0 != ":" }) }
}

extension FaultForm {
    package static let all: [FaultForm] = [
        counted("drop", "acknowledge every N-th batch and throw it away") { .dropAcknowledged(every: $0) },
        counted("duplicate", "store every N-th batch twice") { .duplicate(every: $0) },
        counted("reorder", "store every N-th batch behind the one that follows it") { .reorder(every: $0) },
        counted("flip", "flip a bit in every N-th batch and make its checksum fit") { .flipBit(every: $0) },
        counted("drop-record", "acknowledge every N-th record and leave it out of its batch", 1_000_000) { .record(.drop, every: $0) },
        counted("duplicate-record", "store every N-th record twice", 1_000_000) { .record(.duplicate, every: $0) },
        counted("swap-records", "exchange every N-th record with its neighbour in the batch", 1_000_000) { .record(.swap, every: $0) },
        counted("corrupt-record", "flip a bit of every N-th record and make its batch's checksum fit", 1_000_000) { .record(.corrupt, every: $0) },
        FaultForm(form: "length:L:N", example: "length:-1:100", meaning: "write L into every N-th batch as its length") { words in
            guard words.count == 2, let length = Int32(words[0]), let n = count(words[1]) else { return nil }
            return .batchLength(length, every: n)
        },
        counted("short", "answer every N-th fetch with one batch although more is there") { .shortFetch(every: $0) },
        FaultForm(form: "error:CODE:N", example: "error:7:100", meaning: "answer every N-th produce request with Kafka's error CODE") { words in
            guard words.count == 2, let code = Int16(words[0]), let n = count(words[1]) else { return nil }
            return .error(code: code, every: n)
        },
        counted("disconnect", "store every N-th batch and close the connection unanswered") { .disconnect(every: $0) },
        FaultForm(form: "delay:TIME:SHARE", example: "delay:5ms:0.01", meaning: "hold a share (0 to 1) of the answers back") { words in
            guard words.count == 2, let part = part(words[0], words[1]) else { return nil }
            return DelayMixture([part]).map { .delays($0) }
        },
        FaultForm(
            form: "delays:TIME*SHARE,…", example: "delays:500us*0.6,2ms*0.3,20ms*0.09,200ms*0.01",
            meaning: "hold answers back by a mixture of times; what the shares leave goes at once"
        ) { words in
            guard words.count == 1 else { return nil }
            let parts = words[0].split(separator: ",", omittingEmptySubsequences: false).map { text -> DelayMixture.Part? in
                let halves = text.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
                return halves.count == 2 ? part(halves[0], halves[1]) : nil
            }
            return parts.contains(nil) ? nil : DelayMixture(parts.compactMap { $0 }).map { .delays($0) }
        },
        FaultForm(form: "stall:AFTER:TIME", example: "stall:1s:200ms", meaning: "stand still once, so long after the start") { words in
            guard words.count == 2, let after = nanoseconds(words[0]), let length = nanoseconds(words[1]) else { return nil }
            return .stall(afterNanoseconds: after, forNanoseconds: length)
        },
    ]

    private static func counted(_ name: String, _ meaning: String, _ example: Int = 100, _ make: @escaping @Sendable (Int) -> Fault) -> FaultForm {
        FaultForm(form: name + ":N", example: "\(name):\(example)", meaning: meaning) { words in
            words.count == 1 ? count(words[0]).map(make) : nil
        }
    }

    private static func count(_ text: String) -> Int? { Int(text).flatMap { $0 > 0 ? $0 : nil } }

    private static func part(_ time: String, _ share: String) -> DelayMixture.Part? {
        guard let time = nanoseconds(time), let share = Double(share) else { return nil }
        return .init(nanoseconds: time, share: share)
    }

    /// Longer than any run, and a sum with a clock's reading is far from overflowing.
    private static let longest: UInt64 = 86_400_000_000_000

    private static func nanoseconds(_ text: String) -> UInt64? {
        for (suffix, factor) in [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)] as [(String, UInt64)]
        where text.hasSuffix(suffix) {
            guard let count = UInt64(text.dropLast(suffix.count)), count <= longest / factor else { return nil }
            return count * factor
        }
        return nil
    }
}

extension Fault {
    /// Reads any of `FaultForm.all`; nil for anything else.
    package init?(_ text: String) {
        let words = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let form = FaultForm.all.first(where: { $0.name == words[0] }), let fault = form.read(Array(words.dropFirst())) else { return nil }
        self = fault
    }
}
