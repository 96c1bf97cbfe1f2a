// Ours against the limit: interleaved passes and the ratio of each pair.
internal import Host

/// One timed pass.
struct Pass {
    var bytes: UInt64
    /// Records, requests or plans: what `unit` of the comparison says.
    var operations: UInt64
    var seconds: Double
    /// CPU of what is measured, its clients left out.
    var cpuSeconds: Double

    var gigabytesPerSecond: Double { Double(bytes) / seconds / 1e9 }
    var operationsPerSecond: Double { Double(operations) / seconds }
    var cpuSecondsPerGigabyte: Double { cpuSeconds / (Double(bytes) / 1e9) }

    /// Sums of passes of one side.
    static func + (one: Pass, other: Pass) -> Pass {
        Pass(
            bytes: one.bytes + other.bytes, operations: one.operations + other.operations, seconds: one.seconds + other.seconds,
            cpuSeconds: one.cpuSeconds + other.cpuSeconds)
    }
}

/// A ratio with its spread over the pairs.
struct Ratio {
    let median: Double
    let low: Double
    let high: Double

    init(_ values: [Double]) {
        let sorted = values.sorted()
        low = sorted.first ?? .nan
        high = sorted.last ?? .nan
        median = sorted.isEmpty ? .nan : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    var json: JSON { .object([("median", .number(median)), ("low", .number(low)), ("high", .number(high))]) }
    var text: String { "\(percent(median)) [\(percent(low)) - \(percent(high))]" }
}

/// Ratios of pairs, with where their median lies.
struct RatioOfPairs {
    let ratio: Ratio
    let low: Double
    let high: Double

    init(_ values: [Double]) {
        ratio = Ratio(values)
        let skip = Comparison.skippedEachSide(of: values.count)
        let sorted = values.sorted()
        (low, high) = (sorted[skip], sorted[values.count - 1 - skip])
    }

    var interval: JSON { .array([.number(low), .number(high)]) }
}

/// The passes of both sides of one question.
struct Comparison {
    let name: String
    /// `records`, `plans` …
    let unit: String
    let ours: [Pass]
    let limit: [Pass]
    /// What decides: bytes for streams, operations for plans.
    let byOperations: Bool
    /// Memory that the kernel gave back to the hypervisor meanwhile; nil where it does not say.
    let handedBackBytes: Int64?

    /// One untimed pass of each, then `pairs` of timed passes, whose order turns from pair to pair.
    ///
    /// - Parameter warm: runs right before every pass.
    static func measure(
        _ name: String, unit: String = "records", pairs: Int, byOperations: Bool = false, warm: () throws -> Void = {},
        ours: () throws -> Pass, limit: () throws -> Pass
    ) throws -> Comparison {
        _ = try ours()
        _ = try limit()
        let handedBack = HandedBack.bytes()
        var ourPasses: [Pass] = []
        var limitPasses: [Pass] = []
        func runOurs() throws {
            try warm()
            ourPasses.append(try ours())
        }
        for pair in 0..<pairs {
            if pair % 2 == 0 { try runOurs() }
            try warm()
            limitPasses.append(try limit())
            if pair % 2 == 1 { try runOurs() }
        }
        let delta = handedBack.flatMap { before in HandedBack.bytes().map { $0 - before } }
        return Comparison(
            name: name, unit: unit, ours: ourPasses, limit: limitPasses, byOperations: byOperations, handedBackBytes: delta)
    }

    var throughputRatio: Ratio {
        Ratio(ratios)
    }
    private var ratios: [Double] {
        zip(ours, limit).map { byOperations ? $0.operationsPerSecond / $1.operationsPerSecond : $0.gigabytesPerSecond / $1.gigabytesPerSecond }
    }
    /// Where the median ratio lies with 95 % confidence or more: between two of the pairs' ratios, by their order alone.
    /// All of them where there are fewer than six.
    var throughputRatio95: (low: Double, high: Double) {
        let sorted = ratios.sorted()
        let skip = Self.skippedEachSide(of: sorted.count)
        return (sorted[skip], sorted[sorted.count - 1 - skip])
    }

    /// The most smallest and largest values to leave out such that the median is between the rest with 95 %: the
    /// median is above k of n values with the odds of n coin throws.
    static func skippedEachSide(of count: Int) -> Int {
        var (chance, below, skip) = (1.0, 0.0, 0)
        for _ in 0..<count { chance /= 2 }
        for k in 0..<(count / 2) {
            below += chance
            guard 2 * below <= 0.05 else { break }
            skip = k
            chance = chance * Double(count - k) / Double(k + 1)
        }
        return skip
    }

    /// CPU seconds per byte (or operation) of ours by the limit's: below 1 is better.
    var cpuRatio: Ratio {
        Ratio(zip(ours, limit).map {
            byOperations
                ? ($0.cpuSeconds / Double($0.operations)) / ($1.cpuSeconds / Double($1.operations))
                : $0.cpuSecondsPerGigabyte / $1.cpuSecondsPerGigabyte
        })
    }
    /// Passes whose CPU per byte is over three times their side's median: memory was being fetched from the hypervisor.
    var suspectPasses: Int { suspects(ours) + suspects(limit) }

    private func suspects(_ passes: [Pass]) -> Int {
        let costs = passes.map(\.cpuSecondsPerGigabyte)
        let median = Ratio(costs).median
        return costs.count { $0 > 3 * median }
    }

    private func side(_ passes: [Pass]) -> JSON {
        let sum = passes.reduce(Pass(bytes: 0, operations: 0, seconds: 0, cpuSeconds: 0), +)
        return .object([
            ("bytes", .count(sum.bytes)), (unit, .count(sum.operations)), ("seconds", .number(sum.seconds)),
            ("GBps", .number(Ratio(passes.map(\.gigabytesPerSecond)).median)),
            ("\(unit)PerSecond", .number(Ratio(passes.map(\.operationsPerSecond)).median)),
            ("cpuSecondsPerGB", .number(Ratio(passes.map(\.cpuSecondsPerGigabyte)).median)),
            ("passesGBps", .array(passes.map { .number($0.gigabytesPerSecond) })),
        ])
    }

    /// Fields in the order a reader wants them; `GBps` and the like are medians over the passes.
    func fields(oursNamed ourName: String = "ours") -> [(String, JSON)] {
        [
            ("name", .string(name)), (ourName, side(ours)), ("limit", side(limit)), ("ratio", throughputRatio.json),
            ("cpuRatio", cpuRatio.json), ("pairs", .count(ours.count)), ("suspectPasses", .count(suspectPasses)), ("handedBackBytes", handedBackBytes.map { .count($0) } ?? .null),
        ]
    }

    /// One line of the table.
    var line: String {
        let one = Ratio((byOperations ? ours.map(\.operationsPerSecond) : ours.map(\.gigabytesPerSecond))).median
        let other = Ratio((byOperations ? limit.map(\.operationsPerSecond) : limit.map(\.gigabytesPerSecond))).median
        let figures = byOperations
            ? "\(millions(one)) M \(unit)/s, C \(millions(other))"
            : "\(fixed(one, 2)) GB/s (\(millions(Ratio(ours.map(\.operationsPerSecond)).median)) M \(unit)/s), C \(fixed(other, 2)) GB/s"
        return "\(padded(name, 34)) \(figures): \(throughputRatio.text), CPU \(cpuRatio.text)"
            + (suspectPasses > 0 ? " (\(suspectPasses) suspect passes)" : "")
    }
}

func millions(_ value: Double) -> String { fixed(value / 1e6, 2) }

func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
