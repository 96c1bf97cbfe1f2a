// A figure relative to what its own machine can do: what may be compared across machines.
internal import Host
internal import Measurement
package import Results

package struct NormalisedFigure: Codable, Equatable, Sendable {
    /// The same for the same figure of another result.
    package let key: String
    package let label: String
    package let value: Double
    /// What the spread of the figure and of the calibration allow.
    package let lower: Double
    package let upper: Double
    /// `of limit` or `×`.
    package let unit: String
    /// What it was divided by: `disk ÷ 1.04 written`, `path on 2 CPUs`, `check of 1 KiB` (CRC and varints), `raw append + fdatasync p99`.
    package let against: String
    package let polarity: Metric.Polarity
}

package enum NormalisedFigures {
    /// Bytes that one operation of the calibration checks: the size of record that records are thought of in.
    static let operationBytes = 1024.0

    package static func list(_ record: RunRecord) -> [NormalisedFigure] {
        let limits = OwnLimits(record)
        return fractions(record, limits) + loadFractions(record, limits) + costs(record, limits) + latencies(record, limits) + loadLatencies(record, limits)
    }

    // MARK: throughput ÷ the nearest limit

    static func isFraction(_ figure: NormalisedFigure) -> Bool { figure.key.hasPrefix("fraction/") }

    private static func fractions(_ record: RunRecord, _ limits: OwnLimits) -> [NormalisedFigure] {
        (record.headlines.append?.rows ?? []).filter { $0.height == .broker }.flatMap { row -> [NormalisedFigure] in
            let figures: [(String, Metric, OwnLimits.Reach)] = [
                ("accepted", row.accepted, row.sustained ? .disk : .pageCache), ("durable", row.durable, row.sustained ? .disk : .diskAfterwards),
            ]
            return figures.compactMap { kind, metric, reach -> NormalisedFigure? in
                guard let value = metric.value, value > 0 else { return nil }
                let candidates = limits.append(reach, amplification: amplification(record))
                guard let nearest = candidates.min(by: { $0.span.value < $1.span.value }) else { return nil }
                let share = (metric.interval.map { Span(value, $0.lower, $0.upper) } ?? spread(value, appendPhase, record)).over(nearest.span)
                return NormalisedFigure(
                    key: "fraction/\(row.label)/\(kind)", label: "\(kind), \(row.label)", value: share.value, lower: share.lower, upper: share.upper,
                    unit: "of limit", against: nearest.name, polarity: .higherIsBetter)
            }
        }
    }

    /// Of the profile's own load where nothing held it back. What is offered at a rate says nothing of a limit, and compressed bytes
    /// are not those that were sent; a load whose every append is synced waits for the disk's time, not for its bandwidth.
    private static func loadFractions(_ record: RunRecord, _ limits: OwnLimits) -> [NormalisedFigure] {
        guard record.profile.durability != "every-append" else { return [] }
        return loads(record).compactMap { load -> NormalisedFigure? in
            guard load.mode == "max" || load.mode == "closed", load.compressed == nil, load.megabytesPerSecond > 0,
                let path = limits.append(.pageCache, amplification: nil).first
            else { return nil }
            let share = spread(load.megabytesPerSecond, load.phase.name, record).over(path.span)
            return NormalisedFigure(
                key: "fraction/load/\(load.phase.name)/accepted", label: "accepted, \(load.phase.name)", value: share.value, lower: share.lower,
                upper: share.upper, unit: "of limit", against: path.name, polarity: .higherIsBetter)
        }
    }

    private static func loads(_ record: RunRecord) -> [LoadReading] { [LoadReading(record)].compactMap(\.self) + LoadReading.later(record) }

    private static let appendPhase = "append steady"

    private static func amplification(_ record: RunRecord) -> Double? {
        record.phases.first { $0.name == appendPhase }?.costs?.metrics.first { $0.name == "write_amplification" }?.value
    }

    /// The interval of the median second of a phase, moved to a figure that has none of its own.
    private static func spread(_ value: Double, _ phase: String, _ record: RunRecord) -> Span {
        let seconds = (record.phases.first { $0.name == phase }?.series ?? []).map { Double($0.bytes) }.filter { $0 > 0 }
        guard seconds.count > 1, let median = ConfidenceInterval.median(seconds), median.estimate > 0 else {
            return Span(value, value * (1 - RefusalLadder.sameWithin), value * (1 + RefusalLadder.sameWithin))
        }
        return Span(value, value * min(1, median.lower / median.estimate), value * max(1, median.upper / median.estimate))
    }

    // MARK: CPU per record ÷ what checking a KiB costs

    private static func costs(_ record: RunRecord, _ limits: OwnLimits) -> [NormalisedFigure] {
        guard let rate = limits.span("crc_varint_one_core") else { return [] }
        // GB/s is bytes a nanosecond.
        let nanoseconds = Span(operationBytes / rate.value, operationBytes / rate.upper, operationBytes / rate.lower)
        return record.countedPhases.filter { !$0.name.hasPrefix("ceiling") }.compactMap { phase in
            guard let metric = phase.costs?.metrics.first(where: { $0.name == "cpu_ns_per_record" }), let value = metric.value, value > 0,
                metric.note?.contains("indicative") != true
            else { return nil }
            let own = metric.interval.map { Span(value, $0.lower, $0.upper) } ?? Span(value, value, value)
            let share = own.over(nanoseconds)
            return NormalisedFigure(
                key: "cpu/\(phase.name)", label: "CPU per record, \(phase.name)", value: share.value, lower: share.lower, upper: share.upper,
                unit: "×", against: "check of 1 KiB", polarity: .lowerIsBetter)
        }
    }

    // MARK: acknowledgement ÷ what the disk alone takes

    /// Only where acknowledgements wait for the disk, and the disk is what they wait for. Out of the page cache they wait
    /// for wake-ups: held against the loopback's ping-pong, the same broker was at 2.2 times on two CPUs and 7.3 times on
    /// one of them, so that ratio says nothing across machines.
    private static func latencies(_ record: RunRecord, _ limits: OwnLimits) -> [NormalisedFigure] {
        guard waitsForDisk(record) else { return [] }
        return (record.headlines.latency?.rows ?? []).filter { $0.valid && $0.clock.hasPrefix("response") }.flatMap { row in
            row.cells.compactMap { cell -> NormalisedFigure? in
                figure(cell, limits, key: "\(row.placement)/\(row.clock)", label: row.placement, clock: row.clock) { interval(row, cell, record, $0) }
            }
        }
    }

    /// The same of the profile's own load.
    private static func loadLatencies(_ record: RunRecord, _ limits: OwnLimits) -> [NormalisedFigure] {
        guard waitsForDisk(record) else { return [] }
        return loads(record).filter { $0.mode == "open" }.flatMap { load in
            [0.5, 0.99].compactMap { quantile -> NormalisedFigure? in
                guard let cell = load.cell("response", quantile) else { return nil }
                return figure(cell, limits, key: "load/\(load.phase.name)/response", label: load.phase.name, clock: "response") { nanoseconds in
                    let range = load.phase.histograms["response"]?.quantileInterval(at: quantile)
                    return range.map { Span(Double(nanoseconds), Double($0.lowerBound), Double($0.upperBound)) } ?? Span(Double(nanoseconds), Double(nanoseconds), Double(nanoseconds))
                }
            }
        }
    }

    private static func waitsForDisk(_ record: RunRecord) -> Bool { record.verdict?.outcome != .saturated && record.profile.durability == "every-append" }

    private static func figure(
        _ cell: QuantileCell, _ limits: OwnLimits, key: String, label: String, clock: String, _ interval: (UInt64) -> Span
    ) -> NormalisedFigure? {
        guard [0.5, 0.99].contains(cell.quantile), let nanoseconds = cell.reading.nanoseconds, nanoseconds > 0 else { return nil }
        let name = quantileName(cell.quantile)
        guard let floor = limits.span("append_fdatasync_" + name), let wakeUp = limits.span("tcp_ping_" + name), floor.value > wakeUp.value else { return nil }
        let share = interval(nanoseconds).over(floor)
        return NormalisedFigure(
            key: "latency/\(key)/\(name)", label: "\(clock) \(name), \(label)", value: share.value, lower: share.lower, upper: share.upper, unit: "×",
            against: "raw append + fdatasync \(name)", polarity: .lowerIsBetter)
    }

    /// The order statistics of the phase's own histogram, where it is the one that the row was read from.
    private static func interval(_ row: LatencyRow, _ cell: QuantileCell, _ record: RunRecord, _ nanoseconds: UInt64) -> Span {
        let value = Double(nanoseconds)
        let histograms = record.phases.filter { $0.kind == "steady" }.compactMap { $0.histograms["response"] }
        guard let own = histograms.first(where: { $0.count == row.samples && $0.value(at: cell.quantile) == nanoseconds }),
            let range = own.quantileInterval(at: cell.quantile)
        else { return Span(value, value, value) }
        return Span(value, Double(range.lowerBound), Double(range.upperBound))
    }
}
