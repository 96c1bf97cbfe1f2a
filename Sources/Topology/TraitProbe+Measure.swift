// Measures the traits that no file tells.
internal import CLinux
internal import Glibc
internal import Host
internal import Synchronization

extension TraitProbe {
    /// About `milliseconds` of watching: wake-ups between two CPUs, timer slack, cost of the clock, then steal and other processes' load
    /// while this thread calculates. One that sleeps has nothing that could be stolen.
    package static func measure(milliseconds: UInt64 = 200, _ system: any SystemSource = LiveSystem()) -> TraitProbe {
        var probe = TraitProbe()
        probe.clockReadNanoseconds = clockCost()
        probe.timerSlackNanoseconds = system.integer("/proc/self/timerslack_ns").map(UInt64.init(clamping:))
        if let allowed = try? CPUSet.allowed(), allowed.count >= 2 {
            probe.wakeUpRoundTripNanoseconds = WakeUpProbe.medianRoundTrip(allowed.cpus[0], allowed.cpus[1], rounds: 400)
        }
        let before = CPUTimes.read(system)
        let ownBefore = clinux_process_cpu_ns(getpid())
        probe.processorLostShare = ProcessorSteadiness.lostShare(nanoseconds: milliseconds * 1_000_000)
        guard let before, let after = CPUTimes.read(system), after.total > before.total else { return probe }
        let total = Double(after.total - before.total)
        // One tick is 10 ms.
        let own = Double(clinux_process_cpu_ns(getpid()) - ownBefore) / 10_000_000
        probe.stealShare = Double(after.steal - before.steal) / total
        probe.foreignCPUShare = max(0, Double(after.busy - before.busy) - own) / total
        return probe
    }

    private static func clockCost() -> UInt64 {
        let rounds: UInt64 = 2000
        let start = MonotonicClock.now()
        for _ in 0..<rounds { _ = MonotonicClock.now() }
        return (MonotonicClock.now() - start) / rounds
    }
}

/// The first line of /proc/stat, in ticks of 10 ms.
struct CPUTimes: Equatable {
    let busy: Int64
    let steal: Int64
    let total: Int64

    static func read(_ system: any SystemSource) -> CPUTimes? {
        let fields = (system.text("/proc/stat")?.split(separator: "\n").first ?? "").split(separator: " ")
        guard fields.count >= 9, fields[0] == "cpu" else { return nil }
        let ticks = fields[1...8].compactMap { Int64($0) }
        guard ticks.count == 8 else { return nil }
        // user nice system idle iowait irq softirq steal
        let idle = ticks[3] + ticks[4]
        let total = ticks.reduce(0, +)
        return CPUTimes(busy: total - idle - ticks[7], steal: ticks[7], total: total)
    }
}

/// Two threads that wake each other through pipes, each on its CPU.
private enum WakeUpProbe {
    static func medianRoundTrip(_ one: Int32, _ other: Int32, rounds: Int) -> UInt64? {
        var there: [Int32] = [-1, -1]
        var back: [Int32] = [-1, -1]
        guard pipe(&there) == 0 else { return nil }
        guard pipe(&back) == 0 else {
            for fd in there { close(fd) }
            return nil
        }
        let (takes, answers) = (there[0], back[1])
        let echo = WorkerThread(name: "wake-echo", cpus: [other]) {
            var byte: UInt8 = 0
            while read(takes, &byte, 1) == 1, write(answers, &byte, 1) == 1 {}
        }
        let (gives, hears) = (there[1], back[0])
        let result = Mutex<[UInt64]>([])
        let ask = WorkerThread(name: "wake-ask", cpus: [one]) {
            var times: [UInt64] = []
            var byte: UInt8 = 1
            for _ in 0..<rounds {
                let start = MonotonicClock.now()
                guard write(gives, &byte, 1) == 1, read(hears, &byte, 1) == 1 else { break }
                times.append(MonotonicClock.now() - start)
                // Idle in between, so that the other CPU sleeps as it does under a moderate load.
                MonotonicClock.sleep(nanoseconds: 50_000)
            }
            result.withLock { $0 = times.sorted() }
        }
        ask.join()
        close(gives)
        echo.join()
        for fd in [takes, answers, hears] { close(fd) }
        let times = result.withLock { $0 }
        return times.isEmpty ? nil : times[times.count / 2]
    }
}
