// Many tests at once: p-values adjusted after Benjamini & Hochberg (1995).

package enum FalseDiscovery {
    /// p-values such that rejecting those at or below q has an expected share of at most q of false rejections.
    package static func adjusted(_ p: [Double]) -> [Double] {
        let order = p.indices.sorted { p[$0] > p[$1] }
        var adjusted = p
        var smallest = 1.0
        for (place, index) in order.enumerated() {
            smallest = min(smallest, p[index] * Double(p.count) / Double(p.count - place))
            adjusted[index] = smallest
        }
        return adjusted
    }
}
