// What the machine itself adds: timer overshoot on every CPU, through every phase.
internal import CLinux
internal import Host
internal import Synchronization

/// Timer overshoot of one phase.
package struct HiccupReading: Codable, Equatable, Sendable {
    package struct CPU: Codable, Equatable, Sendable {
        package let cpu: Int32
        package let histogram: LatencyHistogram
    }
    package let perCPU: [CPU]
    /// All CPUs added up.
    package let merged: LatencyHistogram

    init(perCPU: [CPU]) {
        self.perCPU = perCPU
        merged = perCPU.reduce(into: LatencyHistogram()) { $0.add($1.histogram) }
    }
}

/// A thread per CPU that asks to be woken every millisecond and records by how much it was late.
///
/// It runs at ordinary priority, as the lanes do: what it sees is what the scheduler, the hypervisor and
/// the timers add to anything a lane times. After a long stall the missed ticks are recorded too, each with
/// its own lateness, so a stall weighs as much as it lasted.
package final class HiccupMeter: Sendable {
    private let lanes: [HiccupLane]

    package init(cpus: [Int32], intervalNanoseconds: UInt64 = 1_000_000) {
        lanes = cpus.map { HiccupLane(cpu: $0, interval: intervalNanoseconds) }
    }

    /// Starts a phase: fresh histograms whose second 0 begins at `origin`.
    package func begin(at origin: UInt64, maximumSeconds: Int) {
        for lane in lanes { lane.swap(LatencyRecorder(origin: origin, maximumSeconds: maximumSeconds)) }
    }

    /// Ends the phase and returns what it held; empty when none had begun.
    package func end() -> HiccupReading {
        HiccupReading(
            perCPU: lanes.map { lane in
                HiccupReading.CPU(cpu: lane.cpu, histogram: lane.swap(nil)?.snapshot() ?? LatencyHistogram())
            })
    }

    /// Ends the threads. To be called once, last.
    package func stop() { for lane in lanes { lane.stop() } }
}

private final class HiccupLane: Sendable {
    let cpu: Int32
    private let shared: Shared
    private let thread: WorkerThread

    /// What the thread holds; not the lane, so that a forgotten meter does not keep itself alive.
    private final class Shared: Sendable {
        let recorder = Mutex<LatencyRecorder?>(nil)
        let stopped = Atomic<Bool>(false)
    }

    init(cpu: Int32, interval: UInt64) {
        self.cpu = cpu
        let shared = Shared()
        self.shared = shared
        thread = WorkerThread(name: "hiccup-\(cpu)", cpus: [cpu]) {
            _ = clinux_set_timer_slack_ns(1)
            var deadline = MonotonicClock.now() &+ interval
            while !shared.stopped.load(ordering: .relaxed) {
                MonotonicClock.sleep(until: deadline)
                let now = MonotonicClock.now()
                shared.recorder.withLock { $0?.record(Int64(now) - Int64(deadline), at: now) }
                deadline &+= interval
            }
        }
    }

    deinit { shared.stopped.store(true, ordering: .relaxed) }

    @discardableResult
    func swap(_ next: LatencyRecorder?) -> LatencyRecorder? {
        shared.recorder.withLock { current in
            defer { current = next }
            return current
        }
    }

    func stop() {
        shared.stopped.store(true, ordering: .relaxed)
        thread.join()
    }
}
