// Whether the readers of a load are through with what its producers were told is there.
internal import Vocabulary

extension LoadRun {
    /// Each group by itself, those aside that are slow on purpose.
    ///
    /// By offsets, partition by partition, wherever the broker tells them: what others write into the topic, and what was there before,
    /// is read as well, and a count of it would be reached with the load's own records still to come.
    var consumersCaughtUp: Bool {
        let ends = acknowledgedEnds
        return zip(plan.consumerGroups, consumers).allSatisfy { group, lanes in
            group.isSlow || lanes.isEmpty || hasRead(lanes, upTo: ends)
        }
    }

    /// By partition, the offset behind the last acknowledged record, where there is one; nil where not every producer hears of offsets.
    private var acknowledgedEnds: [Offset?]? {
        let gauges = fleet.producers.compactMap(\.acknowledgedEnds)
        guard let first = gauges.first, gauges.count == fleet.producers.count, !plan.producerGroups.contains(where: { $0.acks == 0 }) else { return nil }
        return (0..<first.count).map { partition in gauges.lazy.compactMap { $0.offset(of: partition) }.max() }
    }

    private func hasRead(_ lanes: [any ConsumingLane], upTo ends: [Offset?]?) -> Bool {
        let readers = lanes.compactMap { $0.readerOffsets?.positions }
        guard let ends, readers.count == lanes.count else {
            // Of what nobody tells an offset, how many were read is all there is.
            let (own, acknowledged) = (lanes.reduce(0) { $0 + $1.live().ownRecords }, fleet.producers.reduce(0) { $0 + $1.live().records })
            return own >= acknowledged
        }
        return ends.indices.allSatisfy { partition in
            guard let end = ends[partition] else { return true }
            return readers.contains { ($0.offset(of: partition) ?? 0) >= end }
        }
    }
}
