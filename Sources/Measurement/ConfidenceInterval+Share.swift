// How sure a share is that comes in parts of different weight.

extension ConfidenceInterval {
    /// Σ part / Σ whole, such as bytes in memory over bytes looked at in each second, with Student's t on how far each part is from that
    /// share of its whole. Shares of seconds are never averaged: a second in which little was looked at says little.
    ///
    /// - Returns: nil under two parts, or where the whole is nothing.
    package static func shareOfSums(_ parts: [(part: Double, whole: Double)]) -> ConfidenceInterval? {
        let whole = parts.reduce(0.0) { $0 + $1.whole }
        guard parts.count >= 2, whole > 0 else { return nil }
        let share = parts.reduce(0.0) { $0 + $1.part } / whole
        let n = Double(parts.count)
        let squares = parts.reduce(0.0) { sum, each in
            let distance = each.part - share * each.whole
            return sum + distance * distance
        }
        let half = StudentT.quantile(level: 0.95, degrees: parts.count - 1) * (n / (n - 1) * squares).squareRoot() / whole
        return ConfidenceInterval(
            estimate: share, lower: max(0, share - half), upper: min(1, share + half), method: .meanT, samples: parts.count)
    }
}
