// What transactions and consumer groups add to the figures of a load.
internal import Host
internal import Measurement
internal import Results

extension LoadConclusion {
    /// None where no record was sent in one.
    func transactionCounters(_ lanes: [ProducerLanePhase]) -> [String: UInt64] {
        guard lanes.contains(where: { $0.histograms["commit"] != nil }) else { return [:] }
        return [
            "committed_transactions": sum(lanes, \.committedTransactions), "aborted_transactions": sum(lanes, \.abortedTransactions),
            "aborted_records": sum(lanes, \.abortedRecords),
        ]
    }

    /// How a group's records were cut, and what ending a transaction took.
    func transactions(_ group: ProducersPlan, _ lanes: [ProducerLanePhase]) -> String? {
        guard group.transactions != nil else { return nil }
        let (committed, aborted) = (sum(lanes, \.committedTransactions), sum(lanes, \.abortedTransactions))
        let count = committed + aborted
        guard count > 0 else { return "no transaction ended in the phase" }
        let records = Double(sum(lanes, \.acknowledgedRecords) + sum(lanes, \.abortedRecords)) / Double(count)
        return "\(count) transactions of \(fixed(records, 1)) records on average, \(percent(Double(aborted) / Double(count), decimals: 1)) of them aborted; "
            + "a record is acknowledged when its transaction is committed; ending one took \(times("commit", of: lanes.map(\.histograms), count))"
    }

    /// How often a group of readers came to terms, and how long its members were at it.
    func memberNote(_ group: ConsumerGroupPhase) -> String? {
        guard let plan = group.plan.group else { return nil }
        let count = sum(group.lanes, \.rebalances)
        let members = "a consumer group of \(group.threads.count), \(plan.assignor.rawValue)"
        guard count > 0 else { return "\(members), without a rebalance" }
        return "\(members): its members went \(count) times through a rebalance, which took \(times("rebalance", of: group.lanes.map(\.histograms), count)); "
            + "\(sum(group.lanes, \.redeliveredRecords)) records were read again"
    }

    /// None where no lane is a member of a group.
    func memberCounters(_ lanes: [ConsumerLanePhase]) -> [String: UInt64] {
        guard lanes.contains(where: { $0.histograms["rebalance"] != nil }) else { return [:] }
        return [
            "rebalances": sum(lanes, \.rebalances), "redelivered_records": sum(lanes, \.redeliveredRecords), "members": UInt64(lanes.count),
            "members_with_partitions": UInt64(lanes.count { ($0.partitionsRead ?? 0) > 0 }),
        ]
    }

    /// What may be said of a clock that is no column of the table.
    private func times(_ clock: String, of lanes: [[String: LatencyHistogram]], _ count: UInt64) -> String {
        let histogram = merged(lanes)[clock] ?? LatencyHistogram()
        let quantiles = [0.5, 0.99].map { quantile in
            "\(quantileName(quantile)) \(histogram.reading(at: quantile, hiccup: steady.measurement.hiccup.merged, events: count))"
        }
        let most = histogram.maximumNanoseconds.map { Duration.text(nanoseconds: UInt64(max(0, $0))) } ?? "–"
        return "\(quantiles.joined(separator: ", ")), at most \(most)"
    }
}
