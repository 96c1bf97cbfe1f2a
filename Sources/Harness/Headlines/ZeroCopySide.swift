// One side of the zero-copy measurement: who serves, what is asked of it, and a slice of that with what it cost.
internal import Client
internal import Glibc
internal import Host
internal import Measurement

/// A way of serving, and the fetches that it is asked for.
struct ZeroCopySide {
    let name: String
    var pass: FetchPass
    /// Whose CPU it is.
    let pids: [Int32]
    /// nil: it counts nothing itself.
    let broker: BrokerProcess?
    /// Its slices begin with nothing in memory of what it sends, so they end before anything is sent a second time.
    let isCold: Bool

    /// Of a slice that may go on until `time` (CLOCK_MONOTONIC).
    func end(at time: UInt64) -> FetchPass.End { isCold ? .atOrWholePlan(time) : .at(time) }

    /// - Throws: what `tick` throws; `.impossible` when a fetch failed, nothing was served or the server is gone.
    func slice(nanoseconds: UInt64, _ tick: () throws -> Void) throws -> ZeroCopySlice {
        let relays = pass.security.threadIDs.isEmpty ? nil : ProcessSample.take(pid: getpid())
        let calls = broker?.counters()["syscalls"]
        // The server's own CPU is read last at the start and first at the end, so that the reading itself falls outside of it.
        let machine = MachineReading.take()
        let before = try samples()
        let result = try pass.run(until: end(at: MonotonicClock.now() + nanoseconds), tick)
        let used = zip(try samples(), before).map { $0 - $1 }
        let withUnattributed = MachineReading.take().besidesUs(since: machine)
        guard result.bytes > 0 else { throw HarnessError.impossible("zero-copy: \(name) served nothing in a slice") }
        let callsAfter = broker?.counters()["syscalls"]
        let relaying = relays.flatMap { first in ProcessSample.take(pid: getpid()).map { $0 - first } }
        return ZeroCopySlice(
            cpuSeconds: used.reduce(0) { $0 + $1.cpuSeconds }, userSeconds: Self.userSeconds(used), gigabytes: Double(result.bytes) / 1e9,
            seconds: result.seconds, latency: result.latency,
            systemCalls: calls.flatMap { first in callsAfter.map { Double($0 - min($0, first)) } },
            contextSwitches: used.reduce(0) { $0 + Double($1.voluntarySwitches + $1.involuntarySwitches) },
            clientShare: clientShare(result, relaying), cpuSecondsWithUnattributed: withUnattributed)
    }

    /// Of several servers together; those that no tick hit have next to nothing of either kind.
    private static func userSeconds(_ used: [ProcessUsage]) -> Double? {
        let known = used.compactMap { usage in usage.userShare.map { $0 * usage.cpuSeconds } }
        return known.isEmpty ? nil : known.reduce(0, +)
    }

    /// Of the client's threads, the fetching one and those that decrypt for it, the busiest one's CPU over the time of the pass.
    private func clientShare(_ result: FetchPassResult, _ relaying: ProcessUsage?) -> Double? {
        guard result.seconds > 0 else { return nil }
        let relays = Set(pass.security.threadIDs)
        let others = (relaying?.threads ?? []).filter { relays.contains($0.tid) }.map(\.onCPUSeconds)
        return ([result.threadCPUSeconds] + others).max()! / result.seconds
    }

    private func samples() throws -> [ProcessSample] {
        try pids.map { pid in
            guard let sample = ProcessSample.take(pid: pid) else { throw HarnessError.impossible("zero-copy: the server of \(name) is gone") }
            return sample
        }
    }
}

/// The machine and this process at one instant.
private struct MachineReading {
    let host: HostSample
    /// Of this process: the client.
    let clientNanoseconds: UInt64?

    static func take() -> MachineReading { MachineReading(host: .take(), clientNanoseconds: ProcessSample.cpuNanoseconds(of: getpid())) }

    /// CPU seconds that the machine was busy since then with anything but this process: METHOD's rows broker and unattributed.
    func besidesUs(since earlier: MachineReading) -> Double? {
        guard let after = clientNanoseconds, let before = earlier.clientNanoseconds else { return nil }
        return (host - earlier.host).busyCPUSeconds - Double(after &- before) / 1e9
    }
}
