// Which producers are forgotten. Never one with a transaction open or a batch staged: those are not idle.
//
//   at each roll          by record time, those that were not at work in the segment that ends
//   at each retention     by the broker's clock, as Kafka's producer.id.expiration.ms; but a producer of old records is
//                         idle since it was last seen at work, and not since its records' time
//   past the limit        the tenth that sent nothing for longest
internal import Vocabulary

extension ProducerState {
    /// Forgets producers that sent nothing since `timestamp`, nor from `offset` on, and have no open transaction. The
    /// offset keeps one record with a time far ahead from ending the memory of those that are at work.
    func expire(before timestamp: Int64, below offset: Offset = .max) {
        for slot in Array(slots.values) where isIdle(slot) {
            let entry = entries! + Int(slot)
            if entry.pointee.timestamp < timestamp, entry.pointee.lastOffset < offset { forget(slot) }
        }
    }

    /// Forgets the tenth that sent nothing for longest.
    func evict() {
        let idle = slots.values.filter { isIdle($0) && entries![Int($0)].lastOffset >= 0 }
            .sorted { entries![Int($0)].lastOffset < entries![Int($1)].lastOffset }
        for slot in idle.prefix(max(1, idle.count / 10)) { forget(slot) }
    }

    /// Forgets producers that were idle for `milliseconds`. One that sent something since the last look is at work now;
    /// of one that was read from the disk its records' time tells. A clock that went backwards expires nobody.
    ///
    /// - Parameter now: milliseconds since 1970.
    /// - Returns: how many are forgotten.
    func expireIdle(now: Int64, after milliseconds: Int64) -> Int {
        var count = 0
        for slot in 0..<Int32(used) where entries![Int(slot)].id != Self.nobody && isIdle(slot) {
            let entry = entries! + Int(slot)
            if entry.pointee.seenOffset != entry.pointee.lastOffset {
                (entry.pointee.seenOffset, entry.pointee.seenMilliseconds) = (entry.pointee.lastOffset, now)
                continue
            }
            let (age, overflow) = now.subtractingReportingOverflow(entry.pointee.seenMilliseconds)
            guard !overflow, age >= milliseconds else { continue }
            forget(slot)
            count += 1
        }
        return count
    }

    /// What is remembered was read from the disk: when its producers were at work, only their records tell.
    func noteRestored() {
        for slot in 0..<used where entries![slot].id != Self.nobody && entries![slot].timestamp >= 0 {
            (entries![slot].seenOffset, entries![slot].seenMilliseconds) = (entries![slot].lastOffset, entries![slot].timestamp)
        }
    }
}
