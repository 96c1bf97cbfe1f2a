// The doctor's memory traits: pages handed back, reclaim, huge pages, swap limits.

extension Examination {
    /// VIRTIO_BALLOON_F_REPORTING, bit 5 of a balloon device's features (virtio 1.2, 5.5.3).
    static let balloonReportingBit = 5

    var freePageReporting: Finding {
        for device in system.entries("/sys/bus/virtio/devices") {
            let directory = "/sys/bus/virtio/devices/\(device)"
            // Device type 5 is a balloon.
            guard let type = system.text("\(directory)/device"), type == "0x0005" || type == "5",
                let features = system.text("\(directory)/features")
            else { continue }
            let bits = Array(features.utf8)
            let on = bits.count > Self.balloonReportingBit && bits[Self.balloonReportingBit] == UInt8(ascii: "1")
            return .when(on, "balloon \(device) \(on ? "negotiated" : "has no") free page reporting\(handedBack)")
        }
        if system.exists("/sys/bus/virtio/devices") { return .when(false, "no virtio balloon") }
        return machine.hypervisor == nil ? .when(false, "not virtualised") : .unknown("virtualised, and the balloon cannot be seen")
    }

    private var handedBack: String {
        system.integer("/sys/module/page_reporting/parameters/reported_kib").map { "; \($0 >> 10) MiB handed back so far" } ?? ""
    }

    var proactiveReclaim: Finding {
        let root = "/sys/kernel/mm/damon/admin/kdamonds"
        guard system.exists(root) else { return .when(false, "the kernel has no DAMON") }
        for daemon in system.entries(root) where system.text("\(root)/\(daemon)/state") == "on" {
            for context in system.entries("\(root)/\(daemon)/contexts") {
                let schemes = "\(root)/\(daemon)/contexts/\(context)/schemes"
                for scheme in system.entries(schemes) where system.text("\(schemes)/\(scheme)/action") == "pageout" {
                    return .when(true, "kdamond \(daemon) runs the action pageout\(age("\(schemes)/\(scheme)", "\(root)/\(daemon)/contexts/\(context)"))")
                }
            }
        }
        if system.text("/sys/module/damon_reclaim/parameters/enabled") == "Y" { return .when(true, "damon_reclaim is enabled") }
        return .when(false, "no kdamond pages out")
    }

    /// The age counts aggregation intervals.
    private func age(_ scheme: String, _ context: String) -> String {
        guard let intervals = system.integer("\(scheme)/access_pattern/age/min"),
            let microseconds = system.integer("\(context)/monitoring_attrs/intervals/aggr_us")
        else { return "" }
        return " on pages idle for \(intervals * microseconds / 1_000_000) s"
    }

    var hugePages: Finding {
        guard let setting = machine.transparentHugePages else { return .when(false, "the kernel has no transparent huge pages") }
        return .when(setting == "always", "transparent_hugepage/enabled is \(setting)")
    }

    var balancing: Finding {
        guard machine.nodes.count > 1 else { return .when(false, "one node") }
        guard let on = machine.numaBalancing else { return .when(false, "the kernel does not balance") }
        return .when(on, "kernel.numa_balancing is \(on ? "on" : "off") with \(machine.nodes.count) nodes")
    }

    var cgroup: Finding {
        let memory = machine.cgroupMemoryLimitBytes.flatMap { $0 < machine.memoryBytes ? $0 : nil }
        let cpus = machine.cgroupCPULimit.flatMap { $0 < Double(machine.logicalCPUs) ? $0 : nil }
        var parts: [String] = []
        if let memory { parts.append("memory \(memory >> 20) MiB of \(machine.memoryBytes >> 20)") }
        if let cpus { parts.append("CPU \(cpus) of \(machine.logicalCPUs)") }
        return .when(!parts.isEmpty, parts.isEmpty ? "no limit below the machine's" : "cgroup limits " + parts.joined(separator: ", "))
    }
}
