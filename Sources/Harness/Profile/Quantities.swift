// Quantities as people write them: 30s, 64KiB, messages(100).
internal import Host

/// Nanoseconds of `30s`, `5m`, `250ms`, `1.5s`, `100us`, `2h`; nil for anything else, a bare number included.
func parseDuration(_ text: String) -> UInt64? {
    let units: [(suffix: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("us", 1e3), ("µs", 1e3), ("ns", 1), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
        let value = parseNumber(text.dropLast(unit.suffix.count)), value * unit.nanoseconds < 1e18
    else { return nil }
    return UInt64((value * unit.nanoseconds).rounded())
}

/// The same for the command line.
package func duration(of text: String) -> UInt64? { parseDuration(text) }

/// A share written as `5%` or `0.05`, above 0 and below 1; nil for anything else.
package func fraction(of text: String) -> Double? {
    let share = text.hasSuffix("%") ? parseNumber(text.dropLast()).map { $0 / 100 } : parseNumber(text)
    return share.flatMap { $0 > 0 && $0 < 1 ? $0 : nil }
}

/// Bytes of `64KiB`, `1MiB`, `2GiB`, `10MB`, `100B` or a bare whole number; nil for anything else.
func parseByteSize(_ text: String) -> Int64? {
    let units: [(suffix: String, bytes: Double)] = [
        ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
        ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1), ("", 1),
    ]
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
        let value = parseNumber(text.dropLast(unit.suffix.count)), value * unit.bytes < 9e18
    else { return nil }
    let bytes = value * unit.bytes
    return bytes == bytes.rounded() ? Int64(bytes) : nil
}

/// A non-negative decimal number, `20_000` and `0.5` included; nil for signs, exponents, `inf` and the rest.
func parseNumber(_ text: some StringProtocol) -> Double? {
    guard let first = text.first, first.isNumber, text.allSatisfy({ "0123456789._".contains($0) }) else { return nil }
    return Double(String(text).replacing("_", with: ""))
}

/// When the broker forces appended data to the device.
package enum Durability: Hashable, Sendable, CustomStringConvertible {
    case none
    case interval(milliseconds: Int)
    case messages(Int)
    case everyAppend

    /// Of `none`, `interval(50ms)`, `messages(1000)`, `every-append`.
    package init?(_ text: String) {
        switch text {
        case "none": self = .none
        case "every-append": self = .everyAppend
        default:
            guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return nil }
            let argument = String(text[text.index(after: open)...].dropLast())
            switch text[..<open] {
            case "interval":
                guard let nanoseconds = parseDuration(argument), nanoseconds >= 1_000_000 else { return nil }
                self = .interval(milliseconds: Int(nanoseconds / 1_000_000))
            case "messages":
                guard let count = Int(argument), count > 0 else { return nil }
                self = .messages(count)
            default: return nil
            }
        }
    }

    /// As a profile writes it.
    package var description: String {
        switch self {
        case .none: "none"
        case .interval(let milliseconds): "interval(\(milliseconds)ms)"
        case .messages(let count): "messages(\(count))"
        case .everyAppend: "every-append"
        }
    }

    /// Kafka's configuration keys for it; one message between flushes is a flush at every append.
    package var brokerSettings: [String: String] {
        switch self {
        case .none: [:]
        case .interval(let milliseconds): ["log.flush.interval.ms": String(milliseconds)]
        case .messages(let count): ["log.flush.interval.messages": String(count)]
        case .everyAppend: ["log.flush.interval.messages": "1"]
        }
    }

    /// As `microbench --flush` takes it.
    package var microbenchArgument: String {
        switch self {
        case .none: "none"
        case .interval(let milliseconds): "ms:\(milliseconds)"
        case .messages(let count): "messages:\(count)"
        case .everyAppend: "every-append"
        }
    }
}

/// `256 MiB`, `1.5 GiB`: limits and buffers, which are powers of two.
func binaryBytes(_ bytes: Int64) -> String {
    for (unit, name) in [(Int64(1) << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] where bytes >= unit {
        return "\(bytes % unit == 0 ? "\(bytes / unit)" : fixed(Double(bytes) / Double(unit), 1)) \(name)"
    }
    return "\(bytes) B"
}

/// `1.5 GB`, `64.0 MiB` style is never mixed: sizes for people are decimal here.
package func decimalBytes(_ bytes: Int64) -> String {
    let value = Double(bytes)
    return switch value {
    case 1e12...: fixed(value / 1e12, 2) + " TB"
    case 1e9...: fixed(value / 1e9, 1) + " GB"
    case 1e6...: fixed(value / 1e6, 1) + " MB"
    case 1e3...: fixed(value / 1e3, 1) + " kB"
    default: "\(bytes) B"
    }
}
