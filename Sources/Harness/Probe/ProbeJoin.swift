// Lays what a probe recorded beside the phases of a run, and fills in what the run itself could not read of its broker.
internal import Host
internal import Measurement
package import Results

package enum ProbeJoin {
    /// Of a phase: further apart the clocks may not be.
    package static let clockShareMaximum = 0.05
    /// Readings so far around the run are looked at.
    private static let marginNanoseconds: UInt64 = 60_000_000_000
    /// Read by the run itself, on the machine that it ran on, whoever's broker it was.
    private static let ofTheBrokersDisk: Set = ["device_written", "write_amplification", "device_read_per_byte_out"]

    /// Joins a probe's file with the phases of a run whose broker was somebody else's. Either all of it is joined or nothing.
    ///
    /// - Parameter clockError: nanoseconds that two machines' clocks may be apart, by somebody who measured it; nil: what the kernels say.
    /// - Throws: `ProbeError`: the times do not overlap, the clocks cannot be compared, nothing is missing.
    package static func join(_ path: String, with record: inout RunRecord, clockError: UInt64? = nil) throws(ProbeError) {
        let phases = try missing(record)
        let recording = try ProbeRecording.read(path: path) { isNear($0, record, phases) }
        guard !recording.lines.isEmpty else {
            throw .notCovered(phase: record.phases[phases[0]].name, reason: "it has no reading within a minute of the run")
        }
        let bridge = try ClockBridge(record, recording, stated: clockError)
        var joined = record
        var seen: [ProbeRecord.Phase] = []
        for index in phases { seen.append(try join(&joined.phases[index], recording, bridge)) }
        let header = recording.header
        joined.probes = (joined.probes ?? []) + [
            ProbeRecord(
                id: header.id, startedAt: header.startedAt, software: header.software, program: header.program, environment: header.environment,
                disk: header.disk, clock: bridge.clock, clockUncertaintyNanoseconds: bridge.uncertaintyNanoseconds, phases: seen)
        ]
        // Where the broker was: its figures are among the run's from here on.
        joined.environment.mark(modelled: header.environment.hard["modelled"])
        joined.notes.append("probe: \(header.program) was read beside it by probe \(header.id); \(words(bridge)); the probing took \(percent(seen.map(\.probeCPUShare).max() ?? 0, decimals: 1)) of one CPU")
        record = joined
    }

    /// Whether a file covers everything that a run needs of it, so that nothing is left to wait for.
    package static func covers(_ path: String, _ record: RunRecord, clockError: UInt64? = nil) -> Bool {
        var trial = record
        do throws(ProbeError) {
            try join(path, with: &trial, clockError: clockError)
        } catch {
            if case .notCovered = error { return false }
        }
        return true
    }

    private static func words(_ bridge: ClockBridge) -> String {
        switch bridge.clock {
        case .sameBoot: "one machine, one clock"
        case .wallClocks: "wall clocks of two machines, at most \(Duration.text(nanoseconds: bridge.uncertaintyNanoseconds)) apart"
        }
    }

    /// Phases whose broker nobody has read.
    private static func missing(_ record: RunRecord) throws(ProbeError) -> [Int] {
        let timed = record.phases.indices.filter { record.phases[$0].costs != nil && record.phases[$0].complete }
        guard !timed.isEmpty else { throw .nothingToJoin("the run has no phase whose cost was read: there is nothing to lay a probe beside") }
        let unread = timed.filter { record.phases[$0].costs?.broker == nil }
        guard !unread.isEmpty else {
            let by = record.probes?.first.map { "probe \($0.id) was joined already" } ?? "the run read its broker's process itself"
            throw .nothingToJoin("\(by): no figure of the broker is missing")
        }
        let countable = unread.filter { record.phases[$0].counters[Count.recordsIn] != nil }
        guard !countable.isEmpty else {
            throw .nothingToJoin("the result does not say how much went through between its phases' borders: it was made by an older tidemark")
        }
        return countable
    }

    /// Counters of a phase that the figures are divided by.
    private enum Count {
        static let recordsIn = "window_acknowledged_records", bytesIn = "window_acknowledged_bytes", bytesOut = "window_consumed_bytes"
    }

    private static func isNear(_ line: ProbeLine, _ record: RunRecord, _ phases: [Int]) -> Bool {
        let start = phases.map { record.phases[$0].startedNanoseconds }.min() ?? 0, end = phases.map { record.phases[$0].endedNanoseconds }.max() ?? 0
        let wanted = (start - min(start, marginNanoseconds))...(min(end, .max - marginNanoseconds) + marginNanoseconds)
        if wanted.contains(line.clocks.monotonicNanoseconds) { return true }
        return record.clocks.map { wanted.contains(line.clocks.realtimeNanoseconds &- UInt64(bitPattern: $0.start.offset)) } ?? false
    }

    private static func join(_ phase: inout PhaseRecord, _ recording: ProbeRecording, _ bridge: ClockBridge) throws(ProbeError) -> ProbeRecord.Phase {
        let apart = Double(bridge.uncertaintyNanoseconds) / 1e9
        guard apart <= clockShareMaximum * phase.seconds else {
            throw .clocks(
                "the clocks of the two machines may be \(Duration.text(nanoseconds: bridge.uncertaintyNanoseconds)) apart, more than \(percent(clockShareMaximum)) "
                    + "of the phase ‘\(phase.name)’ (\(fixed(phase.seconds, 1)) s): keep them in step, or run a longer phase")
        }
        let start = bridge.position(ofRun: phase.startedNanoseconds), end = bridge.position(ofRun: phase.endedNanoseconds)
        let readings = try PhaseReadings(recording.lines, bridge, phase: phase.name, from: start, to: end)
        fill(&phase, readings, bridge)
        guard let first = readings.lines.first, let last = readings.lines.last else { preconditionFailure("a phase without readings is not covered") }
        let byCPU = readings.lines.dropFirst().flatMap(\.placement).reduce(into: [String: Double]()) { $0["\($1.cpu)", default: 0] += $1.onCPUSeconds }
        return ProbeRecord.Phase(
            name: phase.name, lines: readings.lines.count, cpuSeconds: readings.cpuSeconds, cpuUncertaintyShare: readings.cpuUncertaintyShare,
            cpuSecondsByCPU: byCPU,
            probeCPUShare: Double(last.probeCPUNanoseconds - min(first.probeCPUNanoseconds, last.probeCPUNanoseconds)) / Double(last.process.time - first.process.time))
    }

    /// The figures that were `n/a`, and those that the run took from a disk of its own.
    private static func fill(_ phase: inout PhaseRecord, _ readings: PhaseReadings, _ bridge: ClockBridge) {
        guard var costs = phase.costs, let first = readings.lines.first, let last = readings.lines.last else { return }
        var usage = last.process - first.process
        usage.cpuSeconds = readings.cpuSeconds
        usage.seconds = phase.seconds
        let device = (last.host - first.host).disks.first?.value
        let bytesOut = phase.counters[Count.bytesOut] ?? 0
        let figures = CostFigures(
            broker: usage, device: device, recordsIn: phase.counters[Count.recordsIn] ?? 0, bytesIn: phase.counters[Count.bytesIn] ?? 0, bytesOut: bytesOut,
            label: "probe", cpuNote: "± \(percent(readings.cpuUncertaintyShare, decimals: 1))")
        for metric in figures.metrics() where metric.name != "syscalls" {
            let known = costs.metrics.firstIndex { $0.name == metric.name }
            guard let known else {
                costs.metrics.append(metric)
                continue
            }
            if costs.metrics[known].value == nil || ofTheBrokersDisk.contains(metric.name) { costs.metrics[known] = metric }
        }
        let cache = CacheFigures(readings.lines, processBytes: usage.deviceReadBytes, deviceBytes: device?.readBytes, servedBytes: bytesOut)
        // What the broker did not tell the probe's readings do.
        costs.metrics.removeAll { $0.name == "hit_rate" && $0.value == nil }
        costs.metrics += cache.metrics()
        costs.broker = usage
        if bridge.clock == .sameBoot {
            // What nobody had accounted for on this machine was the broker, mostly.
            costs.rows.broker = usage.cpuSeconds
            costs.rows.unattributed -= usage.cpuSeconds
        }
        phase.costs = costs
    }
}
