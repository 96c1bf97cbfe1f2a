// The end of a shard: its connections get their answers and are closed.
internal import Reactor

extension Shard: TimerHandler {
    /// Answers waiting fetches with what there is, lets what is under way end, and closes everything.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        retention?.stop()
        sweep?.stop()
        if index == 0 { broker.closeListeners() }
        drainTimer = loop.addTimer(at: loop.now + UInt64(broker.configuration.drainMilliseconds) * 1_000_000, self)
        for client in clients { client.finish() }
        tellDrained()
    }

    /// Once, when the last connection is gone.
    func tellDrained() {
        guard isDraining, clients.isEmpty, !isDrained else { return }
        isDrained = true
        broker.shardDrained(index)
    }

    /// Time is over for clients that don't take their answers.
    func timerFired(_ timer: Timer) {
        if !clients.isEmpty {
            broker.log.warning("\(clients.count) connections are cut: they did not take their answers in time")
        }
        for client in clients { client.connection.close() }
    }
}
