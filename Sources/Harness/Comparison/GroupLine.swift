// A finished group as one line of progress.
internal import Gate
internal import Host
internal import Measurement
internal import Results

enum GroupLine {
    /// `group 3: HBBH · throughput 0.994 · broker CPU 1.002 · 14.8 s`; a base slice reads B, a head slice H.
    static func text(_ group: GroupRecord, of plan: Gate.GatePlan) -> String {
        let order = group.slices.map { $0.side == .base ? "B" : "H" }.joined()
        var parts = ["group \(group.group.index + 1): \(order)"]
        for metric in plan.metrics where metric.role == .gated {
            guard let values = group.group.values[metric.name], let base = median(values.base), let head = median(values.head), base > 0
            else { continue }
            parts.append("\(metric.name) \(fixed(head / base, 3))")
        }
        if let dropped = group.group.dropped { parts.append("dropped: \(dropped.text)") }
        parts.append("\(fixed(group.group.seconds, 1)) s")
        return parts.joined(separator: " · ")
    }

    static func median(_ values: [Double]) -> Double? { ConfidenceInterval.median(values)?.estimate ?? values.first }
}
