// The values that `producer-perf` sends, made before its clock starts.
internal import Measurement

/// Where the values of the records come from.
package enum PayloadSource: Equatable, Sendable {
    /// So many capital letters at random.
    case random(bytes: Int)
    /// The pieces of a text file between delimiters, at random.
    case file(path: String, delimiter: String)
    /// The record's number, from 0, in decimal digits.
    case monotonic
}

/// Values, one for each record. Belongs to one thread.
final class PerfPayloads {
    private enum Kind {
        /// Slots of one size, gone round.
        case slots(Int)
        case spans([Range<Int>])
        case number
    }

    /// Of every value.
    let sizes: ClosedRange<Int>
    private let kind: Kind
    private let memory: UnsafeMutableRawBufferPointer
    private var random = SeededRandom(seed: 0)

    /// Letters that are drawn at most: more than a last-level cache holds. A value comes again after so many bytes.
    private static let letterBytes = 64 << 20
    /// Digits of the largest Int64.
    private static let mostDigits = 19

    /// - Parameters:
    ///   - bytes: of every value, one at least.
    ///   - records: how many values will be asked for.
    init(randomOf bytes: Int, records: Int64) {
        precondition(bytes > 0 && records > 0, "\(records) values of \(bytes) bytes")
        let slots = max(1, Int(min(records, Int64(Self.letterBytes / bytes))))
        sizes = bytes...bytes
        kind = .slots(slots)
        memory = .allocate(byteCount: (slots * bytes + 7) / 8 * 8, alignment: 4096)
        fillWithLetters()
    }

    /// - Parameter file: its pieces in `spans`, of which there is one at least.
    init(file: [UInt8], spans: [Range<Int>]) {
        let counts = spans.map(\.count)
        sizes = counts.min()!...counts.max()!
        kind = .spans(spans)
        memory = .allocate(byteCount: max(1, file.count), alignment: 16)
        memory.copyBytes(from: file)
    }

    /// - Parameter records: numbers below it will be asked for.
    init(numbersBelow records: Int64) {
        sizes = 1...String(max(0, records - 1)).utf8.count
        kind = .number
        memory = .allocate(byteCount: Self.mostDigits, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// The value of record `number`, valid until the next call.
    func value(_ number: Int64) -> UnsafeRawBufferPointer {
        switch kind {
        case .slots(let count):
            let start = Int(number % Int64(count)) * sizes.upperBound
            return UnsafeRawBufferPointer(rebasing: memory[start..<start + sizes.upperBound])
        case .spans(let spans):
            return UnsafeRawBufferPointer(rebasing: memory[spans[Int(random.next() % UInt64(spans.count))]])
        case .number:
            return digits(of: UInt64(number))
        }
    }

    private func digits(of number: UInt64) -> UnsafeRawBufferPointer {
        var (rest, start) = (number, Self.mostDigits)
        repeat {
            start -= 1
            memory[start] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        return UnsafeRawBufferPointer(rebasing: memory[start..<Self.mostDigits])
    }

    private func fillWithLetters() {
        for start in stride(from: 0, to: memory.count, by: 8) {
            let drawn = random.next()
            var letters: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                // Of 256 values, nine or ten are each letter: 4.70 bits of what 26 equal ones have.
                letters |= (((drawn >> shift & 0xff) * 26) >> 8 + UInt64(UInt8(ascii: "A"))) << shift
            }
            memory.storeBytes(of: letters, toByteOffset: start, as: UInt64.self)
        }
    }
}

extension PerfPayloads {
    /// The payloads of a run, none larger than its requests may carry.
    ///
    /// - Parameter say: gets Kafka's lines about a file.
    static func made(for plan: ProducerPerfPlan, _ say: (String) -> Void) throws(PeerToolError) -> PerfPayloads {
        let payloads: PerfPayloads
        switch plan.payload {
        case .random(let bytes):
            // Before there is memory for it.
            try plan.check(bytes...bytes)
            return PerfPayloads(randomOf: bytes, records: plan.records)
        case .monotonic:
            payloads = PerfPayloads(numbersBelow: plan.records)
        case .file(let path, let delimiter):
            say("Reading payloads from: \(NamedFile.absolute(path))")
            let file = try PayloadFile.read(path, delimiter: delimiter)
            say("Number of messages read: \(file.spans.count)")
            payloads = PerfPayloads(file: file.bytes, spans: file.spans)
        }
        try plan.check(payloads.sizes)
        return payloads
    }
}
