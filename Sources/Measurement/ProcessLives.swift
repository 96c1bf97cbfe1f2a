// One program over several processes: it was killed and started again.

extension ProcessUsage {
    /// What a program used from `start` on, over the lives of its processes.
    ///
    /// - Parameters:
    ///   - start: of the first of them.
    ///   - lives: the last reading of each, oldest first; at least one.
    package init(from start: ProcessSample, lives: [ProcessSample]) {
        self = lives[0] - start
        for (before, life) in zip(lives, lives.dropFirst()) { add(life - ProcessSample.birth(of: life, at: before.time)) }
    }

    /// Adds what the next process used.
    mutating func add(_ next: ProcessUsage) {
        let cpu = cpuSeconds + next.cpuSeconds
        func sum(_ field: KeyPath<ProcessUsage, UInt64?>) -> UInt64? {
            guard let one = self[keyPath: field], let other = next[keyPath: field] else { return nil }
            return one + other
        }
        // Ticks are few: the shares count by the exact CPU that each of them splits.
        if let one = userShare, let other = next.userShare, cpu > 0 {
            userShare = (one * cpuSeconds + other * next.cpuSeconds) / cpu
        } else {
            userShare = userShare ?? next.userShare
        }
        (deviceReadBytes, dirtiedBytes) = (sum(\.deviceReadBytes), sum(\.dirtiedBytes))
        (readCalls, writeCalls) = (sum(\.readCalls), sum(\.writeCalls))
        seconds += next.seconds
        cpuSeconds = cpu
        minorFaults += next.minorFaults
        majorFaults += next.majorFaults
        residentBytes = next.residentBytes
        peakResidentBytes = max(peakResidentBytes, next.peakResidentBytes)
        voluntarySwitches += next.voluntarySwitches
        involuntarySwitches += next.involuntarySwitches
        threads += next.threads
    }
}

extension ProcessSample {
    /// The reading that would have been taken when the process of `later` began: it had used nothing.
    static func birth(of later: ProcessSample, at time: UInt64) -> ProcessSample {
        var birth = later
        birth.time = time
        birth.cpuNanoseconds = 0
        (birth.userTicks, birth.systemTicks) = (0, 0)
        (birth.minorFaults, birth.majorFaults) = (0, 0)
        birth.io?.readBytes = 0
        birth.io?.dirtiedBytes = 0
        birth.io?.cancelledBytes = 0
        birth.io?.readCalls = 0
        birth.io?.writeCalls = 0
        birth.threads = []
        return birth
    }
}
