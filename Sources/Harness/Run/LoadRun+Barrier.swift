// Whether the readers of a load are through with what its producers were told is there.
internal import Vocabulary

extension LoadRun {
    /// Each group by itself, those aside that are slow on purpose.
    ///
    /// By offsets, partition by partition, wherever the broker tells them: what others write into the topic, and what was there before,
    /// is read as well, and a count of it would be reached with the load's own records still to come.
    var consumersCaughtUp: Bool {
        let readers = zip(plan.consumerGroups, consumers).filter { group, lanes in !group.isSlow && !lanes.isEmpty }
        return Set(readers.map { $0.0.topic }).allSatisfy { topic in
            let writers = zip(plan.producerGroups, producers).filter { group, _ in group.topic == topic }
            let ends = acknowledgedEnds(writers)
            return readers.allSatisfy { group, lanes in group.topic != topic || hasRead(lanes, of: writers, upTo: ends) }
        }
    }

    private typealias Writers = [(ProducersPlan, [any ProducingLane])]

    /// By partition, the offset behind the last acknowledged record, where there is one; nil where not every producer hears of offsets.
    private func acknowledgedEnds(_ writers: Writers) -> [Offset?]? {
        let lanes = writers.flatMap { $0.1 }
        let gauges = lanes.compactMap(\.acknowledgedEnds)
        guard let first = gauges.first, gauges.count == lanes.count, !writers.contains(where: { $0.0.acks == 0 }) else { return nil }
        return (0..<first.count).map { partition in gauges.lazy.compactMap { $0.offset(of: partition) }.max() }
    }

    private func hasRead(_ lanes: [any ConsumingLane], of writers: Writers, upTo ends: [Offset?]?) -> Bool {
        let readers = lanes.compactMap { $0.readerOffsets?.positions }
        guard let ends, readers.count == lanes.count else {
            // Of what nobody tells an offset, how many were read is all there is.
            let own = lanes.reduce(0) { $0 + $1.live().ownRecords }
            return own >= writers.flatMap { $0.1 }.reduce(0) { $0 + $1.live().records }
        }
        return ends.indices.allSatisfy { partition in
            guard let end = ends[partition] else { return true }
            return readers.contains { ($0.offset(of: partition) ?? 0) >= end }
        }
    }
}
