// A run as OMB's result file, with the fields of its TestResult.java and of Redpanda's.
package import Foundation
internal import Measurement
package import Results

/// The figures of one run in OMB's names and units: publish and end-to-end latencies in milliseconds, delays of publishing in microseconds,
/// rates in records a second. Arrays have one value a sample. OMB has no way to say that a quantile rests on too few samples, so none is left
/// out here: run.json beside it says which may be quoted.
package struct OMBResult {
    private let record: RunRecord
    private let plan: OMBPlan
    private let samples: [OMBSample]

    private static let dateFormat = "yyyy-MM-dd-HH-mm-ss"

    package init(_ record: RunRecord, _ plan: OMBPlan) {
        self.record = record
        self.plan = plan
        samples = OMBSample.all(record.countedPhases)
    }

    /// Puts the file beside run.json.
    ///
    /// - Returns: its path.
    package static func write(_ record: RunRecord, _ plan: OMBPlan, into directory: URL) throws -> String {
        let result = OMBResult(record, plan)
        let place = directory.appendingPathComponent(result.fileName)
        try result.document().write(to: place)
        return place.path
    }

    /// OMB's default: `<workload file>-<driver>-yyyy-MM-dd-HH-mm-ss.json`.
    package var fileName: String {
        "\(OMBFile.baseName(plan.workload.path))-\(plan.driver.name)-\(time(record.identity.endedAt)).json".replacing("/", with: "-")
    }

    /// A time of the record, in the machine's own zone as OMB has it.
    private func time(_ timestamp: String?) -> String {
        let date = timestamp.flatMap { try? Date($0, strategy: .iso8601) } ?? Date()
        return (try? JavaDateFormat(Self.dateFormat))?.text(Int64(date.timeIntervalSince1970 * 1000)) ?? ""
    }

    package func document() throws -> Data {
        try JSONSerialization.data(withJSONObject: fields(), options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) + Data("\n".utf8)
    }

    /// By name: OMB's, then those that Redpanda's fork has besides.
    func fields() -> [String: Any] {
        var fields: [String: Any] = [
            "workload": plan.workload.name, "driver": plan.driver.name, "messageSize": messageSize, "topics": plan.workload.topics,
            "partitions": plan.workload.partitionsPerTopic, "producersPerTopic": plan.workload.producersPerTopic,
            "consumersPerTopic": plan.workload.consumerPerSubscription, "version": record.software.broker, "beginTime": time(record.identity.startedAt),
            "endTime": time(record.identity.endedAt), "sampleRateMillis": plan.intervalSeconds * 1000,
        ]
        fields["publishRate"] = samples.map(\.publishRate)
        fields["publishErrorRate"] = samples.map(\.publishErrorRate)
        fields["consumeRate"] = samples.map(\.consumeRate)
        fields["backlog"] = samples.map(\.backlog)
        fields["sent"] = samples.map(\.sent)
        fields["consumed"] = samples.map(\.consumed)
        fields["publishFailed"] = samples.map(\.failed)
        // What can't be read is no rate but a failed audit.
        fields["consumeFailed"] = samples.map { _ in 0 }
        for latency in Self.latencies { add(latency, to: &fields) }
        let lag = samples.map { $0.clocks["schedule_lag"] }
        for (name, index) in [("50pct", 0), ("75pct", 1), ("99pct", 3)] { fields["scheduleLatency\(name)"] = lag.map { milliseconds($0?.quantiles[index]) } }
        fields["scheduleLatencyMin"] = lag.map { milliseconds($0?.minimumNanoseconds) }
        fields["scheduleLatencyMax"] = lag.map { milliseconds($0?.maximumNanoseconds) }
        fields["aggregatedScheduleLatencyQuantiles"] = quantiles("schedule_lag") { Double($0) / 1e6 }
        for (name, clock) in [("publishLatencyMin", "response"), ("endToEndLatencyMin", "end_to_end")] {
            fields[name] = samples.map { milliseconds($0.clocks[clock]?.minimumNanoseconds) }
        }
        return fields
    }

    private var messageSize: Int { plan.workload.sizeRanges.isEmpty ? plan.workload.messageSize : plan.profile.producers?.recordBytes ?? 0 }

    private func milliseconds(_ nanoseconds: UInt64?) -> Double { Double(nanoseconds ?? 0) / 1e6 }

    // MARK: latencies

    private struct Latency {
        /// As in `publishLatencyAvg`, and behind `aggregated`.
        let name, aggregated: String
        let clock: String
        let nanosecondsPerUnit: Double
        /// Whether quantiles are whole numbers.
        let isWhole: Bool
    }

    private static let latencies = [
        Latency(name: "publishLatency", aggregated: "PublishLatency", clock: "response", nanosecondsPerUnit: 1e6, isWhole: false),
        Latency(name: "publishDelayLatency", aggregated: "PublishDelayLatency", clock: "schedule_lag", nanosecondsPerUnit: 1e3, isWhole: true),
        Latency(name: "endToEndLatency", aggregated: "EndToEndLatency", clock: "end_to_end", nanosecondsPerUnit: 1e6, isWhole: false),
    ]
    /// Of `IntervalQuantiles.asked`.
    private static let quantileNames = ["50pct", "75pct", "95pct", "99pct", "999pct", "9999pct"]

    private func add(_ latency: Latency, to fields: inout [String: Any]) {
        func value(_ nanoseconds: UInt64?) -> Any {
            let inUnits = Double(nanoseconds ?? 0) / latency.nanosecondsPerUnit
            if latency.isWhole { return Int64(inUnits.rounded()) }
            return inUnits
        }
        let clocks = samples.map { $0.clocks[latency.clock] }
        let whole = merged(latency.clock)
        fields["\(latency.name)Avg"] = clocks.map { ($0?.meanNanoseconds ?? 0) / latency.nanosecondsPerUnit }
        fields["aggregated\(latency.aggregated)Avg"] = (whole.meanNanoseconds ?? 0) / latency.nanosecondsPerUnit
        for (index, (name, quantile)) in zip(Self.quantileNames, IntervalQuantiles.asked).enumerated() {
            fields["\(latency.name)\(name)"] = clocks.map { value($0?.quantiles[index]) }
            fields["aggregated\(latency.aggregated)\(name)"] = value(whole.value(at: quantile))
        }
        fields["\(latency.name)Max"] = clocks.map { value($0?.maximumNanoseconds) }
        fields["aggregated\(latency.aggregated)Max"] = value(whole.value(at: 1))
        fields["aggregated\(latency.aggregated)Quantiles"] = quantiles(latency.clock) { value($0) }
    }

    /// Of all phases that OMB's test consists of: the steady one, and the catch-up behind a backlog.
    private func merged(_ clock: String) -> LatencyHistogram {
        OMBSample.measured(record.countedPhases).reduce(into: LatencyHistogram()) { sum, phase in
            if let histogram = phase.histograms[clock] { sum.append(histogram) }
        }
    }

    /// Percentile to value, as OMB has them.
    private func quantiles(_ clock: String, _ value: (UInt64) -> Any) -> [String: Any] {
        let whole = merged(clock)
        guard whole.count > 0 else { return [:] }
        var all: [String: Any] = ["0.0": value(UInt64(max(0, whole.minimumNanoseconds ?? 0)))]
        for percentile in (1...99).map(Double.init) + [99.5, 99.9, 99.95, 99.99, 99.999, 100] {
            all["\(percentile)"] = value(whole.value(at: percentile / 100) ?? 0)
        }
        return all
    }
}
