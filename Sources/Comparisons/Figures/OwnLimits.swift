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
    /// That one producer and one loop of the broker can use: at most two, less under a mask or a quota.
    private let cpus: Double

    init(_ record: RunRecord) {
        let calibration = record.calibration
        cpus = Self.usableCPUs(record.environment.hard)
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

    /// How far bytes have to come before they count.
    enum Reach {
        /// Into the page cache.
        case pageCache
        /// To the disk, for so long that it takes as many as come.
        case disk
        /// Into the page cache first, then to the disk in a final sync, whose time counts: one after the other.
        case diskAfterwards
    }

    /// The limits of a broker that takes in bytes: MB/s of user bytes.
    ///
    /// A burst and its sync held against the disk alone failed its test: with one CPU less the same broker was at 42 % of the
    /// disk instead of 50 %, because the time until the sync is the path's (`Scripts/second-machine`).
    ///
    /// - Parameter amplification: bytes written per user byte; at least one.
    func append(_ reach: Reach, amplification: Double?) -> [ResourceLimit] {
        let path = appendPath().map { ResourceLimit(name: "path on \(threeDigits(cpus)) CPUs", span: $0) }
        let writes = ["write_direct", "write_buffered"].compactMap(span).max { $0.value < $1.value }
        let written = max(1, amplification ?? 1)
        let disk = writes.map {
            ResourceLimit(name: written > 1.005 ? "disk ÷ \(threeDigits(written)) written" : "disk", span: $0.divided(by: 1e-3 * written))
        }
        switch (reach, path, disk) {
        case (.pageCache, _, _): return [path].compactMap { $0 }
        case (.diskAfterwards, let path?, let disk?):
            func inTurn(_ part: (Span) -> Double) -> Double { 1 / (1 / part(path.span) + 1 / part(disk.span)) }
            return [ResourceLimit(name: "\(path.name), then \(disk.name)", span: Span(inTurn(\.value), inTurn(\.lower), inTurn(\.upper)))]
        case (.disk, _, _), (.diskAfterwards, _, _): return [path, disk].compactMap { $0 }
        }
    }

    /// What no producer and broker can do without, by the calibrated speed of each part: either side checks every byte and
    /// copies it once, and the loopback carries it. Two sides on two CPUs work at once; on one they take turns, and the
    /// calibrated loopback, measured under the same mask and quota, has its turns in it already.
    ///
    /// MB/s. The loopback alone as the limit, as it was once, failed its test: with one CPU less the same broker reached
    /// 15 % of it instead of 23 %; of this path it reached 38 % and 39 % (`Scripts/second-machine`).
    private func appendPath() -> Span? {
        guard let check = span("crc_varint_one_core"), let copy = span("memcpy_64mib"), let stream = span("tcp_stream") else { return nil }
        func bytesANanosecond(_ part: (Span) -> Double) -> Double { 1 / (2 / cpus * (1 / part(check) + 1 / part(copy)) + 1 / part(stream)) }
        // GB/s of the calibration, MB/s here.
        return Span(bytesANanosecond(\.value), bytesANanosecond(\.lower), bytesANanosecond(\.upper)).divided(by: 1e-3)
    }

    /// - Parameter hard: `allowed_cpus` as in `0-3,8`, `cgroup_cpu_limit` in CPUs.
    static func usableCPUs(_ hard: [String: String]) -> Double {
        let allowed = hard["allowed_cpus"].flatMap(count) ?? hard["logical_cpus"].flatMap { Int($0) } ?? 2
        let quota = hard["cgroup_cpu_limit"].flatMap { Double($0) } ?? .infinity
        return max(0.01, min(2, Double(allowed), quota))
    }

    private static func count(_ list: String) -> Int? {
        var total = 0
        for part in list.split(separator: ",") {
            let ends = part.split(separator: "-").map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], last >= first else { return nil }
            total += last - first + 1
        }
        return total > 0 ? total : nil
    }
}
