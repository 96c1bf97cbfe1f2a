// Every figure of a result, in the order of its table.
internal import Host
internal import Measurement
package import Results

package enum ResultFigures {
    /// Keys are unique; a figure that was not measured is there with its reason.
    package static func list(_ record: RunRecord) -> [ResultFigure] {
        let all = load(record) + append(record) + hitRate(record) + zeroCopy(record) + latency(record) + costs(record) + other(record) + machine(record)
        var seen: Set<String> = []
        return all.filter { seen.insert($0.key).inserted }
    }

    /// The profile's own load: rates, and response times where the broker kept up.
    private static func load(_ record: RunRecord) -> [ResultFigure] {
        guard let load = LoadReading(record) else { return [] }
        let rates = [
            ResultFigure(.load, key: "acknowledged", label: "acknowledged records", metric: .measured("acknowledged", load.acknowledgedPerSecond, unit: "rec/s", polarity: .higherIsBetter)),
            ResultFigure(.load, key: "throughput", label: "acknowledged bytes", metric: .measured("throughput", load.megabytesPerSecond, unit: "MB/s", polarity: .higherIsBetter)),
        ]
        let saturated = record.verdict?.outcome == .saturated
        // The times of several groups together say nothing of any.
        guard load.groups.isEmpty else { return rates + load.groups.flatMap(group) }
        return rates + load.recordedClocks.flatMap { clock in
            LoadReading.quantiles.compactMap { quantile in
                load.cell(clock, quantile).map { cell in
                    let name = quantileName(quantile)
                    return ResultFigure(
                        .load, key: "\(clock)/\(name)", label: "\(clock.replacing("_", with: "-")) \(name)", metric: metric(cell, name),
                        reservation: saturated ? "saturated: no latency claim" : bound(cell.reading))
                }
            }
        }
    }

    /// One named group of the load.
    private static func group(_ group: LoadReading.Group) -> [ResultFigure] {
        let rate = (group.acknowledgedPerSecond ?? group.consumedPerSecond).map { rate in
            let what = group.isProducing ? "acknowledged" : "consumed"
            return ResultFigure(
                .load, key: "\(group.name)/\(what)", label: "\(group.name), \(what) records",
                metric: .measured(what, rate, unit: "rec/s", polarity: .higherIsBetter))
        }
        return [rate].compactMap { $0 } + group.recordedClocks.flatMap { clock in
            LoadReading.quantiles.compactMap { quantile in
                group.cell(clock, quantile).map { cell in
                    let name = quantileName(quantile)
                    return ResultFigure(
                        .load, key: "\(group.name)/\(clock)/\(name)", label: "\(group.name), \(clock.replacing("_", with: "-")) \(name)",
                        metric: metric(cell, name), reservation: group.record.isSaturated ? "saturated: no latency claim" : bound(cell.reading))
                }
            }
        }
    }

    private static func append(_ record: RunRecord) -> [ResultFigure] {
        (record.headlines.append?.rows ?? []).flatMap { row in
            [("accepted", row.accepted), ("durable", row.durable)].compactMap { kind, metric in
                // Of a height that never has this figure there is nothing to compare.
                if row.height == .device, kind == "accepted" { return nil }
                return ResultFigure(
                    .append, key: "\(row.height.rawValue)/\(row.label)/\(row.durability)/\(kind)",
                    label: "\(row.height.rawValue), \(row.label), \(kind)", metric: metric, reservation: reservation(row, kind))
            }
        }
    }

    private static func reservation(_ row: AppendRow, _ kind: String) -> String? {
        row.height == .broker && kind == "accepted" && row.note?.contains("client-bound") == true ? "client-bound" : nil
    }

    private static func hitRate(_ record: RunRecord) -> [ResultFigure] {
        lagCurve(record.headlines.hitRate?.lagCurve) + (record.headlines.hitRate?.rows ?? []).flatMap { row in
            [("broker", row.byBroker), ("process", row.byProcess), ("device", row.byDevice)].map { instrument, metric in
                ResultFigure(
                    .hitRate, key: "\(row.state)/\(row.group)/readahead \(row.readahead)/\(instrument)",
                    label: "\(row.state), \(row.group), by the \(instrument)", metric: metric,
                    reservation: row.agrees == false ? "instruments disagree" : nil)
            }
        }
    }

    private static func lagCurve(_ curve: CacheLagCurve?) -> [ResultFigure] {
        guard let curve else { return [] }
        return curve.points.flatMap { point in
            [("hits", point.hitRate), ("throughput", point.throughput)].map { kind, metric in
                ResultFigure(
                    .hitRate, key: "lag \(fixed(point.lagShare, 2)) of \(curve.limitBytes)/\(kind)", label: "\(fixed(point.lagShare, 2)) caches behind, \(kind)", metric: metric)
            }
        }
    }

    private static func zeroCopy(_ record: RunRecord) -> [ResultFigure] {
        guard let part = record.headlines.zeroCopy else { return [] }
        // What results that do not say had: figures of other conditions are other figures.
        let unusual = [
            part.fetchBytes.flatMap { $0 == 1 << 20 ? nil : "fetches of \($0)" }, part.consumers.flatMap { $0 == 1 ? nil : "\($0) consumers" },
            part.data.flatMap { $0 == "page cache" ? nil : $0 },
        ].compactMap { $0 }
        let place = ([part.placement, part.load] + unusual).joined(separator: "/")
        return part.modes.flatMap { mode in
            [
                ResultFigure(.zeroCopy, key: "\(place)/\(mode.mode)/cpu", label: "\(mode.mode), CPU per GB", metric: mode.cpuSecondsPerGB),
                ResultFigure(.zeroCopy, key: "\(place)/\(mode.mode)/throughput", label: "\(mode.mode), throughput", metric: mode.throughput),
            ]
        } + part.comparisons.map { row in
            ResultFigure(
                .zeroCopy, key: "\(place)/\(row.zeroCopy) against \(row.baseline)/saving",
                label: "\(row.zeroCopy) against \(row.baseline), CPU saved", metric: row.saving)
        }
    }

    private static func latency(_ record: RunRecord) -> [ResultFigure] {
        let saturated = record.verdict?.outcome == .saturated
        return (record.headlines.latency?.rows ?? []).flatMap { row in
            row.cells.map { cell in
                let name = quantileName(cell.quantile)
                return ResultFigure(
                    .latency, key: "\(row.placement)/\(row.clock)/\(fixed(row.eventsPerSecond, 0))/\(name)",
                    label: "\(row.clock) \(name), \(row.placement)", metric: metric(cell, name),
                    reservation: saturated ? "saturated: no latency claim" : row.valid ? bound(cell.reading) : "placement not verified")
            }
        }
    }

    private static func metric(_ cell: QuantileCell, _ name: String) -> Metric {
        switch cell.reading {
        case .measured(let nanoseconds, _, _): .measured(name, Double(nanoseconds), unit: "ns", polarity: .lowerIsBetter)
        case .unavailable(let samples): .unavailable(name, unit: "ns", polarity: .lowerIsBetter, reason: "only \(samples) samples")
        }
    }

    private static func bound(_ reading: QuantileReading) -> String? {
        guard case .measured(_, let bound, let episodes) = reading else { return nil }
        return switch bound {
        case .machineFloor: "machine floor"
        case .generator: "generator"
        case nil: episodes.map { "\($0) episodes" }
        }
    }

    private static let comparedCosts = ["cpu_ns_per_record", "cpu_s_per_gb_in", "cpu_s_per_gb_out", "write_amplification"]

    private static func costs(_ record: RunRecord) -> [ResultFigure] {
        record.countedPhases.filter { !$0.name.hasPrefix("ceiling") }.flatMap { phase in
            let compared = (phase.costs?.metrics ?? []).filter { comparedCosts.contains($0.name) && isMeaningful($0) }
            return (compared + [systemCalls(phase)].compactMap { $0 }).map { metric in
                ResultFigure(
                    .cost, key: "\(phase.name)/\(metric.name)", label: "\(metric.name.replacing("_", with: " ")), \(phase.name)", metric: metric,
                    reservation: metric.note?.contains("indicative") == true ? "indicative" : nil)
            }
        }
    }

    /// A phase that wrote less than it took in left the rest in the page cache: that amplifies nothing yet.
    private static func isMeaningful(_ metric: Metric) -> Bool {
        guard let value = metric.value else { return false }
        return metric.name != "write_amplification" || value >= 1
    }

    /// The count alone says how long the phase was.
    private static func systemCalls(_ phase: PhaseRecord) -> Metric? {
        guard let count = phase.costs?.metrics.first(where: { $0.name == "syscalls" })?.value, let records = phase.counters["acknowledged_records"], records > 0 else { return nil }
        return .measured("syscalls_per_record", count / Double(records), unit: "/rec", polarity: .lowerIsBetter, note: "self-reported")
    }

    private static func other(_ record: RunRecord) -> [ResultFigure] {
        record.metrics.map { ResultFigure(.other, key: $0.name, label: $0.name.replacing("_", with: " "), metric: $0) }
    }

    private static func machine(_ record: RunRecord) -> [ResultFigure] {
        record.calibration.before.map { metric in
            let slices = record.calibration.beforeSlices?[metric.name].flatMap(ConfidenceInterval.median)
            guard let value = metric.value else { return ResultFigure(.machine, key: metric.name, label: metric.name, metric: metric) }
            let sliced = Metric.measured(metric.name, value, unit: metric.unit, polarity: metric.polarity, interval: metric.interval ?? slices)
            return ResultFigure(.machine, key: metric.name, label: metric.name.replacing("_", with: " "), metric: sliced)
        }
    }
}
