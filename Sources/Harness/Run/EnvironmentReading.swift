// The machine as the result keeps it: what must match, what is worth a warning, how it was just then.
internal import Foundation
internal import Host
internal import Measurement
package import Results
package import Topology

extension EnvironmentRecord {
    /// - Parameter traits: the doctor's findings.
    package static func read(_ machine: MachineDescription, disk: DataDirectory, traits: [MachineTrait]) -> EnvironmentRecord {
        func text<T>(_ value: T?) -> String { value.map { "\($0)" } ?? "unknown" }
        let memory = MemoryState.current()
        return EnvironmentRecord(
            hard: [
                "cpu_model": text(machine.cpuModel), "cpus": "\(machine.logicalCPUs) CPUs", "logical_cpus": "\(machine.logicalCPUs)",
                "memory": "\(fixed(Double(machine.memoryBytes) / 1_073_741_824, 1)) GiB", "kernel": "Linux \(text(machine.kernel))",
                "physical_cores": "\(machine.physicalCores)", "sockets": "\(machine.sockets)",
                "numa_nodes": "\(machine.nodes.count)", "memory_bytes": "\(machine.memoryBytes)",
                "last_level_cache_bytes": text(machine.lastLevelCacheBytes), "hypervisor": machine.hypervisor ?? "none",
                "filesystem": disk.fileSystem, "disk_class": disk.diskClass.rawValue,
                "disk_model": text(disk.devices.last?.model), "disk_transport": text(disk.devices.last?.transport),
            ],
            soft: [
                "os": text(machine.osName), "clock_source": text(machine.clockSource),
                "smt": text(machine.smtActive), "congestion_control": text(machine.congestionControl),
                "allowed_congestion_controls": machine.allowedCongestionControls.joined(separator: " "),
                "transparent_huge_pages": text(machine.transparentHugePages), "swap_bytes": "\(machine.swapBytes)",
                "dirty_limit_bytes": "\(machine.dirtyLimitBytes)", "cgroup_version": text(machine.cgroupVersion),
                "cgroup_memory_limit_bytes": machine.cgroupMemoryLimitBytes.map { "\($0)" } ?? "none",
                "cgroup_cpu_limit": machine.cgroupCPULimit.map { "\($0)" } ?? "none",
                "mount_options": disk.mountOptions.joined(separator: ","), "scheduler": text(disk.devices.last?.scheduler),
                "write_cache": text(disk.devices.last?.writeCache), "read_ahead_bytes": text(disk.devices.last?.readAheadBytes),
                "open_files_hard": text(machine.openFilesHard),
            ],
            runState: [
                "governor": text(machine.governor), "turbo": text(machine.turbo), "on_battery": text(machine.onBattery),
                "numa_balancing": text(machine.numaBalancing), "available_memory_bytes": "\(memory.availableBytes)",
                "cached_bytes": "\(memory.cachedBytes)", "dirty_bytes": "\(memory.dirtyBytes)",
                "disk_free_bytes": text(disk.freeBytes),
            ],
            traits: traits.map { trait in
                TraitRecord(
                    name: trait.name.rawValue, finding: "\(trait.state.rawValue): \(trait.evidence)",
                    countermeasure: trait.counterMeasure, spoils: trait.state == .present)
            })
    }
}

extension DiskRecord {
    /// - Parameter name: what the table calls the directory; no machine path is needed.
    package static func describe(_ disk: DataDirectory, name: String) -> DiskRecord {
        let device = disk.devices.last
        return DiskRecord(
            name: name, filesystem: disk.fileSystem, mountOptions: disk.mountOptions.joined(separator: ","),
            device: disk.devices.map(\.name).joined(separator: " > "), model: device?.model ?? "unknown",
            transport: device?.transport ?? "unknown", rotational: device?.rotational, scheduler: device?.scheduler,
            writeCache: device?.writeCache, diskClass: disk.diskClass.rawValue)
    }
}
