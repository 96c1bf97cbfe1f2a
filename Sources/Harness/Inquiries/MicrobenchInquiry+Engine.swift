// Questions about the engine by itself, and how their answers become figures.
internal import Foundation
internal import Host
internal import Measurement
internal import Results

extension MicrobenchInquiry {
    /// A ratio of interleaved passes.
    struct Passes: Decodable {
        struct Ratio: Decodable { let median: Double }
        struct Side: Decodable { let GBps: Double }
        let ratio: Ratio
        let interval95: [Double]

        func metric(_ name: String, _ polarity: Metric.Polarity, samples: Int, note: String? = nil) -> Metric {
            .measured(
                name, ratio.median, unit: "x", polarity: polarity, interval: FigureItems.Item.interval(ratio.median, interval95, UInt64(samples)),
                samples: UInt64(samples), note: note)
        }
    }

    /// Appends to a long log of many segments beside the same to a log of one.
    static func storedSize(_ isQuick: Bool) -> MicrobenchInquiry {
        struct Report: Decodable {
            let segments, pairs: Int
            let logBytes: Double
            let long, limit: Passes.Side
        }
        let (segments, mebibytes, pairs) = isQuick ? (500, 1024, 9) : (1000, 8192, 15)
        return MicrobenchInquiry(
            name: "stored-size", arguments: ["append-segments", "--segments", "\(segments)", "--log-mebibytes", "\(mebibytes)", "--pairs", "\(pairs)"],
            // Written, and forced to the disk before anything is timed.
            seconds: Double(pairs) * 0.2 + 4 + Double(mebibytes) / 250, diskBytes: 4 << 30 + Int64(mebibytes) << 20
        ) { json in
            let report = try JSONDecoder().decode(Report.self, from: json)
            return [
                .measured("segments", Double(report.segments), unit: "count", polarity: .neutral),
                .measured("stored_bytes", report.logBytes, unit: "bytes", polarity: .neutral),
                .measured("append_many_segments", report.long.GBps, unit: "GB/s", polarity: .higherIsBetter),
                .measured("append_one_segment", report.limit.GBps, unit: "GB/s", polarity: .higherIsBetter),
                try JSONDecoder().decode(Passes.self, from: json).metric("append_many_to_one_segment", .higherIsBetter, samples: report.pairs),
            ]
        }
    }

    /// Random offsets in logs of segments that are all alike.
    static func lookup(_ isQuick: Bool) -> MicrobenchInquiry {
        struct Report: Decodable {
            struct Log: Decodable {
                let segments: Int
                let logBytes, indexBytes: Double
                let passesNanoseconds: [Double]
            }
            let logs: [Log]
        }
        let (segments, seconds, pairs) = isQuick ? (["1", "4", "32"], 0.08, 6) : (["1", "4", "16", "64", "128"], 0.15, 9)
        let mebibytes = (Int(segments.last!) ?? 1) * 16
        return MicrobenchInquiry(
            name: "lookup",
            arguments: ["offset-lookup", "--segment-mebibytes", "16", "--seconds", "\(seconds)", "--pairs", "\(pairs)", "--segments"] + segments,
            seconds: Double(segments.count * pairs * 2) * seconds + Double(mebibytes) / 500, diskBytes: Int64(mebibytes) << 21
        ) { json in
            let logs = try JSONDecoder().decode(Report.self, from: json).logs
            guard let first = logs.first, let last = logs.last, logs.count > 1, let small = ConfidenceInterval.median(first.passesNanoseconds),
                let large = ConfidenceInterval.median(last.passesNanoseconds), small.lower > 0
            else { throw HarnessError.impossible("lookup: microbench answered without logs of two sizes") }
            func cost(_ name: String, _ interval: ConfidenceInterval, _ bytes: Double) -> Metric {
                .measured(
                    name, interval.estimate, unit: "ns", polarity: .lowerIsBetter, interval: interval, samples: UInt64(interval.samples),
                    note: "log of \(decimalBytes(Int64(bytes)))")
            }
            let growth = ConfidenceInterval(
                estimate: large.estimate / small.estimate, lower: large.lower / small.upper, upper: large.upper / small.lower, level: small.level,
                method: .orderStatistics, samples: small.samples)
            // The curve between them.
            let between = logs.dropFirst().dropLast().compactMap { log in
                ConfidenceInterval.median(log.passesNanoseconds).map { cost("lookup_\(log.segments)_segments", $0, log.logBytes) }
            }
            let ends: [Metric] = [
                .measured("log_growth", last.logBytes / first.logBytes, unit: "x", polarity: .neutral), cost("lookup_smallest_log", small, first.logBytes),
                cost("lookup_largest_log", large, last.logBytes),
                .measured("lookup_growth", growth.estimate, unit: "x", polarity: .lowerIsBetter, interval: growth, samples: UInt64(growth.samples)),
                .measured("index_of_log", 100 * last.indexBytes / last.logBytes, unit: "%", polarity: .lowerIsBetter),
            ]
            return ends + between
        }
    }

