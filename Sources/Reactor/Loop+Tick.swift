// A tick: wait, posted work, timers, ready handlers, tick handlers, sends.
package import Host
internal import CLinux

extension Loop {
    /// Ticks until `stop`.
    ///
    /// - Throws: `SystemError` of epoll_pwait2(2), which only a broken loop meets.
    package func run() throws(SystemError) {
        while !takeStop() { try runOnce(maxWaitNanoseconds: -1) }
    }

    /// One tick. Waits at most `maxWaitNanoseconds` (-1: until something happens, 0: not at all).
    package func runOnce(maxWaitNanoseconds: Int64) throws(SystemError) {
        let count = Int(
            try checked(
                clinux_epoll_wait(epoll, events, Int32(Loop.eventCapacity), wait(atMost: maxWaitNanoseconds)),
                "epoll_pwait2", "loop"))
        counters.systemCalls &+= 1
        now = clinux_monotonic_ns()
        isHurried = false
        while let timer = timers.popExpired(now) { timer.fire() }
        resumeConnections()
        for index in 0..<count { dispatch(events[index]) }
        finishTick()
    }

    private func wait(atMost limit: Int64) -> Int64 {
        if isHurried || !resuming.isEmpty || !flushing.isEmpty { return 0 }
        guard let deadline = timers.earliest else { return limit }
        let current = clinux_monotonic_ns()
        let untilTimer = deadline > current ? Int64(clamping: deadline - current) : 0
        return limit < 0 ? untilTimer : min(limit, untilTimer)
    }

    private func dispatch(_ event: clinux_event) {
        guard event.token != Loop.wakeToken else {
            for work in takePosted() { work() }
            return
        }
        let fd = Int(truncatingIfNeeded: event.token & 0xffff_ffff)
        let registration = registrations[fd]
        // An earlier handler of this tick may have closed the descriptor, and even got its number again.
        guard registration.generation == UInt32(truncatingIfNeeded: event.token >> 32), let handler = registration.handler
        else { return }
        handler.ready(Readiness(rawValue: event.events))
    }

    private func resumeConnections() {
        guard !resuming.isEmpty else { return }
        let list = resuming
        resuming.removeAll(keepingCapacity: true)
        for connection in list { connection.deliverHeld() }
    }

    /// Runs the tick handlers, sends what is queued and takes received bytes back. Called once a tick, and in
    /// between by a connection that finds the receive memory full.
    func finishTick() {
        for index in 0..<tickHandlers.count { tickHandlers[index].endOfTick() }
        var index = 0
        while index < flushing.count {
            flushing[index].sendQueued()
            index &+= 1
        }
        if index > 0 { flushing.removeAll(keepingCapacity: true) }
        for index in 0..<tickHandlers.count { tickHandlers[index].sent() }
        memory.endOfTick()
        if pipes.leasedCount > 0, now >= reclaimAt {
            pipes.reclaimStalled(now)
            reclaimAt = now + PipePool.stallNanoseconds
        }
    }
}
