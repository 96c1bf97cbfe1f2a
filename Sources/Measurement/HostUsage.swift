// What the machine did between two samples.

/// Work of one block device over a phase.
package struct DiskUsage: Codable, Equatable, Sendable {
    package var readBytes, writtenBytes, reads, writes: UInt64
    package var flushes: UInt64?
    /// Seconds in which at least one request was in flight.
    package var busySeconds: Double
    package var busyFraction: Double

    init(_ later: DiskCounters, _ earlier: DiskCounters, seconds: Double) {
        readBytes = later.readBytes &- earlier.readBytes
        writtenBytes = later.writtenBytes &- earlier.writtenBytes
        reads = later.reads &- earlier.reads
        writes = later.writes &- earlier.writes
        if let after = later.flushes, let before = earlier.flushes { flushes = after &- before }
        busySeconds = Double(later.busyMilliseconds &- earlier.busyMilliseconds) / 1e3
        busyFraction = seconds > 0 ? min(1, busySeconds / seconds) : 0
    }
}

/// Shares of the time in which tasks waited, 0 … 1.
package struct PressureDelta: Codable, Equatable, Sendable {
    package var cpuSome, ioSome, ioFull, memorySome, memoryFull: Double

    init?(_ later: Pressure?, _ earlier: Pressure?, seconds: Double) {
        guard let later, let earlier, seconds > 0 else { return nil }
        func share(_ after: UInt64?, _ before: UInt64?) -> Double {
            Double((after ?? 0) &- (before ?? 0)) / 1e6 / seconds
        }
        cpuSome = share(later.cpu.someMicroseconds, earlier.cpu.someMicroseconds)
        ioSome = share(later.io.someMicroseconds, earlier.io.someMicroseconds)
        ioFull = share(later.io.fullMicroseconds, earlier.io.fullMicroseconds)
        memorySome = share(later.memory.someMicroseconds, earlier.memory.someMicroseconds)
        memoryFull = share(later.memory.fullMicroseconds, earlier.memory.fullMicroseconds)
    }
}

/// A phase of the whole machine.
package struct HostUsage: Codable, Equatable, Sendable {
    package var seconds: Double
    package var cpus: Int
    /// Wall time x CPUs less idle, iowait and stolen time. The kernel keeps idle time exactly where user and
    /// system time are sampled, so this is truer than their sum.
    package var busyCPUSeconds: Double
    /// Idle and iowait.
    package var idleCPUSeconds: Double
    package var stealCPUSeconds: Double
    /// Sampled by the 10 ms tick, as are the next two.
    package var userCPUSeconds: Double
    package var systemCPUSeconds: Double
    package var softirqCPUSeconds: Double
    package var pressure: PressureDelta?
    package var disks: [String: DiskUsage]
    package var memoryBefore, memoryAfter: MemoryState
    package var majorFaults, swappedOutPages, directReclaims: UInt64

    package var capacityCPUSeconds: Double { seconds * Double(cpus) }
    package var busyFraction: Double { capacityCPUSeconds > 0 ? busyCPUSeconds / capacityCPUSeconds : 0 }
    package var stealFraction: Double { capacityCPUSeconds > 0 ? stealCPUSeconds / capacityCPUSeconds : 0 }
}

extension HostSample {
    /// What happened from `earlier` to `later`.
    package static func - (later: HostSample, earlier: HostSample) -> HostUsage {
        let seconds = Double(later.time &- earlier.time) / 1e9
        let cpus = later.perCPU.count
        func spent(_ ticks: KeyPath<CPUTicks, UInt64>) -> Double {
            // iowait may run backwards by a tick when a CPU goes offline or the kernel corrects itself.
            let (after, before) = (later.cpu[keyPath: ticks], earlier.cpu[keyPath: ticks])
            return after > before ? Double(after - before) / ProcFile.ticksPerSecond : 0
        }
        let idle = spent(\.idle) + spent(\.iowait)
        let steal = spent(\.steal)
        var disks: [String: DiskUsage] = [:]
        for (name, counters) in later.disks {
            guard let before = earlier.disks[name] else { continue }
            disks[name] = DiskUsage(counters, before, seconds: seconds)
        }
        return HostUsage(
            seconds: seconds, cpus: cpus, busyCPUSeconds: max(0, seconds * Double(cpus) - idle - steal),
            idleCPUSeconds: idle, stealCPUSeconds: steal, userCPUSeconds: spent(\.user) + spent(\.nice),
            systemCPUSeconds: spent(\.system), softirqCPUSeconds: spent(\.irq) + spent(\.softirq),
            pressure: PressureDelta(later.pressure, earlier.pressure, seconds: seconds), disks: disks,
            memoryBefore: earlier.memory, memoryAfter: later.memory,
            majorFaults: later.vm.majorFaults &- earlier.vm.majorFaults,
            swappedOutPages: later.vm.swappedOutPages &- earlier.vm.swappedOutPages,
            directReclaims: later.vm.directReclaims &- earlier.vm.directReclaims)
    }
}

/// Where the machine's CPU time went over a phase, CPU seconds. With stolen time the rows add up to capacity.
package struct CostRows: Codable, Equatable, Sendable {
    /// nil where the broker runs elsewhere.
    package var broker: Double?
    package var clients: Double
    /// Busy time of neither: writeback, journal, reclaim, softirq. May come out a little below zero, since
    /// two instruments are subtracted.
    package var unattributed: Double
    package var idle: Double
    package var capacity: Double

    package init(broker: Double?, clients: Double, unattributed: Double, idle: Double, capacity: Double) {
        self.broker = broker
        self.clients = clients
        self.unattributed = unattributed
        self.idle = idle
        self.capacity = capacity
    }

    package static func split(host: HostUsage, brokerSeconds: Double?, clientSeconds: Double) -> CostRows {
        CostRows(
            broker: brokerSeconds, clients: clientSeconds,
            unattributed: host.busyCPUSeconds - (brokerSeconds ?? 0) - clientSeconds, idle: host.idleCPUSeconds,
            capacity: host.capacityCPUSeconds)
    }
}
