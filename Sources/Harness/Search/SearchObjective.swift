// `objective:` of a search: what a rate must keep to be called sustainable.
internal import Host

/// Conditions that must all hold: `p99 <= 10ms and lag slope <= 0 and errors = 0`.
package struct SearchObjective: Equatable, Sendable, CustomStringConvertible {
    package enum Metric: String, Sendable, CaseIterable {
        /// Response times: intended to acknowledged.
        case p50, p90, p99
        case p999 = "p99.9"
        case max
        /// Records a second by which the readers of all partitions together fall behind.
        case lagSlope = "lag slope"
        /// Records by which the readers of any partition are behind at most.
        case lag
        /// Of any name, those included that the profile expects.
        case errors
        /// Share of the schedule that was not handed over on time: the generator's, never the broker's.
        case late
        /// End to end: intended to read, by the readers that are not slow on purpose.
        case endToEndP50 = "e2e p50"
        case endToEndP90 = "e2e p90"
        case endToEndP99 = "e2e p99"
        case endToEndP999 = "e2e p99.9"
        case endToEndMax = "e2e max"

        /// What the quantile is; nil for what is none.
        var quantile: Double? {
            switch self {
            case .p50, .endToEndP50: 0.5
            case .p90, .endToEndP90: 0.9
            case .p99, .endToEndP99: 0.99
            case .p999, .endToEndP999: 0.999
            case .max, .endToEndMax, .lagSlope, .lag, .errors, .late: nil
            }
        }

        var isEndToEnd: Bool {
            switch self {
            case .endToEndP50, .endToEndP90, .endToEndP99, .endToEndP999, .endToEndMax: true
            case .p50, .p90, .p99, .p999, .max, .lagSlope, .lag, .errors, .late: false
            }
        }

        var needsReaders: Bool { isEndToEnd || self == .lag || self == .lagSlope }
    }

    package struct Condition: Equatable, Sendable, CustomStringConvertible {
        let metric: Metric
        /// `<`: the bound itself is too much already.
        let excludesBound: Bool
        /// Nanoseconds for times, a share for `late`, else as written.
        let bound: Double
        /// `<= 10ms`, as written but for white space.
        let boundText: String

        package var description: String { "\(metric.rawValue) \(boundText)" }

        func holds(_ value: Double) -> Bool { excludesBound ? value < bound : value <= bound }
    }

    /// At least one, each of another metric.
    package let conditions: [Condition]

    package var description: String { conditions.map(\.description).joined(separator: " and ") }

    /// Why a text is no objective, as half a sentence for people.
    struct Fault: Error, Equatable {
        let text: String
    }

    /// - Throws: `Fault` at the first condition that is wrong.
    static func parse(_ text: String) throws(Fault) -> SearchObjective {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard !words.isEmpty else { throw Fault(text: "must name a condition, such as p99 <= 10ms") }
        var conditions: [Condition] = []
        for clause in words.split(separator: "and", omittingEmptySubsequences: false) {
            let condition = try parse(clause: clause.joined(separator: " "))
            guard !conditions.contains(where: { $0.metric == condition.metric }) else {
                throw Fault(text: "names ‘\(condition.metric.rawValue)’ twice")
            }
            conditions.append(condition)
        }
        return SearchObjective(conditions: conditions)
    }

    private static func parse(clause: String) throws(Fault) -> Condition {
        guard !clause.isEmpty else { throw Fault(text: "has an ‘and’ with nothing on one side") }
        guard let first = clause.firstIndex(where: isComparison) else {
            throw Fault(text: "has ‘\(clause)’, which compares nothing: a condition reads like p99 <= 10ms")
        }
        let last = clause[first...].firstIndex { !isComparison($0) } ?? clause.endIndex
        let (name, comparison) = (trimmed(clause[..<first]), String(clause[first..<last]))
        let value = trimmed(clause[last...])
        let metric = try metric(name)
        guard ["<=", "<", "="].contains(comparison) else {
            let why = comparison.contains(">") ? "every one of these grows with the rate, so a bound is one from above: <= or <" : "a condition has <=, < or ="
            throw Fault(text: "has ‘\(comparison)’ in ‘\(clause)’: \(why)")
        }
        guard let bound = bound(value, of: metric) else { throw Fault(text: "has ‘\(value)’ for ‘\(metric.rawValue)’, which must be \(kind(of: metric))") }
        if comparison == "=", bound != 0 || metric.isTime { throw Fault(text: "has ‘= \(value)’ in ‘\(clause)’: = is for counts that must be 0, else write <=") }
        if comparison == "<", bound == 0 { throw Fault(text: "has ‘\(clause)’, which nothing can keep: write \(metric.rawValue) <= 0") }
        return Condition(metric: metric, excludesBound: comparison == "<", bound: bound, boundText: "\(comparison) \(value)")
    }

    private static func isComparison(_ character: Character) -> Bool { "<>=!≤≥".contains(character) }

    private static func trimmed(_ text: Substring) -> String { text.split(separator: " ").joined(separator: " ") }

    private static func metric(_ name: String) throws(Fault) -> Metric {
        if let metric = Metric(rawValue: name) { return metric }
        let names = Metric.allCases.map(\.rawValue)
        let hint = nearest(to: name, among: names).map { "did you mean ‘\($0)’?" } ?? "there are \(names.joined(separator: ", "))"
        throw Fault(text: name.isEmpty ? "has a comparison with nothing on its left; \(hint)" : "has the unknown figure ‘\(name)’; \(hint)")
    }

    private static func bound(_ text: String, of metric: Metric) -> Double? {
        switch metric {
        case .p50, .p90, .p99, .p999, .max, .endToEndP50, .endToEndP90, .endToEndP99, .endToEndP999, .endToEndMax:
            parseDuration(text).flatMap { $0 > 0 ? Double($0) : nil }
        case .lagSlope: parseNumber(text)
        case .lag, .errors: parseNumber(text).flatMap { $0 == $0.rounded() ? $0 : nil }
        case .late: parseNumber(text).flatMap { $0 == 0 ? 0 : nil } ?? fraction(of: text)
        }
    }

    private static func kind(of metric: Metric) -> String {
        switch metric {
        case .p50, .p90, .p99, .p999, .max, .endToEndP50, .endToEndP90, .endToEndP99, .endToEndP999, .endToEndMax:
            "a duration above 0 such as 10ms"
        case .lagSlope: "records a second, such as 0 or 100"
        case .lag, .errors: "a whole number"
        case .late: "a share such as 0.1% or 0.001, or 0"
        }
    }
}

extension SearchObjective.Metric {
    fileprivate var isTime: Bool { quantile != nil || self == .max || self == .endToEndMax }
}
