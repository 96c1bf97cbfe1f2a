// What tells one machine from another of the same name: revisions, mitigations, what a process is allowed, and its state now.

/// Fields for the fingerprint of a result; nil where the system does not tell.
package struct MachineIdentity: Equatable, Sendable {
    /// Instruction set that this program was built for: `x86_64`, `arm64`.
    package var architecture = "unknown"
    /// `AuthenticAMD 25/17`: vendor, family and model number.
    package var cpuFamily: String?
    package var cpuStepping: String?
    package var microcode: String?
    /// `0-1`: CPUs that this process may run on.
    package var allowedCPUs: String?
    /// `Amazon EC2 c5.large`: what the firmware calls the machine.
    package var product: String?
    /// `meltdown: Not affected; mds: …`, by name.
    package var mitigations: String?
    /// As the kernel was started; may name hosts and disks, so it is to be hashed.
    package var kernelCommandLine: String?
    /// The kernel's random name of this boot.
    package var boot: String?

    /// `0.10 0.22 0.30`: over 1, 5 and 15 minutes.
    package var loadAverages: String?
    /// `cpu 0.00 io 0.12 memory 0.00`: share of the last ten seconds in which somebody stalled, in percent.
    package var pressure: String?
    /// Of the hottest zone.
    package var temperatureMillidegrees: Int64?
    package var swapUsedBytes: Int64?

    package static func read(_ system: any SystemSource = LiveSystem()) -> MachineIdentity {
        var identity = MachineIdentity()
        identity.architecture = ownArchitecture
        identity.readCPU(system)
        identity.product = joined(["sys_vendor", "product_name"].map { system.text("/sys/class/dmi/id/\($0)") }, " ")
        let faults = "/sys/devices/system/cpu/vulnerabilities"
        identity.mitigations = joined(system.entries(faults).map { name in system.text("\(faults)/\(name)").map { "\(name): \($0)" } }, "; ")
        identity.kernelCommandLine = system.text("/proc/cmdline")
        identity.boot = system.text("/proc/sys/kernel/random/boot_id")
        identity.readState(system)
        return identity
    }

    private mutating func readCPU(_ system: any SystemSource) {
        let info = system.text("/proc/cpuinfo") ?? ""
        let numbers = joined([value(of: "cpu family", in: info, separator: ":"), value(of: "model", in: info, separator: ":")], "/")
        // Elsewhere than on x86 the implementer and part number say the same.
        let parts = joined([value(of: "CPU implementer", in: info, separator: ":"), value(of: "CPU part", in: info, separator: ":")], "/")
        cpuFamily = joined([value(of: "vendor_id", in: info, separator: ":"), numbers ?? parts], " ")
        cpuStepping = value(of: "stepping", in: info, separator: ":") ?? value(of: "CPU revision", in: info, separator: ":")
        microcode = value(of: "microcode", in: info, separator: ":")
        allowedCPUs = value(of: "Cpus_allowed_list", in: system.text("/proc/self/status") ?? "", separator: ":")
    }

    private mutating func readState(_ system: any SystemSource) {
        loadAverages = system.text("/proc/loadavg").map { words($0).prefix(3).joined(separator: " ") }
        pressure = joined(["cpu", "io", "memory"].map { resource in
            (system.text("/proc/pressure/\(resource)") ?? "").split(separator: "\n").first { $0.hasPrefix("some ") }
                .flatMap { words(String($0)).first { $0.hasPrefix("avg10=") } }.map { "\(resource) \($0.dropFirst("avg10=".count))" }
        }, " ")
        let zones = "/sys/class/thermal"
        temperatureMillidegrees = system.entries(zones).filter { $0.hasPrefix("thermal_zone") }.compactMap { system.integer("\(zones)/\($0)/temp") }.max()
        let memory = system.text("/proc/meminfo") ?? ""
        if let total = kibibytes("SwapTotal", memory), let free = kibibytes("SwapFree", memory) { swapUsedBytes = total - free }
    }

    private static var ownArchitecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "arm64"
        #else
            "unknown"
        #endif
    }
}

/// The texts that are there; nil where none is.
private func joined(_ texts: [String?], _ separator: String) -> String? {
    let known = texts.compactMap { $0 }.filter { !$0.isEmpty }
    return known.isEmpty ? nil : known.joined(separator: separator)
}
