// The figures of a cost table, whoever read the broker's process: the run itself, or a probe beside the broker.
internal import Host
internal import Measurement
internal import Results

struct CostFigures {
    /// nil: nobody could read it.
    var broker: ProcessUsage?
    /// The device under the broker's data; nil where it has none.
    var device: DiskUsage?
    /// As the broker counts them.
    var syscalls: UInt64?
    /// Acknowledged in the phase.
    var recordsIn, bytesIn: UInt64
    /// Fetched in it.
    var bytesOut: UInt64
    /// Why broker-side figures cannot be had, when they cannot.
    var missing: String?
    /// Of a load with readers.
    var hitRate: Metric?
    /// A reservation that stands beside every value, and one beside those of CPU.
    var label: String?
    var cpuNote: String?

    func metrics() -> [Metric] {
        let cpu = broker?.cpuSeconds
        let quotable = VerdictThresholds.quotedCPUSecondsMinimum
        let short = [cpuNote, (cpu ?? 0) < quotable ? "under \(fixed(quotable, 0)) s of broker CPU: indicative" : nil]
        func each(_ amount: UInt64, _ scale: Double) -> Double? { amount > 0 ? cpu.map { $0 * scale / Double(amount) } : nil }
        let written = device.map { Double($0.writtenBytes) }
        let figures = [
            metric("cpu_ns_per_record", each(recordsIn, 1e9), "ns", "no records", short),
            metric("cpu_s_per_gb_in", each(bytesIn, 1e9), "CPU-s/GB", "no bytes in", short),
            metric("cpu_s_per_gb_out", each(bytesOut, 1e9), "CPU-s/GB", "no bytes out", short),
            metric("context_switches", broker.map { Double($0.voluntarySwitches + $0.involuntarySwitches) }, "count", "not readable"),
            metric("major_faults", broker.map { Double($0.majorFaults) }, "count", "not readable"),
            metric("rss_peak", broker.map { Double($0.peakResidentBytes) }, "bytes", "not readable"),
            metric("dirtied", broker.flatMap { $0.dirtiedBytes }.map { Double($0) }, "bytes", "not readable", ["bytes dirtied, not bytes written"]),
            metric("device_written", written, "bytes", "no block device is known to be under the broker's data directory"),
            metric("write_amplification", bytesIn > 0 ? written.map { $0 / Double(bytesIn) } : nil, "x", "no bytes in"),
            metric("syscalls", syscalls.map { Double($0) }, "count", "the broker counts none", ["self-reported"]),
        ]
        return figures + readFigures()
    }

    /// Where what was fetched came from; none where nobody fetched.
    private func readFigures() -> [Metric] {
        let read = device.map { Double($0.readBytes) / Double(max(1, bytesOut)) }
        let perByte = bytesOut == 0
            ? nil : metric("device_read_per_byte_out", read, "B/B", "no block device is known to be under the broker's data directory")
        return [perByte, hitRate].compactMap { $0 }
    }

    private func metric(_ name: String, _ value: Double?, _ unit: String, _ reason: String, _ reservations: [String?] = []) -> Metric {
        guard let value, value.isFinite else {
            return .unavailable(name, unit: unit, polarity: .lowerIsBetter, reason: missing ?? reason)
        }
        let notes = ([label] + reservations).compactMap { $0 }
        return .measured(name, value, unit: unit, polarity: .lowerIsBetter, note: notes.isEmpty ? nil : notes.joined(separator: "; "))
    }
}
