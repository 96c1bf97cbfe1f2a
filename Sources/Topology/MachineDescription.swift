// The machine's fingerprint: everything about it that can move a number.

/// A CPU cache.
package struct CPUCache: Equatable, Sendable, Codable {
    package let level: Int
    /// `Data`, `Instruction` or `Unified`.
    package let type: String
    package let bytes: Int64
    package let sharedWith: CPUSet
}

/// What a result says of the machine it was measured on. An absent value could not be read.
package struct MachineDescription: Equatable, Sendable, Codable {
    package var hostName: String?
    package var osName: String?
    /// `6.18.44` with the build behind it.
    package var kernel: String?
    package var cpuModel: String?
    /// Those of sse4_2, avx2, avx512f, pclmulqdq, constant_tsc, nonstop_tsc, hypervisor that the CPU lists.
    package var cpuFlags: [String] = []
    /// nil on bare metal; `unknown` where only the CPU flag tells.
    package var hypervisor: String?
    package var logicalCPUs = 0
    package var physicalCores = 0
    package var sockets = 0
    package var smtActive: Bool?
    package var caches: [CPUCache] = []
    package var lastLevelCacheBytes: Int64?
    package var memoryBytes: Int64 = 0
    package var nodes: [NUMANode] = []
    package var topology = CPUTopology(cpus: [])
    package var numaBalancing: Bool?
    package var clockSource: String?
    package var governor: String?
    /// `on`, `off`; nil where the kernel has no switch.
    package var turbo: String?
    package var transparentHugePages: String?
    package var swapBytes: Int64 = 0
    package var swappiness: Int64?
    package var dirtyRatio: Int64?
    package var dirtyBackgroundRatio: Int64?
    /// vm.dirty_bytes, when set in place of the ratio.
    package var dirtyBytes: Int64?
    /// What may be dirty before writers are throttled: dirty_bytes, or the ratio of what is available now.
    package var dirtyLimitBytes: Int64 = 0
    /// 1 or 2, by where the memory controller is.
    package var cgroupVersion: Int?
    package var cgroupMemoryLimitBytes: Int64?
    /// CPUs' worth of time the cgroup may use.
    package var cgroupCPULimit: Double?
    package var congestionControl: String?
    package var availableCongestionControls: [String] = []
    package var allowedCongestionControls: [String] = []
    package var openFilesSoft: Int64?
    package var openFilesHard: Int64?
    package var onBattery: Bool?
    /// What of it is modelled, as a lab's virtual machine says; nil for hardware.
    package var modelled: String?

    package static func read(_ system: any SystemSource = LiveSystem()) -> MachineDescription {
        var machine = MachineDescription()
        machine.readSystem(system)
        machine.readCPUs(system)
        machine.readMemory(system)
        machine.readLimits(system)
        return machine
    }

    private mutating func readSystem(_ system: any SystemSource) {
        hostName = system.text("/proc/sys/kernel/hostname")
        kernel = system.text("/proc/sys/kernel/osrelease")
        osName = value(of: "PRETTY_NAME", in: system.text("/etc/os-release") ?? "", separator: "=")?
            .filter { $0 != "\"" }
        clockSource = system.text("/sys/devices/system/clocksource/clocksource0/current_clocksource")
        congestionControl = system.text("/proc/sys/net/ipv4/tcp_congestion_control")
        availableCongestionControls = words(system.text("/proc/sys/net/ipv4/tcp_available_congestion_control"))
        allowedCongestionControls = words(system.text("/proc/sys/net/ipv4/tcp_allowed_congestion_control"))
        let supplies = system.entries("/sys/class/power_supply").map { "/sys/class/power_supply/\($0)" }
        let mains = supplies.filter { system.text("\($0)/type") == "Mains" }
        if supplies.contains(where: { system.text("\($0)/type") == "Battery" }), !mains.isEmpty {
            onBattery = mains.allSatisfy { system.text("\($0)/online") == "0" }
        }
    }

    private mutating func readCPUs(_ system: any SystemSource) {
        let info = system.text("/proc/cpuinfo") ?? ""
        cpuModel = value(of: "model name", in: info, separator: ":")
        let listed = Set(words(value(of: "flags", in: info, separator: ":")))
        cpuFlags = ["sse4_2", "pclmulqdq", "avx2", "avx512f", "constant_tsc", "nonstop_tsc", "hypervisor"].filter(listed.contains)
        hypervisor = Self.hypervisor(system, flagged: listed.contains("hypervisor"))
        modelled = Modelled.machine(system, cpuModel: cpuModel)
        topology = CPUTopology.read(system)
        nodes = NUMA.nodes(system)
        logicalCPUs = topology.cpus.count
        physicalCores = topology.coreCount
        sockets = topology.socketCount
        smtActive = system.text("/sys/devices/system/cpu/smt/active").map { $0 == "1" }
        numaBalancing = system.text("/proc/sys/kernel/numa_balancing").map { $0 != "0" }
        let frequency = "/sys/devices/system/cpu/cpu0/cpufreq"
        governor = system.text("\(frequency)/scaling_governor")
        if let off = system.text("/sys/devices/system/cpu/intel_pstate/no_turbo") {
            turbo = off == "0" ? "on" : "off"
        } else if let boost = system.text("/sys/devices/system/cpu/cpufreq/boost") {
            turbo = boost == "1" ? "on" : "off"
        }
        readCaches(system)
    }

    private mutating func readCaches(_ system: any SystemSource) {
        var seen = Set<String>()
        for cpu in topology.cpus {
            let root = "/sys/devices/system/cpu/cpu\(cpu.id)/cache"
            for index in system.entries(root) where index.hasPrefix("index") {
                guard let level = system.integer("\(root)/\(index)/level"), let type = system.text("\(root)/\(index)/type"),
                    let bytes = system.text("\(root)/\(index)/size").flatMap(Self.size),
                    let shared = system.text("\(root)/\(index)/shared_cpu_list").flatMap({ CPUSet(list: $0) }),
                    seen.insert("\(level) \(type) \(shared)").inserted
                else { continue }
                caches.append(CPUCache(level: Int(level), type: type, bytes: bytes, sharedWith: shared))
            }
        }
        lastLevelCacheBytes = caches.filter { $0.type != "Instruction" }.max { ($0.level, $0.bytes) < ($1.level, $1.bytes) }?.bytes
    }

    private mutating func readMemory(_ system: any SystemSource) {
        let info = system.text("/proc/meminfo") ?? ""
        memoryBytes = kibibytes("MemTotal", info) ?? 0
        swapBytes = kibibytes("SwapTotal", info) ?? 0
        transparentHugePages = system.choice("/sys/kernel/mm/transparent_hugepage/enabled")
        swappiness = system.integer("/proc/sys/vm/swappiness")
        dirtyRatio = system.integer("/proc/sys/vm/dirty_ratio")
        dirtyBackgroundRatio = system.integer("/proc/sys/vm/dirty_background_ratio")
        dirtyBytes = system.integer("/proc/sys/vm/dirty_bytes").flatMap { $0 > 0 ? $0 : nil }
        // The kernel takes the ratio of free and reclaimable memory, not of all of it.
        let available = kibibytes("MemAvailable", info) ?? memoryBytes
        dirtyLimitBytes = dirtyBytes ?? available * (dirtyRatio ?? 20) / 100
    }

    private mutating func readLimits(_ system: any SystemSource) {
        let cgroup = CgroupLimits.read(system)
        cgroupVersion = cgroup.version
        cgroupMemoryLimitBytes = cgroup.memoryBytes
        cgroupCPULimit = cgroup.cpus
        for line in (system.text("/proc/self/limits") ?? "").split(separator: "\n") where line.hasPrefix("Max open files") {
            let fields = line.dropFirst("Max open files".count).split(separator: " ")
            openFilesSoft = fields.first.flatMap { Int64($0) }
            openFilesHard = fields.count > 1 ? Int64(fields[1]) : nil
        }
    }

    private static func hypervisor(_ system: any SystemSource, flagged: Bool) -> String? {
        if let type = system.text("/sys/hypervisor/type") { return type }
        let product = [system.text("/sys/class/dmi/id/sys_vendor"), system.text("/sys/class/dmi/id/product_name")]
            .compactMap { $0 }.joined(separator: " ")
        for (mark, name) in [
            ("QEMU", "QEMU/KVM"), ("KVM", "KVM"), ("VMware", "VMware"), ("VirtualBox", "VirtualBox"), ("Xen", "Xen"),
            ("Amazon EC2", "Amazon EC2"), ("Google", "Google Compute Engine"), ("Virtual Machine", "Hyper-V"),
        ] where product.contains(mark) {
            // Bare-metal instances of a cloud carry its name without the CPU flag.
            return flagged ? name : nil
        }
        guard flagged else { return nil }
        // A guest without firmware tables: the paravirtual clock or driver names the host.
        if system.exists("/sys/module/kvm_pvm") || system.text("/sys/devices/system/clocksource/clocksource0/available_clocksource")?
            .contains("kvm-clock") == true
        {
            return "KVM"
        }
        return "unknown"
    }

    /// `512K`, `32M` in bytes.
    private static func size(_ text: String) -> Int64? {
        let digits = Int64(text.prefix { $0.isNumber })
        switch text.last {
        case "K": return digits.map { $0 << 10 }
        case "M": return digits.map { $0 << 20 }
        case "G": return digits.map { $0 << 30 }
        default: return digits
        }
    }
}

/// The words of a line of text.
func words(_ text: String?) -> [String] { (text ?? "").split { $0 == " " || $0 == "\t" }.map(String.init) }

/// The value behind the first `key separator value` line.
func value(of key: String, in text: String, separator: Character) -> String? {
    for line in text.split(separator: "\n") where line.hasPrefix(key) {
        let parts = line.split(separator: separator, maxSplits: 1)
        guard parts.count == 2, trimmed(parts[0]) == key else { continue }
        return trimmed(parts[1])
    }
    return nil
}

func trimmed(_ text: some StringProtocol) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" }
    let front = text.drop(while: isBlank)
    guard let last = front.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(front[...last])
}