    /// Appends before, while and after segments go.
    static func removal(_ isQuick: Bool) -> MicrobenchInquiry {
        struct Report: Decodable {
            let segments, passes: Int
            let p99BesideNanoseconds, p99AloneNanoseconds: [Double]
        }
        let (segments, appends, passes) = isQuick ? (200, 4_000, 3) : (500, 9_000, 6)
        return MicrobenchInquiry(
            name: "removal",
            arguments: ["retention", "--segments", "\(segments)", "--appends", "\(appends)", "--passes", "\(passes)"],
            seconds: Double(appends) / 1_000 * (Double(passes) + 0.1) * 1.3, diskBytes: 4 << 30
        ) { json in
            let report = try JSONDecoder().decode(Report.self, from: json)
            func p99(_ name: String, _ values: [Double]) throws -> Metric {
                guard let interval = ConfidenceInterval.median(values) else { throw HarnessError.impossible("removal: microbench answered without passes") }
                return .measured(name, interval.estimate, unit: "ns", polarity: .lowerIsBetter, interval: interval, samples: UInt64(values.count))
            }
            return [
                .measured("segments_removed", Double(report.segments), unit: "count", polarity: .neutral), try p99("append_p99_alone", report.p99AloneNanoseconds),
                try p99("append_p99_beside", report.p99BesideNanoseconds),
                try JSONDecoder().decode(Passes.self, from: json).metric("append_p99_beside_removal", .lowerIsBetter, samples: report.passes),
            ]
        }
    }

    /// A compaction beside a C loop, and appends beside a compaction.
    static func compaction(_ isQuick: Bool) -> MicrobenchInquiry {
        struct Report: Decodable {
            struct Beside: Decodable {
                let throttled, unthrottled: Passes
                let throttledBytesPerSecond: Int64
                let rounds: Int
            }
            let engine: Passes.Side
            let pairs: Int
            let beside: Beside
        }
        let (mebibytes, pairs, rounds) = isQuick ? (128, 3, 3) : (256, 7, 6)
        return MicrobenchInquiry(
            name: "compaction",
            arguments: ["compaction", "--log-mebibytes", "\(mebibytes)", "--pairs", "\(pairs)", "--beside-rounds", "\(rounds)"],
            seconds: Double(pairs + rounds * 3) * 1.2, diskBytes: 4 << 30
        ) { json in
            let report = try JSONDecoder().decode(Report.self, from: json)
            let held = "at most \(decimalBytes(report.beside.throttledBytesPerSecond))/s read and written"
            return [
                .measured("compaction_throughput", report.engine.GBps, unit: "GB/s", polarity: .higherIsBetter, samples: UInt64(report.pairs)),
                try JSONDecoder().decode(Passes.self, from: json).metric("compaction_of_c_limit", .higherIsBetter, samples: report.pairs),
                report.beside.unthrottled.metric("append_beside_compaction", .higherIsBetter, samples: report.beside.rounds),
                report.beside.throttled.metric("append_beside_held_compaction", .higherIsBetter, samples: report.beside.rounds, note: held),
            ]
        }
    }

    /// What becomes of records and their offsets.
    static func recordLife(_ isQuick: Bool) -> MicrobenchInquiry {
        MicrobenchInquiry(
            name: "record-life", arguments: ["record-life", "--log-mebibytes", isQuick ? "32" : "128"], seconds: isQuick ? 5 : 12, diskBytes: 4 << 30,
            figures: { try FigureItems.metrics($0) })
    }
}
