// What the control group of this process may use.

/// The limits nearest to this process, from its own group up to the root. nil: none.
struct CgroupLimits: Equatable {
    var version: Int?
    var memoryBytes: Int64?
    var cpus: Double?

    static func read(_ system: any SystemSource) -> CgroupLimits {
        let own = (system.text("/proc/self/cgroup") ?? "").split(separator: "\n").map {
            $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        }.filter { $0.count == 3 }
        var limits = CgroupLimits()
        if let memory = own.first(where: { $0[1].split(separator: ",").contains("memory") }) {
            limits.version = 1
            limits.memoryBytes = smallest(memory[2]) { system.integer("/sys/fs/cgroup/memory\($0)/memory.limit_in_bytes") }
            let cpuPath = own.first { $0[1].split(separator: ",").contains("cpu") }?[2] ?? "/"
            limits.cpus = smallest(cpuPath) { group in
                guard let quota = system.integer("/sys/fs/cgroup/cpu\(group)/cpu.cfs_quota_us"), quota > 0,
                    let period = system.integer("/sys/fs/cgroup/cpu\(group)/cpu.cfs_period_us"), period > 0
                else { return nil }
                return Double(quota) / Double(period)
            }
        } else if let unified = own.first(where: { $0[0] == "0" }) {
            limits.version = 2
            limits.memoryBytes = smallest(unified[2]) { system.integer("/sys/fs/cgroup\($0)/memory.max") }
            limits.cpus = smallest(unified[2]) { group in
                let fields = words(system.text("/sys/fs/cgroup\(group)/cpu.max"))
                guard fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]), period > 0 else { return nil }
                return quota / period
            }
        }
        // Version 1 says "none" as the largest multiple of a page.
        if let bytes = limits.memoryBytes, bytes > 1 << 60 { limits.memoryBytes = nil }
        return limits
    }

    /// The smallest answer on the way from `path` up to the root.
    private static func smallest<Value: Comparable>(_ path: String, _ ask: (String) -> Value?) -> Value? {
        var at = path == "/" ? "" : path
        var least: Value?
        while true {
            if let value = ask(at), least.map({ value < $0 }) ?? true { least = value }
            guard let slash = at.lastIndex(of: "/") else { return least }
            at = String(at[..<slash])
        }
    }
}
