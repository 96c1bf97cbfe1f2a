// What the broker's process used, second by second.
internal import Measurement
internal import Results

/// Two cheap readings a second, from outside.
struct BrokerWatch {
    private let pid: Int32
    private var cpu: UInt64

    /// nil where there is no process to look at.
    init?(_ broker: BrokerProcess?) {
        guard let pid = broker?.pid, let cpu = ProcessSample.cpuNanoseconds(of: pid) else { return nil }
        self.pid = pid
        self.cpu = cpu
    }

    /// Since the last call; nil when it is gone.
    mutating func second() -> BrokerSecond? {
        guard let now = ProcessSample.cpuNanoseconds(of: pid), let resident = ProcessSample.residentBytes(of: pid) else { return nil }
        defer { cpu = now }
        return BrokerSecond(cpuNanoseconds: now - min(now, cpu), residentBytes: resident)
    }
}
