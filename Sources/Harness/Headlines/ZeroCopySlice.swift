// A slice of fetching from one server, and what it cost. Knows no process and no clock.
internal import Measurement

/// One slice of one side.
struct ZeroCopySlice {
    /// Of the server alone.
    var cpuSeconds: Double
    /// Of it, in the server's own code, as the kernel's tick samples it; nil where no tick fell into the slice.
    var userSeconds: Double?
    var gigabytes: Double
    var seconds: Double
    var latency = LatencyHistogram()
    /// As the broker counts them; nil for servers that count none.
    var systemCalls: Double?
    var contextSwitches: Double?
    /// CPU of the client's busiest thread over the time of the slice; nil where it took no time.
    var clientShare: Double?
    /// Of the whole machine but for the client: the server, and what the kernel did for it elsewhere; nil where that is not known.
    var cpuSecondsWithUnattributed: Double?

    var cpuSecondsPerGB: Double { cpuSeconds / gigabytes }
    var userSecondsPerGB: Double? { userSeconds.map { $0 / gigabytes } }
    var systemSecondsPerGB: Double? { userSeconds.map { (cpuSeconds - $0) / gigabytes } }
    var cpuSecondsPerGBWithUnattributed: Double? { cpuSecondsWithUnattributed.map { $0 / gigabytes } }
    var gigabytesPerSecond: Double { gigabytes / seconds }
    var systemCallsPerGB: Double? { systemCalls.map { $0 / gigabytes } }
    var contextSwitchesPerGB: Double? { contextSwitches.map { $0 / gigabytes } }
}
