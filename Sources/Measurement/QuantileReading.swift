// A quantile as it may be shown: a value with its reservations, or nothing and why.
internal import Host

/// One cell of a latency table.
package enum QuantileReading: Codable, Equatable, Sendable, CustomStringConvertible {
    /// What keeps the reading from being more than an upper bound.
    package enum Bound: String, Codable, Sendable { case machineFloor, generator }

    /// - `bound`: the true value is at most this.
    /// - `episodes`: the tail comes from so few distinct seconds.
    case measured(nanoseconds: UInt64, bound: Bound?, episodes: Int?)
    /// Too few samples for this quantile.
    case unavailable(samples: UInt64)

    package var nanoseconds: UInt64? {
        if case .measured(let nanoseconds, _, _) = self { nanoseconds } else { nil }
    }

    /// `412 µs`, `≤ 80.1 µs (machine floor)`, `1.20 ms (3 episodes)`, `n/a (12 samples)`.
    package var description: String {
        switch self {
        case .unavailable(let samples): return "n/a (\(samples) samples)"
        case .measured(let nanoseconds, let bound, let episodes):
            var remarks: [String] = []
            if bound == .machineFloor { remarks.append("machine floor") }
            if bound == .generator { remarks.append("generator") }
            if let episodes { remarks.append(episodes == 1 ? "1 episode" : "\(episodes) episodes") }
            let value = (bound == nil ? "" : "≤ ") + Duration.text(nanoseconds: nanoseconds)
            return remarks.isEmpty ? value : "\(value) (\(remarks.joined(separator: ", ")))"
        }
    }

    private enum CodingKeys: String, CodingKey { case nanoseconds, bound, episodes, unavailableSamples }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        if let samples = try fields.decodeIfPresent(UInt64.self, forKey: .unavailableSamples) {
            self = .unavailable(samples: samples)
        } else {
            self = .measured(
                nanoseconds: try fields.decode(UInt64.self, forKey: .nanoseconds),
                bound: try fields.decodeIfPresent(Bound.self, forKey: .bound),
                episodes: try fields.decodeIfPresent(Int.self, forKey: .episodes))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .unavailable(let samples): try fields.encode(samples, forKey: .unavailableSamples)
        case .measured(let nanoseconds, let bound, let episodes):
            try fields.encode(nanoseconds, forKey: .nanoseconds)
            try fields.encodeIfPresent(bound, forKey: .bound)
            try fields.encodeIfPresent(episodes, forKey: .episodes)
        }
    }
}

extension Duration {
    /// Three significant digits with the unit that keeps them readable: `412 µs`, `1.20 ms`, `80.1 µs`, `15 ns`.
    package static func text(nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case ..<1_000: "\(nanoseconds) ns"
        case ..<999_500: "\(threeDigits(Double(nanoseconds) / 1e3)) µs"
        case ..<999_500_000: "\(threeDigits(Double(nanoseconds) / 1e6)) ms"
        default: "\(threeDigits(Double(nanoseconds) / 1e9)) s"
        }
    }
}
