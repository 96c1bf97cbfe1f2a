// Whether anything creeps over a long phase: rate, latency, the broker's CPU and memory. A pure function of its seconds.
package import Measurement

/// One figure of a phase over its time.
package struct DriftReading: Codable, Equatable, Sendable {
    package enum Figure: String, Codable, Equatable, Sendable {
        case records, responseP99, brokerCPU = "brokerCPUPerRecord", brokerMemory

        /// As the table calls it.
        package var label: String {
            switch self {
            case .records: "records"
            case .responseP99: "response p99"
            case .brokerCPU: "broker CPU per record"
            case .brokerMemory: "broker memory"
            }
        }
    }

    package let figure: Figure
    /// As fractions of what it was at the start.
    package let change: ConfidenceInterval
    /// Whether its interval does not reach zero, and the change is worth a name.
    package let isDrift: Bool

    package init(figure: Figure, change: ConfidenceInterval) {
        self.figure = figure
        self.change = change
        isDrift = (change.lower > 0 || change.upper < 0) && abs(change.estimate) >= Self.worth
    }

    /// A smaller change over a phase is none.
    package static let worth = 0.05
    /// Blocks of a phase, of at least `secondsOfBlock` each: single seconds are too much alike, and too noisy.
    static let blocksMinimum = 12, blocksMaximum = 60, secondsOfBlock = 5
    /// Below this nothing is said about drift.
    package static let secondsMinimum = blocksMinimum * secondsOfBlock
}

extension PhaseRecord {
    /// What of it drifts and what does not; empty for a phase of under a minute, and for one that was disturbed on purpose.
    package var drifts: [DriftReading] {
        guard perturbations == nil, series.count >= DriftReading.secondsMinimum else { return [] }
        let length = max(DriftReading.secondsOfBlock, (series.count + DriftReading.blocksMaximum - 1) / DriftReading.blocksMaximum)
        let blocks = (0..<series.count / length).map { series[$0 * length..<($0 + 1) * length] }
        func reading(_ figure: DriftReading.Figure, _ value: (ArraySlice<SecondRecord>) -> Double?) -> DriftReading? {
            let values = blocks.compactMap(value)
            guard values.count == blocks.count, let change = Trend(values)?.relativeChange else { return nil }
            return DriftReading(figure: figure, change: change)
        }
        return [
            reading(.records) { block in Double(block.reduce(0) { $0 + $1.records }) },
            reading(.responseP99) { Self.middle($0.compactMap(\.responseP99Nanoseconds)) },
            reading(.brokerCPU) { block in
                let used = block.compactMap { $0.broker?.cpuNanoseconds }
                let records = block.reduce(0) { $0 + $1.records }
                return used.count == block.count && records > 0 ? Double(used.reduce(0, +)) / Double(records) : nil
            },
            reading(.brokerMemory) { Self.middle($0.compactMap { $0.broker?.residentBytes }) },
        ].compactMap { $0 }
    }

    /// Keeps what is said of it now, for those who read the record without its seconds.
    package mutating func noteDrift() {
        let found = drifts
        drift = found.isEmpty ? nil : found
    }

    private static func middle(_ values: [UInt64]) -> Double? {
        let sorted = values.sorted()
        return sorted.isEmpty ? nil : Double(sorted[sorted.count / 2])
    }
}
