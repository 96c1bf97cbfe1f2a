// What a result's machine could do in the same run: what its figures are taken as fractions of.
internal import Host
internal import Measurement
internal import Results

/// A range that a figure of the calibration lies in.
struct Span: Equatable {
    let value, lower, upper: Double

    init(_ value: Double, _ lower: Double, _ upper: Double) {
        self.value = value
        self.lower = lower
        self.upper = upper
    }

    func divided(by divisor: Double) -> Span { Span(value / divisor, lower / divisor, upper / divisor) }
    func over(_ other: Span) -> Span { Span(value / other.value, lower / other.upper, upper / other.lower) }
}

/// One resource's limit, in the unit of the figure.
struct ResourceLimit: Equatable {
    /// As printed: `loopback`, `disk ÷ 1.04 written per byte`.
    let name: String
    let span: Span
}

struct OwnLimits {
    private let before: [Metric]
    private let after: [Metric]
    private let slices: [String: [Double]]
    private let slicesAfter: [String: [Double]]

    init(_ calibration: CalibrationRecord) {
        before = calibration.before
        after = calibration.after
        slices = calibration.beforeSlices ?? [:]
        slicesAfter = calibration.afterSlices ?? [:]
    }

    /// A figure of the calibration with what all its slices, before and after the run, span. One without slices has no width
    /// of its own: it is given what two readings of one machine may differ by and still count as the same.
    func span(_ item: String) -> Span? {
        guard let value = before.first(where: { $0.name == item })?.value, value > 0 else { return nil }
        let readings = [value] + after.filter { $0.name == item }.compactMap(\.value) + (slices[item] ?? []) + (slicesAfter[item] ?? [])
        let positive = readings.filter { $0 > 0 }
        let width = slices[item] == nil ? RefusalLadder.sameWithin : 0
        return Span(value, positive.min()! * (1 - width), positive.max()! * (1 + width))
    }

    /// The limits of a broker that takes in bytes: MB/s of user bytes.
    ///
    /// - Parameters:
    ///   - reachesDisk: durable or sustained bytes; else the page cache is as far as they need to come.
    ///   - amplification: bytes written per user byte; at least one.
    func append(reachesDisk: Bool, amplification: Double?) -> [ResourceLimit] {
        var limits: [ResourceLimit] = []
        // GB/s of the calibration, MB/s here.
        if let stream = span("tcp_stream") { limits.append(ResourceLimit(name: "loopback", span: stream.divided(by: 1e-3))) }
        if let memory = span("memcpy_64mib") {
            limits.append(ResourceLimit(name: "memory ÷ \(Self.copies) copies", span: memory.divided(by: 1e-3 * Double(Self.copies))))
        }
        let writes = ["write_direct", "write_buffered"].compactMap(span).max { $0.value < $1.value }
        if reachesDisk, let writes {
            let written = max(1, amplification ?? 1)
            limits.append(ResourceLimit(name: written > 1.005 ? "disk ÷ \(threeDigits(written)) written" : "disk", span: writes.divided(by: 1e-3 * written)))
        }
        return limits
    }

    /// From the socket to the broker, and from there into the page cache.
    private static let copies = 2
}
