// What is said of one metric.

package enum MetricVerdict: String, Codable, CaseIterable, Sendable {
    case regressed, improved, same, inconclusive
    /// No figure to judge: the row says why.
    case unavailable
}
