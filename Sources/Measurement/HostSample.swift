// What the machine has done so far: CPU, memory, pressure, block devices.
internal import Host

/// Ticks of /proc/stat, of one CPU or of all, since boot.
package struct CPUTicks: Codable, Equatable, Sendable {
    package var user, nice, system, idle, iowait, irq, softirq, steal: UInt64

    /// A `cpu…` line; nil when it is not one.
    init?(_ line: Substring) {
        guard line.hasPrefix("cpu") else { return nil }
        let numbers = ProcText.numbers(line)
        guard numbers.count >= 8 else { return nil }
        (user, nice, system, idle) = (numbers[0], numbers[1], numbers[2], numbers[3])
        (iowait, irq, softirq, steal) = (numbers[4], numbers[5], numbers[6], numbers[7])
    }
}

/// Microseconds in which tasks waited for a resource, since boot (pressure stall information).
package struct Pressure: Codable, Equatable, Sendable {
    package struct Stall: Codable, Equatable, Sendable {
        /// At least one task waited.
        package var someMicroseconds: UInt64
        /// All tasks waited; nil where the kernel does not say.
        package var fullMicroseconds: UInt64?
    }
    package var cpu, io, memory: Stall
}

extension Pressure.Stall {
    /// The text of a /proc/pressure file.
    init?(_ text: String) {
        var totals: [Substring: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let kind = words.first, let total = words.last, total.hasPrefix("total=") else { continue }
            totals[kind] = UInt64(total.dropFirst(6))
        }
        guard let some = totals["some"] else { return nil }
        self.init(someMicroseconds: some, fullMicroseconds: totals["full"])
    }
}

/// Counters of one block device since boot, from /sys/block/DEV/stat.
package struct DiskCounters: Codable, Equatable, Sendable {
    /// The kernel counts 512-byte sectors whatever the device's own size.
    private static let sectorBytes: UInt64 = 512

    package var reads, readBytes, writes, writtenBytes, busyMilliseconds: UInt64
    /// nil before Linux 5.5.
    package var flushes: UInt64?

    /// Of a device under /sys/block right now: one small file; nil where it has none.
    package static func current(of device: String) -> DiskCounters? {
        ProcFile.text("/sys/block/\(device)/stat").flatMap { DiskCounters($0) }
    }

    init?(_ text: String) {
        let numbers = ProcText.numbers(text[...].split(separator: "\n").first ?? "")
        guard numbers.count >= 11 else { return nil }
        reads = numbers[0]
        readBytes = numbers[2] * Self.sectorBytes
        writes = numbers[4]
        writtenBytes = numbers[6] * Self.sectorBytes
        busyMilliseconds = numbers[9]
        flushes = numbers.count >= 17 ? numbers[15] : nil
    }
}

/// Paging of the whole machine since boot, from /proc/vmstat.
package struct VMCounters: Codable, Equatable, Sendable {
    package var majorFaults, swappedInPages, swappedOutPages, directReclaims: UInt64

    init(_ text: String) {
        let table = ProcText.pairs(text)
        majorFaults = table["pgmajfault"] ?? 0
        swappedInPages = table["pswpin"] ?? 0
        swappedOutPages = table["pswpout"] ?? 0
        directReclaims = table.filter { $0.key.hasPrefix("allocstall") }.reduce(0) { $0 + $1.value }
    }
}

/// One reading of the machine; two of them subtracted are a `HostUsage`.
package struct HostSample: Codable, Equatable, Sendable {
    /// CLOCK_MONOTONIC nanoseconds.
    package var time: UInt64
    package var cpu: CPUTicks
    package var perCPU: [CPUTicks]
    package var memory: MemoryState
    /// nil where the kernel has no pressure stall information.
    package var pressure: Pressure?
    /// By name under /sys/block; a device that has no counters is absent.
    package var disks: [String: DiskCounters]
    package var vm: VMCounters

    /// Reads everything, about 0.5 ms.
    ///
    /// - Parameter devices: names under /sys/block, such as `vda`.
    package static func take(devices: [String] = []) -> HostSample {
        let time = MonotonicClock.now()
        guard let sample = HostSample(
            time: time, stat: ProcFile.text("/proc/stat") ?? "", meminfo: ProcFile.text("/proc/meminfo") ?? "",
            vmstat: ProcFile.text("/proc/vmstat") ?? "")
        else { preconditionFailure("/proc/stat is missing or has no cpu line: is /proc mounted?") }
        var whole = sample
        whole.pressure = pressure()
        for device in devices {
            whole.disks[device] = DiskCounters.current(of: device)
        }
        return whole
    }

    /// From the texts of the three files.
    init?(time: UInt64, stat: String, meminfo: String, vmstat: String) {
        let lines = stat.split(separator: "\n").compactMap { line in CPUTicks(line).map { (line, $0) } }
        guard let first = lines.first else { return nil }
        self.time = time
        cpu = first.1
        perCPU = lines.dropFirst().map(\.1)
        memory = MemoryState(meminfo)
        pressure = nil
        disks = [:]
        vm = VMCounters(vmstat)
    }

    private static func pressure() -> Pressure? {
        func stall(_ resource: String) -> Pressure.Stall? {
            ProcFile.text("/proc/pressure/\(resource)").flatMap { Pressure.Stall($0) }
        }
        guard let cpu = stall("cpu"), let io = stall("io"), let memory = stall("memory") else { return nil }
        return Pressure(cpu: cpu, io: io, memory: memory)
    }
}
