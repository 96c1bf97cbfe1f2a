// One line of a calibration.
internal import Glibc
internal import Host

/// One figure of a calibration, or why it could not be had.
struct CalibrationItem {
    let name: String
    private let value: Double?
    private let unit: String
    private let polarity: String
    private let samples: UInt64?
    /// The value is their median; empty where it was measured in one piece.
    private var slices: [Double] = []
    private let reason: String?

    /// - Parameter rate: bytes per second, or -errno.
    init(_ name: String, rate: Double) {
        self.init(
            name, value: rate < 0 ? nil : rate / 1e9, unit: "GB/s", polarity: "higher", samples: nil,
            reason: rate < 0 ? String(cString: strerror(Int32(-rate))) : nil)
    }

    /// - Parameter rates: bytes per second of each slice, or -errno.
    init(_ name: String, rates: [Double]) {
        self.init(name, rate: rates.first { $0 < 0 } ?? rates.sorted()[rates.count / 2])
        if value != nil { slices = rates.map { $0 / 1e9 } }
    }

    init(_ name: String, nanoseconds: UInt64, samples: UInt64) {
        self.init(name, value: Double(nanoseconds), unit: "ns", polarity: "lower", samples: samples, reason: nil)
    }

    init(_ name: String, errno: Int32) {
        self.init(name, value: nil, unit: "", polarity: "", samples: nil, reason: String(cString: strerror(errno)))
    }

    private init(_ name: String, value: Double?, unit: String, polarity: String, samples: UInt64?, reason: String?) {
        self.name = name
        self.value = value
        self.unit = unit
        self.polarity = polarity
        self.samples = samples
        self.reason = reason
    }

    var json: JSON {
        guard let value else { return .object([("name", .string(name)), ("unavailable", .string(reason ?? "unknown"))]) }
        var fields: [(String, JSON)] = [
            ("name", .string(name)), ("value", .number(value)), ("unit", .string(unit)), ("polarity", .string(polarity)),
        ]
        if let samples { fields.append(("samples", .count(samples))) }
        if !slices.isEmpty { fields.append(("slices", .array(slices.map { .number($0) }))) }
        return .object(fields)
    }

    var line: String {
        guard let value else { return "\(padded(name, 24)) n/a (\(reason ?? "unknown"))" }
        return "\(padded(name, 24)) \(unit == "ns" ? fixed(value / 1000, 1) + " µs" : fixed(value, 2) + " " + unit)"
    }
}
