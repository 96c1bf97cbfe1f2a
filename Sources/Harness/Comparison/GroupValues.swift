// From raw slices to the values that are judged: one a slice and metric.
internal import Gate
internal import Measurement
internal import Results

/// The metrics of a comparison and what a slice says of each.
enum GroupValues {
    static let throughput = "throughput"
    static let p99 = "p99 ack"
    static let cpu = "broker CPU"
    static let median = "p50 ack"
    static let tail = "p99.9 ack"

    /// - Parameters:
    ///   - gatesQuantiles: whether a group has enough samples for the gated quantile; it is shown and does not decide where not.
    ///   - showsTail: whether it has enough for one quantile further, which is only shown.
    ///   - spreads: relative A/A spreads of counters on this machine, by name.
    static func metrics(_ plan: ComparisonPlan, gatesQuantiles: Bool, showsTail: Bool = false, spreads: [String: Double]) -> [GatedMetric] {
        var metrics = plan.metrics.map { metric -> GatedMetric in
            switch metric {
            case .throughput: GatedMetric(throughput, unit: "MB/s", polarity: .higherIsBetter, role: .gated)
            case .p99: GatedMetric(p99, unit: "ms", polarity: .lowerIsBetter, role: gatesQuantiles ? .gated : .reported)
            case .cpu: GatedMetric(cpu, unit: "ns/rec", polarity: .lowerIsBetter, role: .gated)
            }
        }
        func show(_ metric: GatedMetric) { if !metrics.contains(where: { $0.name == metric.name }) { metrics.append(metric) } }
        switch plan.kind {
        case .max: show(GatedMetric(throughput, unit: "MB/s", polarity: .higherIsBetter, role: .reported))
        case .rate:
            show(GatedMetric(p99, unit: "ms", polarity: .lowerIsBetter, role: .reported))
            show(GatedMetric(median, unit: "ms", polarity: .lowerIsBetter, role: .reported))
            if showsTail { show(GatedMetric(tail, unit: "ms", polarity: .lowerIsBetter, role: .reported)) }
        }
        show(GatedMetric(cpu, unit: "ns/rec", polarity: .lowerIsBetter, role: .reported))
        for counter in counters {
            // Shown where the broker keeps it; where a selftest has seen it, it has to be there.
            let spread = spreads[counter.name]
            show(
                GatedMetric(
                    counter.name, unit: GatedMetric.perRecord, polarity: .lowerIsBetter, role: spread == nil ? .reported : .counter, selftestSpread: spread))
        }
        return metrics
    }

    /// Counts of work per record, by the name on the broker's page.
    private static let counters: [(name: String, key: String)] = [
        ("syscalls", "syscalls"), ("log appends", "log_appends"), ("flushes", "flushes"),
    ]

    /// Values of every metric that all slices of both sides can tell.
    static func values(_ slices: [SliceRecord], _ plan: ComparisonPlan) -> [String: SliceValues] {
        var values: [String: SliceValues] = [:]
        if plan.kind == .max {
            values[throughput] = each(slices) { ConfidenceInterval.median($0.windows).map { $0.estimate / 1e6 } }
        } else {
            values[p99] = quantile(slices, 0.99)
            values[median] = quantile(slices, 0.50)
            values[tail] = quantile(slices, 0.999)
        }
        values[cpu] = each(slices) { slice in
            slice.records > 0 ? slice.brokerCPUNanoseconds.map { Double($0) / Double(slice.records) } : nil
        }
        for counter in counters {
            values[counter.name] = each(slices) { slice in
                slice.records > 0 ? slice.counters[counter.key].map { Double($0) / Double(slice.records) } : nil
            }
        }
        return values
    }

    private static func each(_ slices: [SliceRecord], _ value: (SliceRecord) -> Double?) -> SliceValues? {
        func all(_ side: Side) -> [Double]? {
            let values = slices.filter { $0.side == side }.map(value)
            return values.contains(nil) ? nil : values.compactMap { $0 }
        }
        guard let base = all(.base), let head = all(.head) else { return nil }
        return SliceValues(base: base, head: head)
    }

    /// Milliseconds: of each slice where each has samples enough, else of all slices of a side together, else nothing.
    ///
    /// No decision is taken on one group, so that a side of a group needs only its share of what a printed quantile
    /// does: a build that batches twenty times more is judged, not a comparison without a side.
    static func quantile(_ slices: [SliceRecord], _ q: Double) -> SliceValues? {
        func isEnough(_ requests: UInt64) -> Bool { VerdictThresholds.tailIsLongEnough(quantile: q, samples: requests) }
        if slices.allSatisfy({ isEnough($0.requests) }) { return each(slices) { milliseconds($0.response, q) } }
        func merged(_ side: Side) -> Double? {
            let own = slices.filter { $0.side == side }
            guard isEnough(own.reduce(0) { $0 + $1.requests } * UInt64(LookSchedule.standard.groupsMinimum)) else { return nil }
            return milliseconds(own.compactMap(\.response).reduce(into: LatencyHistogram()) { $0.add($1) }, q)
        }
        guard let base = merged(.base), let head = merged(.head) else { return nil }
        return SliceValues(base: [base], head: [head])
    }

    private static func milliseconds(_ histogram: LatencyHistogram?, _ q: Double) -> Double? {
        histogram?.value(at: q).map { Double($0) / 1e6 }
    }
}
