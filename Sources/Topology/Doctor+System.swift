// The doctor's traits of CPUs, network, disks and limits.
internal import Host

extension Examination {
    var congestion: Finding {
        guard let control = machine.congestionControl else { return .unknown("tcp_congestion_control cannot be read") }
        let allowed = machine.allowedCongestionControls.joined(separator: " ")
        return .when(control.hasPrefix("bbr"), "default is \(control); allowed without privileges: \(allowed)")
    }

    var wakeUps: Finding {
        if let nanoseconds = probe.wakeUpRoundTripNanoseconds {
            return .when(
                nanoseconds > Doctor.expensiveWakeUpNanoseconds,
                "round trip between two CPUs \(nanoseconds / 1000).\(nanoseconds % 1000 / 100) µs")
        }
        if machine.logicalCPUs < 2 { return .when(false, "one CPU") }
        guard let hypervisor = machine.hypervisor else { return .when(false, "not virtualised; not measured") }
        return .unknown("virtualised (\(hypervisor)), not measured")
    }

    var steadiness: Finding {
        guard let lost = probe.processorLostShare else { return .unknown("steadiness was not measured") }
        return .when(
            lost > Doctor.lostShareLimit, "arithmetic lost \(fixed(100 * lost, 2)) % of its time where it took more than twice as long as in the median")
    }

    var clock: Finding {
        let source = machine.clockSource ?? "unknown"
        if let cost = probe.clockReadNanoseconds {
            return .when(cost > Doctor.slowClockNanoseconds, "one reading of \(source) takes \(cost) ns")
        }
        return .when(source == "hpet" || source == "acpi_pm" || source == "jiffies", "clock source \(source)")
    }

    var governor: Finding {
        guard let governor = machine.governor else {
            return machine.hypervisor == nil ? .unknown("no cpufreq in /sys") : .when(false, "the hypervisor keeps the frequency to itself")
        }
        return .when(governor != "performance", "governor is \(governor)")
    }

    var readAhead: Finding {
        let found = directories.compactMap { directory in
            directory.devices.first.flatMap { device in device.readAheadBytes.map { (device.name, $0) } }
        }
        guard !found.isEmpty else { return .unknown("no data directory on a block device") }
        let text = found.map { "\($0.0) reads ahead \($0.1 >> 10) KiB" }.joined(separator: "; ")
        return .when(found.contains { $0.1 >= Doctor.longReadAheadBytes }, text)
    }

    var limits: Finding {
        guard let hard = machine.openFilesHard else { return .unknown("/proc/self/limits cannot be read") }
        let soft = machine.openFilesSoft.map { "\($0)" } ?? "unlimited"
        return .when(hard < Doctor.fewOpenFiles, "open files: soft \(soft), hard \(hard)")
    }

    var disks: Finding {
        let found = directories.compactMap { directory -> (String, Double)? in
            guard let free = directory.freeBytes, let total = directory.totalBytes, total > 0 else { return nil }
            return (directory.mountPoint, Double(free) / Double(total))
        }
        guard !found.isEmpty else { return .unknown("no data directory to look at") }
        let text = found.map { "\($0.0) has \(percent($0.1)) free" }.joined(separator: "; ")
        return .when(found.contains { $0.1 < Doctor.fullBelowFreeShare }, text)
    }
}
