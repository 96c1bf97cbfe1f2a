// A question that `microbench` answers, in a process of its own.
internal import Foundation
internal import Measurement
internal import Results
internal import Topology

struct MicrobenchInquiry: HeadlineMeasurement {
    let name: String
    /// The command and its options, but for where and in which form.
    let arguments: [String]
    /// What it takes on a machine of middling speed.
    let seconds: Double
    let diskBytes: Int64
    /// Its JSON as figures.
    let figures: @Sendable (Data) throws -> [Metric]

    /// A machine that needs so many times as long has hung.
    private static let patienceFactor = 10.0

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        HeadlineCost(loadNanoseconds: UInt64(seconds * 1e9), diskBytes: diskBytes, assumption: nil)
    }

    func run(_ context: RunContext) throws {
        let json = try context.repeatingSpoiled(startsAfresh: true) { try ask(context) }
        context.record.metrics += try figures(json)
        try context.publish()
    }

    /// - Returns: the answer. A phase and its facts are in the record.
    private func ask(_ context: RunContext) throws -> Data {
        let directory = try context.freshDirectory(name)
        context.progress.show(.init(phase: name, elapsedSeconds: 0, totalSeconds: seconds))
        let (json, measurement) = try context.measure(broker: nil) {
            try context.microbench(arguments + ["--dir", directory, "--json"], label: name, timeoutSeconds: 60 + seconds * Self.patienceFactor)
        }
        context.record.phases.append(measurement.record(name: name, kind: "inquiry"))
        var facts = VerdictFacts(phase: name, load: .maxRate)
        facts.hasNoRecords = true
        facts.foreignCPUFraction = measurement.foreign.fraction(cpus: measurement.host.cpus)
        facts.stealFraction = measurement.host.stealFraction
        context.record.facts.append(facts)
        return json
    }
}

/// The form in which the newer of microbench's commands answer: `{"items": [{"name": …, "value": …}]}`.
struct FigureItems: Decodable {
    struct Item: Decodable {
        let name: String
        let value: Double?
        let unit: String?
        let polarity: String?
        /// The range of its true value, 95 %.
        let interval: [Double]?
        let samples: UInt64?
        let note: String?
        let unavailable: String?

        var metric: Metric {
            let better = Metric.Polarity(microbench: polarity)
            guard let value else { return .unavailable(name, unit: unit ?? "", polarity: better, reason: unavailable ?? "not measured") }
            return .measured(name, value, unit: unit ?? "", polarity: better, interval: Self.interval(value, interval, samples), samples: samples, note: note)
        }

        static func interval(_ value: Double, _ range: [Double]?, _ samples: UInt64?) -> ConfidenceInterval? {
            guard let range, range.count == 2 else { return nil }
            return ConfidenceInterval(estimate: value, lower: range[0], upper: range[1], method: .orderStatistics, samples: Int(clamping: samples ?? 0))
        }
    }

    let items: [Item]

    static func metrics(_ json: Data) throws -> [Metric] { try JSONDecoder().decode(FigureItems.self, from: json).items.map(\.metric) }
}

extension Metric.Polarity {
    /// As microbench's commands say it.
    init(microbench word: String?) {
        self =
            switch word {
            case "higher": .higherIsBetter
            case "lower": .lowerIsBetter
            default: .neutral
            }
    }
}
