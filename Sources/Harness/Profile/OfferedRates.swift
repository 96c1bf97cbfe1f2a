// What several groups of producers offer together.

extension [ProducersPlan] {
    /// Records a second of all groups; nil where one of them has no rate that stays.
    var recordsPerSecond: Double? {
        var sum = 0.0
        for group in self {
            guard group.mode == .open, group.rateShape == nil, let rate = group.recordsPerSecond else { return nil }
            sum += rate
        }
        return isEmpty ? nil : sum
    }

    /// Records a second of all groups, so long after the phase began; nil where one of them has no schedule.
    ///
    /// - Parameter isShaped: whether rates go as their groups say; else they stay.
    func offered(after nanoseconds: UInt64, isShaped: Bool) -> Double? {
        var sum = 0.0
        for group in self {
            guard let rate = isShaped ? group.rateShape?.rate(after: nanoseconds) ?? group.recordsPerSecond : group.recordsPerSecond else { return nil }
            sum += rate
        }
        return sum
    }

    /// Bytes of a value, and of a record with its key and headers, on average over what all groups send; groups without a rate count alike.
    var meanValueBytes: Double { mean { $0.sizes.mean } }
    var meanRecordBytes: Double { mean { $0.sizes.mean + Double($0.besidesValueBytes) } }

    /// Of a value, on average over what goes to this set of topics.
    func meanValueBytes(in topic: String?) -> Double { filter { $0.topic == topic }.meanValueBytes }

    private func mean(_ bytes: (ProducersPlan) -> Double) -> Double {
        guard let rate = recordsPerSecond, rate > 0 else { return reduce(0) { $0 + bytes($1) } / Double(Swift.max(1, count)) }
        return reduce(0) { $0 + bytes($1) * ($1.recordsPerSecond ?? 0) } / rate
    }

    /// The same groups, each at so many times its rate.
    func scaled(by factor: Double) -> [ProducersPlan] {
        map { group in
            var scaled = group
            scaled.recordsPerSecond = group.recordsPerSecond.map { $0 * factor }
            return scaled
        }
    }
}
