// Lines that may stand in one row: the same pinned release, profile and machine.
package import Gate

package struct HistorySeries: Equatable, Sendable {
    /// Eight hexadecimal digits.
    package let key: String
    /// Oldest first; at least one.
    package let lines: [HistoryLine]

    /// Every series of `lines`, the one with the youngest line last.
    package static func all(of lines: [HistoryLine]) -> [HistorySeries] {
        Dictionary(grouping: lines, by: \.seriesKey).map { HistorySeries(key: $0.key, lines: $0.value) }
            .sorted { ($0.latest.time, $0.key) < ($1.latest.time, $1.key) }
    }

    package var latest: HistoryLine { lines[lines.count - 1] }

    /// Names of all metrics, those of the latest line first and in its order.
    package var metricNames: [String] {
        lines.reversed().reduce(into: []) { names, line in names += line.metrics.map(\.name).filter { !names.contains($0) } }
    }

    /// Those that decided in a line.
    package var decidingNames: [String] { metricNames.filter { name in lines.contains { $0[name]?.decides == true } } }

    /// The newest word on a metric.
    package func metric(_ name: String) -> HistoryMetric? { lines.last { $0[name] != nil }?[name] }

    /// Changes of a metric's level; `index` counts in `lines`. A view, never a gate.
    package func changePoints(of name: String) -> [ChangePoint] {
        let points = lines.indices.compactMap { index in lines[index][name].map { (index, $0.ratio) } }
        return ChangePoints.find(in: points.map { $0.1 }).map {
            ChangePoint(index: points[$0.index].0, before: $0.before, after: $0.after, p: $0.p)
        }
    }
}

extension HistoryLine {
    /// Equal for lines whose ratios may be held beside each other: another release, another machine (its hard fields) or
    /// another profile asks another question. Of a release its commit counts: a compiler that is newer builds both sides.
    package var seriesKey: String {
        let digest = SHA256.hex([base.commit ?? base.identity, profile.name, profile.digest, machine.hard].joined(separator: "\n"))
        return String(digest.prefix(8))
    }
}
