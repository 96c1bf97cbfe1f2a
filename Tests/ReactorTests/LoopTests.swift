import CLinux
import Host
import Synchronization
import Testing

@testable import Reactor

@Suite struct LoopTests {
    final class Fired: TimerHandler {
        var order: [UInt64] = []
        func timerFired(_ timer: Timer) { order.append(timer.deadline) }
    }

    @Test func `timers fire in the order of their deadlines, cancelled and moved ones included`() throws {
        let loop = try Loop()
        let fired = Fired()
        let start = MonotonicClock.now()
        var generator = SystemRandomNumberGenerator()
        let timers = (0..<200).map { _ in loop.addTimer(at: start + UInt64.random(in: 0..<3_000_000, using: &generator), fired) }
        for timer in timers.prefix(50) { loop.cancel(timer) }
        for timer in timers[50..<100] { loop.arm(timer, at: start + UInt64.random(in: 0..<3_000_000, using: &generator)) }
        while fired.order.count < 150 { try loop.runOnce(maxWaitNanoseconds: -1) }
        #expect(fired.order == fired.order.sorted())
        #expect(timers.allSatisfy { !$0.isArmed })
    }

    @Test func `a timer is never early and bounds an endless wait`() throws {
        let loop = try Loop()
        let fired = Fired()
        let deadline = MonotonicClock.now() + 5_000_000
        let timer = loop.addTimer(at: deadline, fired)
        while fired.order.isEmpty { try loop.runOnce(maxWaitNanoseconds: -1) }
        #expect(loop.now >= deadline)
        #expect(!timer.isArmed)
    }

    @Test func `work posted by four threads runs once each, in each thread's order`() throws {
        let loop = try Loop()
        let seen = Mutex<[[Int]]>(Array(repeating: [], count: 4))
        let threads = (0..<4).map { thread in
            WorkerThread(name: "poster \(thread)") {
                for n in 0..<2_000 { loop.post { seen.withLock { $0[thread].append(n) } } }
            }
        }
        while seen.withLock({ $0.map(\.count).reduce(0, +) }) < 8_000 { try loop.runOnce(maxWaitNanoseconds: 1_000_000_000) }
        for thread in threads { thread.join() }
        #expect(seen.withLock { $0 } == Array(repeating: Array(0..<2_000), count: 4))
    }

    @Test func `stop ends run from another thread`() throws {
        let loop = try Loop()
        let thread = WorkerThread(name: "stopper") { loop.stop() }
        try loop.run()
        thread.join()
    }

    final class Closer: EventHandler {
        let loop: Loop
        var victims: [Int32] = []
        var calls = 0
        init(_ loop: Loop) { self.loop = loop }
        func ready(_ events: Readiness) {
            calls += 1
            for fd in victims { loop.deregister(fd) }
        }
    }

    @Test func `a descriptor forgotten in a tick hears nothing more, though its event was fetched`() throws {
        let loop = try Loop()
        let closer = Closer(loop)
        let descriptors = (0..<3).map { _ in clinux_eventfd() }
        defer { for fd in descriptors { _ = clinux_close(fd) } }
        closer.victims = descriptors
        for fd in descriptors {
            try loop.register(fd, .readable, closer)
            clinux_eventfd_signal(fd)
        }
        try loop.runOnce(maxWaitNanoseconds: 0)
        #expect(closer.calls == 1)
    }
}
