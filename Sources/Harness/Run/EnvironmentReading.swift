// The machine as the result keeps it: what must match, what is worth a warning, how it was just then.
internal import Foundation
internal import Glibc
internal import Host
internal import Measurement
package import Results
package import Topology

extension EnvironmentRecord {
    /// - Parameters:
    ///   - besides: what else brokers keep logs in.
    ///   - traits: the doctor's findings.
    ///   - brokerIsHere: whether the broker runs on this host.
    package static func read(
        _ machine: MachineDescription, _ identity: MachineIdentity = .read(), disk: DataDirectory, besides: [DataDirectory] = [], traits: [MachineTrait],
        brokerIsHere: Bool
    ) -> EnvironmentRecord {
        var hard = hard(machine, identity, disk)
        hard["broker_host"] = brokerIsHere ? "this host" : "another host"
        var environment = EnvironmentRecord(
            hard: hard, soft: soft(machine, identity, disk), runState: runState(machine, identity, disk),
            traits: traits.map { trait in
                TraitRecord(
                    name: trait.name.rawValue, finding: "\(trait.state.rawValue): \(trait.evidence)",
                    countermeasure: trait.counterMeasure, spoils: trait.state == .present)
            })
        environment.mark(modelled: machine.modelled)
        for directory in [disk] + besides { environment.mark(modelled: directory.modelled) }
        return environment
    }

    /// Adds how the machine or a disk is modelled, once. Only where it applies: hardware does not have to say so, and results from
    /// before this field are hardware's.
    package mutating func mark(modelled text: String?) {
        guard let text else { return }
        guard let known = hard["modelled"] else {
            hard["modelled"] = text
            return
        }
        guard !"; \(known); ".contains("; \(text); ") else { return }
        hard["modelled"] = "\(known); \(text)"
    }

    private static func text<T>(_ value: T?) -> String { value.map { "\($0)" } ?? "unknown" }

    /// What changes figures by itself.
    private static func hard(_ machine: MachineDescription, _ identity: MachineIdentity, _ disk: DataDirectory) -> [String: String] {
        let device = disk.devices.last
        return [
            "architecture": identity.architecture, "cpu_model": text(machine.cpuModel), "cpu_family": text(identity.cpuFamily),
            "cpu_stepping": text(identity.cpuStepping), "microcode": text(identity.microcode), "cpus": "\(machine.logicalCPUs) CPUs",
            "logical_cpus": "\(machine.logicalCPUs)", "allowed_cpus": text(identity.allowedCPUs), "smt": text(machine.smtActive),
            "physical_cores": "\(machine.physicalCores)", "sockets": "\(machine.sockets)", "numa_nodes": "\(machine.nodes.count)",
            "memory": "\(fixed(Double(machine.memoryBytes) / 1_073_741_824, 1)) GiB", "memory_bytes": "\(machine.memoryBytes)",
            "last_level_cache_bytes": text(machine.lastLevelCacheBytes), "hypervisor": machine.hypervisor ?? "none",
            "cgroup_memory_limit_bytes": machine.cgroupMemoryLimitBytes.map { "\($0)" } ?? "none",
            "cgroup_cpu_limit": machine.cgroupCPULimit.map { "\($0)" } ?? "none", "kernel": "Linux \(text(machine.kernel))",
            "filesystem": disk.fileSystem, "mount_options": disk.mountOptions.joined(separator: ","), "disk_class": disk.diskClass.rawValue,
            "disk_model": text(device?.model), "disk_transport": text(device?.transport), "disk_rotational": text(device?.rotational),
            "scheduler": text(device?.scheduler), "write_cache": text(device?.writeCache),
        ]
    }

    /// What is worth a warning.
    private static func soft(_ machine: MachineDescription, _ identity: MachineIdentity, _ disk: DataDirectory) -> [String: String] {
        let environment = ProcessInfo.processInfo.environment
        let preloaded = environment["LD_PRELOAD"].map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        let image = [environment["ImageOS"], environment["ImageVersion"]].compactMap { $0 }.joined(separator: " ")
        return [
            "os": text(machine.osName), "clock_source": text(machine.clockSource), "congestion_control": text(machine.congestionControl),
            "allowed_congestion_controls": machine.allowedCongestionControls.joined(separator: " "), "governor": text(machine.governor),
            "turbo": text(machine.turbo), "numa_balancing": text(machine.numaBalancing),
            "transparent_huge_pages": text(machine.transparentHugePages), "swap_bytes": "\(machine.swapBytes)",
            "swappiness": text(machine.swappiness), "dirty_ratio": text(machine.dirtyRatio),
            "dirty_background_ratio": text(machine.dirtyBackgroundRatio), "cgroup_version": text(machine.cgroupVersion),
            "read_ahead_bytes": text(disk.devices.last?.readAheadBytes), "open_files_hard": text(machine.openFilesHard),
            "mitigations": text(identity.mitigations),
            // Hashed: it may name hosts and disks, and only whether it is the same matters.
            "kernel_command_line_hash": identity.kernelCommandLine.map { String(SHA256.hex($0).prefix(16)) } ?? "unknown",
            "libc": cLibrary, "swift": compiler, "build": build, "allocator": preloaded ?? "the C library's",
            "product": text(identity.product), "runner_image": image.isEmpty ? "none" : image,
        ]
    }

    /// How it was just then.
    private static func runState(_ machine: MachineDescription, _ identity: MachineIdentity, _ disk: DataDirectory) -> [String: String] {
        let memory = MemoryState.current()
        return [
            "on_battery": text(machine.onBattery), "available_memory_bytes": "\(memory.availableBytes)", "cached_bytes": "\(memory.cachedBytes)",
            "dirty_bytes": "\(memory.dirtyBytes)", "dirty_limit_bytes": "\(machine.dirtyLimitBytes)", "disk_free_bytes": text(disk.freeBytes),
            "boot_hash": identity.boot.map { String(SHA256.hex($0).prefix(16)) } ?? "unknown", "load_averages": text(identity.loadAverages), "pressure": text(identity.pressure), "temperature_millidegrees": text(identity.temperatureMillidegrees),
            "swap_used_bytes": text(identity.swapUsedBytes),
        ]
    }

    /// `glibc 2.36`.
    private static var cLibrary: String {
        var buffer = [CChar](repeating: 0, count: 64)
        guard confstr(Int32(_CS_GNU_LIBC_VERSION), &buffer, buffer.count) > 0 else { return "unknown" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static var build: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }

    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}

extension RunRecord {
    /// Another disk that figures of the run are of: among its disks, and in the fingerprint where it is modelled.
    package mutating func add(_ disk: DataDirectory, name: String) {
        disks.append(DiskRecord.describe(disk, name: name))
        environment.mark(modelled: disk.modelled)
    }
}

extension DiskRecord {
    /// - Parameters:
    ///   - name: what the table calls the directory; no machine path is needed.
    ///   - imported: what other programs measured of its device.
    package static func describe(_ disk: DataDirectory, name: String, imported: [ImportedRoofline] = []) -> DiskRecord {
        let device = disk.devices.last
        var record = DiskRecord(
            name: name, filesystem: disk.fileSystem, mountOptions: disk.mountOptions.joined(separator: ","),
            device: disk.devices.map(\.name).joined(separator: " > "), model: device?.model ?? "unknown",
            transport: device?.transport ?? "unknown", rotational: device?.rotational, scheduler: device?.scheduler,
            writeCache: device?.writeCache, diskClass: disk.diskClass.rawValue)
        record.numaNode = disk.numaNode.map { Int($0) }
        record.imported = imported.isEmpty ? nil : imported
        return record
    }
}
