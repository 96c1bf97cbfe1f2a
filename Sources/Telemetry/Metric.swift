// One metric: what the documentation, the text format and those who fill it share.

/// A family of time series.
package struct Metric: Sendable, Equatable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    /// As Prometheus wants it: a unit at the end, `_total` behind a counter.
    package let name: String
    package let kind: Kind
    /// One sentence, shown beside the metric.
    package let help: String
    /// Names of its labels; their values make the series.
    package let labels: [String]

    package init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
    }
}
