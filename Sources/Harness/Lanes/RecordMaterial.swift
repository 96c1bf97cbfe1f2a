// What the lanes of one group make their records of, made before the load and shared.
package import Records

package struct RecordMaterial: Sendable {
    let pool: PayloadPool
    let headers: RecordHeaders?
    /// Of a distribution of keys that has to be looked up.
    let keys: AliasTable?

    /// - Parameter pool: its sizes are the plan's.
    package init(_ plan: ProducersPlan, pool: PayloadPool) {
        let bounds = plan.sizes.bounds
        precondition(
            pool.valueSize == bounds.upperBound && pool.smallestValueSize == bounds.lowerBound,
            "a pool of \(pool.smallestValueSize) to \(pool.valueSize) bytes for records of \(bounds)")
        self.pool = pool
        headers = plan.headers.map { RecordHeaders(count: $0.count, valueBytes: $0.valueBytes, seed: plan.seed) }
        keys = KeySource.table(for: plan.keys)
    }
}

/// The pools of a fleet: groups whose values are alike share one.
struct PayloadPools {
    private struct Kind: Equatable {
        let sizes: RecordSizes
        let seed: UInt64
        let ratio: Double
        init(_ plan: ProducersPlan) { (sizes, seed, ratio) = (plan.sizes, plan.seed, plan.compressionRatio) }
    }
    private static let smallestPool = 1 << 20
    private var made: [(kind: Kind, pool: PayloadPool)] = []
    private let byteCount: Int

    /// - Parameter byteCount: of all pools together, which is to be more than the last-level cache.
    init(for groups: [ProducersPlan], byteCount: Int) {
        var kinds: [Kind] = []
        for kind in groups.map(Kind.init) where !kinds.contains(kind) { kinds.append(kind) }
        self.byteCount = max(Self.smallestPool, byteCount / max(1, kinds.count))
    }

    mutating func pool(for plan: ProducersPlan) -> PayloadPool {
        let kind = Kind(plan)
        if let known = made.first(where: { $0.kind == kind }) { return known.pool }
        let pool = PayloadPool(
            valueSizes: plan.sizes.bounds, mean: plan.sizes.mean, seed: plan.seed, byteCount: byteCount, compressionRatio: plan.compressionRatio)
        made.append((kind, pool))
        return pool
    }
}
