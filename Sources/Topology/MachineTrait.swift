// A trait of a machine that spoils numbers.

/// One row of the doctor.
package struct MachineTrait: Equatable, Sendable, Codable {
    package enum Name: String, Sendable, Codable, CaseIterable {
        case freePageReporting, pacingCongestionControl, proactiveReclaim, expensiveWakeUps, timerSlack, slowClock
        case steal, unsteadyProcessor, otherLoad, swap, frequencyGovernor, turbo, transparentHugePages, readAhead
        case smallLimits, cgroupLimit, nearlyFullDisk, onBattery, numaBalancing, fileSystem
    }
    package enum State: String, Sendable, Codable { case present, absent, unknown }

    package let name: Name
    package let state: State
    /// What was read, and where.
    package let evidence: String
    /// What it does to numbers.
    package let effect: String
    /// What the harness does about it.
    package let counterMeasure: String
    /// What the owner of the machine can do; nil where nothing is needed or possible.
    package let fix: String?
}

/// What a detection may use beyond files. nil: not measured.
package struct TraitProbe: Equatable, Sendable, Codable {
    /// Median round trip between two threads pinned to two CPUs, each asleep until woken.
    package var wakeUpRoundTripNanoseconds: UInt64?
    /// Share of all CPU time that the hypervisor gave to others, over the window.
    package var stealShare: Double?
    /// Share of the window that arithmetic lost to what made it take more than twice as long as in the median.
    package var processorLostShare: Double?
    /// Share of all CPU time that was busy, our own process left out, over the window.
    package var foreignCPUShare: Double?
    /// The calling thread's timer slack: how late the kernel may wake it.
    package var timerSlackNanoseconds: UInt64?
    /// One reading of CLOCK_MONOTONIC.
    package var clockReadNanoseconds: UInt64?

    package init() {}
}

extension MachineTrait.Name {
    /// What it does to numbers.
    package var effect: String {
        switch self {
        case .freePageReporting: "memory that was idle for seconds is fetched from the hypervisor again: first writes up to 20 times slower"
        case .pacingCongestionControl: "pacing timers halve the throughput of loopback TCP"
        case .proactiveReclaim: "idle page cache disappears within a minute: the hit rate falls by itself"
        case .expensiveWakeUps: "each hand-over between threads on different CPUs costs tens of microseconds"
        case .timerSlack: "sleeps overshoot by the slack: the schedule of an open loop runs late"
        case .slowClock: "each reading of the clock costs microseconds, in the generator and in the broker"
        case .steal: "time that the hypervisor took is in every latency and in no CPU figure"
        case .unsteadyProcessor: "now and then the processor runs at a fraction of its speed and nothing counts it: tails and lateness are the machine's"
        case .otherLoad: "other processes take CPU from broker and clients"
        case .swap: "the broker's memory may be on disk when it is needed"
        case .frequencyGovernor: "clock speed follows the load: the first seconds are slower"
        case .turbo: "clock speed depends on temperature and on neighbours"
        case .transparentHugePages: "the kernel stalls threads to make huge pages"
        case .readAhead: "a cold read brings in more than was asked: hit rates count what was prefetched"
        case .smallLimits: "connections are refused once the descriptors run out"
        case .cgroupLimit: "page cache and CPU end before the machine's do"
        case .nearlyFullDisk: "allocation slows down, and the run may fill the disk"
        case .onBattery: "the CPU runs at a fraction of its speed"
        case .numaBalancing: "pages migrate between nodes during a run"
        case .fileSystem: "cache, device or durability are not what a log on a local disk has: figures of them are of something else, or n/a"
        }
    }

    /// What the harness does about it.
    package var counterMeasure: String {
        switch self {
        case .freePageReporting: "an untimed warm pass over the working set right before each timed one"
        case .pacingCongestionControl: "cubic, or reno where cubic is not allowed, on both sides; recorded in the result"
        case .proactiveReclaim: "residency is read right before and after each phase, never assumed"
        case .expensiveWakeUps: "both placements are measured; pinning is an axis, not a default"
        case .timerSlack: "lanes set a slack of 1 ns and wait in nanoseconds"
        case .slowClock: "the cost is part of the calibration; ticks share one reading"
        case .steal: "measured through the run; over 5 % makes it INVALID"
        case .unsteadyProcessor: "comparisons take turns and go by medians; a tail stands beside the overshoot of timers on each CPU"
        case .otherLoad: "measured through the run; over 2 % of capacity makes it INVALID"
        case .swap: "major faults of the broker are recorded"
        case .frequencyGovernor, .turbo: "calibration before and after the run shows the drift"
        case .transparentHugePages: "recorded in the fingerprint"
        case .readAhead: "prefetched bytes are reported beside the hit rate"
        case .smallLimits: "broker and harness raise the soft limit to the hard one"
        case .cgroupLimit: "plans are sized by the limit instead of the machine"
        case .nearlyFullDisk: "a plan above half of the free space is refused"
        case .onBattery: "recorded in the fingerprint"
        case .numaBalancing: "placement is verified between timed windows"
        case .fileSystem: "residency by mincore where cachestat tells nothing; what cannot be had reads n/a; recorded in the result"
        }
    }

    /// What the owner of the machine can do.
    package var fix: String? {
        switch self {
        case .swap: "swapoff -a"
        case .frequencyGovernor: "cpupower frequency-set -g performance"
        case .transparentHugePages: "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"
        case .slowClock: "boot with clocksource=tsc where the TSC is stable"
        case .smallLimits: "raise the hard limit: ulimit -Hn 1048576 as root, or LimitNOFILE= of the service"
        case .proactiveReclaim: "echo off > /sys/kernel/mm/damon/admin/kdamonds/0/state as root, for the time of the run"
        case .numaBalancing: "sysctl kernel.numa_balancing=0"
        case .onBattery: "plug the machine in"
        case .unsteadyProcessor: "run on a host whose processors are not shared, or give the guest some of its own"
        case .otherLoad: "stop what else runs"
        case .fileSystem: "put the data on ext4 or xfs of a local disk: --data-dir DIR, in a container a volume instead of its own layers"
        case .nearlyFullDisk: "free some space, or choose another directory"
        case .freePageReporting, .pacingCongestionControl, .expensiveWakeUps, .timerSlack, .steal, .turbo, .readAhead, .cgroupLimit: nil
        }
    }
}
