// One figure of a result, named so that the same figure of another result is found by its key.
package import Results

package struct ResultFigure: Equatable, Sendable {
    /// Groups stand together in tables, in this order, and a geometric mean never leaves one.
    package enum Group: String, CaseIterable, Codable, Sendable {
        case load, append, hitRate, zeroCopy, latency, cost, other, machine

        package var title: String {
            switch self {
            case .load: "LOAD"
            case .append: "APPEND"
            case .hitRate: "PAGE CACHE"
            case .zeroCopy: "ZERO-COPY"
            case .latency: "LATENCY"
            case .cost: "COST"
            case .other: "OTHER"
            case .machine: "THE MACHINE ITSELF"
            }
        }
    }

    package let group: Group
    /// Unique within a result: `append/broker/1 × 1024 KiB batches/accepted`.
    package let key: String
    /// The same for people, the group left out.
    package let label: String
    package let metric: Metric
    /// Why no ratio may be drawn from it, although it has a value: `client-bound`, `machine floor`, …
    package let reservation: String?

    package init(_ group: Group, key: String, label: String, metric: Metric, reservation: String? = nil) {
        self.group = group
        self.key = "\(group.rawValue)/\(key)"
        self.label = label
        self.metric = metric
        self.reservation = reservation
    }

    /// Whether ratios of it mean something: shares of a hundred add, they do not multiply.
    package var isRatioScale: Bool { metric.unit != "%" }
}
