// Detects the traits of a machine that spoil numbers.
internal import Host

package enum Doctor {
    /// A directory with less than this share free is nearly full.
    package static let fullBelowFreeShare = 0.10
    /// Round trips above this are expensive: bare metal takes 2 to 6 µs.
    package static let expensiveWakeUpNanoseconds: UInt64 = 15_000
    package static let stealShareLimit = 0.01
    package static let lostShareLimit = 0.01
    package static let foreignShareLimit = 0.02
    package static let timerSlackLimitNanoseconds: UInt64 = 1_000
    package static let slowClockNanoseconds: UInt64 = 200
    package static let fewOpenFiles: Int64 = 4096
    package static let longReadAheadBytes: Int64 = 1 << 20

    /// Every trait, in the order of `MachineTrait.Name`. Pure over its arguments.
    package static func examine(
        dataDirectories: [String], probe: TraitProbe, _ system: any SystemSource = LiveSystem()
    ) -> [MachineTrait] {
        let examination = Examination(
            system: system, machine: MachineDescription.read(system), probe: probe,
            directories: dataDirectories.compactMap { try? DataDirectory.identify($0, system) })
        return MachineTrait.Name.allCases.map { name in
            let finding = examination.finding(name)
            return MachineTrait(
                name: name, state: finding.state, evidence: finding.evidence, effect: name.effect,
                counterMeasure: name.counterMeasure, fix: finding.state == .present ? name.fix : nil)
        }
    }
}

/// What was found of one trait.
struct Finding {
    let state: MachineTrait.State
    let evidence: String

    static func when(_ present: Bool, _ evidence: String) -> Finding { Finding(state: present ? .present : .absent, evidence: evidence) }
    static func unknown(_ evidence: String) -> Finding { Finding(state: .unknown, evidence: evidence) }
}

struct Examination {
    let system: any SystemSource
    let machine: MachineDescription
    let probe: TraitProbe
    let directories: [DataDirectory]

    func finding(_ name: MachineTrait.Name) -> Finding {
        switch name {
        case .freePageReporting: freePageReporting
        case .pacingCongestionControl: congestion
        case .proactiveReclaim: proactiveReclaim
        case .expensiveWakeUps: wakeUps
        case .timerSlack: measured(probe.timerSlackNanoseconds, "timer slack", "ns") { $0 > Doctor.timerSlackLimitNanoseconds }
        case .slowClock: clock
        case .steal: share(probe.stealShare, "steal", Doctor.stealShareLimit)
        case .unsteadyProcessor: steadiness
        case .otherLoad: share(probe.foreignCPUShare, "CPU of other processes", Doctor.foreignShareLimit)
        case .swap: .when(machine.swapBytes > 0, "SwapTotal \(machine.swapBytes >> 20) MiB in /proc/meminfo")
        case .frequencyGovernor: governor
        case .turbo: machine.turbo.map { .when($0 == "on", "turbo is \($0)") } ?? .unknown("the kernel shows no turbo switch")
        case .transparentHugePages: hugePages
        case .readAhead: readAhead
        case .smallLimits: limits
        case .cgroupLimit: cgroup
        case .nearlyFullDisk: disks
        case .onBattery: machine.onBattery.map { .when($0, "mains supply \($0 ? "offline" : "online")") } ?? .when(false, "no battery")
        case .numaBalancing: balancing
        case .fileSystem: fileSystem
        }
    }

    private func measured(
        _ value: UInt64?, _ what: String, _ unit: String, _ isPresent: (UInt64) -> Bool
    ) -> Finding {
        guard let value else { return .unknown("\(what) was not measured") }
        return .when(isPresent(value), "\(what) \(value) \(unit)")
    }

    private func share(_ value: Double?, _ what: String, _ limit: Double) -> Finding {
        guard let value else { return .unknown("\(what) was not measured") }
        return .when(value > limit, "\(what) \(percent(value, decimals: 1)) of capacity")
    }
}
