// The machine's own speed, item by item.
internal import ArgumentParser
internal import CLinux
internal import CReference
internal import Glibc
internal import Host

struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate", abstract: "Measures CPU, memory, loopback, disk and timers for a moment each.")

    @Option(help: "A directory on the disk to be measured.") var dir: String
    @Option(help: "Seconds each; below 3 the result is labelled quick.") var seconds = 0.5
    @Option(help: "TCP congestion control of the loopback items.") var congestion = "cubic"
    @Option(help: "Most bytes that the sequential writes leave on the disk at a time, in MiB.") var mostMebibytes = 1024
    @Option(parsing: .upToNextOption, help: "Only these items, by name; all without it.") var only: [String] = []
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard seconds > 0, seconds <= 60 else { throw ValidationError("--seconds must be above 0 and at most 60, not \(seconds)") }
        guard mostMebibytes > 0 else { throw ValidationError("--most-mebibytes must be positive") }
        let probes = probes("")
        if let unknown = only.first(where: { name in !probes.contains { $0.names.contains(name) } }) {
            throw ValidationError("no item is called \(unknown); there are \(probes.flatMap(\.names).joined(separator: ", "))")
        }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let items = measureItems("\(scratch.path)/calibration")
        let fields: [(String, JSON)] = [
            ("directory", .string(dir)), ("seconds", .number(seconds)), ("tier", .string(seconds < 3 ? "quick" : "full")),
            ("congestion", .string(congestion)), ("items", .array(items.map(\.json))),
        ]
        output.print(command: "calibrate", directory: dir, fields, table: items.map(\.line))
    }

    private func measureItems(_ path: String) -> [CalibrationItem] {
        let wanted = probes(path).filter { probe in only.isEmpty || probe.names.contains(where: only.contains) }
        // Warm: memory that the hypervisor took back makes first writes up to 20 times slower.
        var isWarm = false
        return wanted.flatMap { probe in
            if probe.needsWarmMemory, !isWarm {
                _ = creference_write(path, false, seconds, most)
                isWarm = true
            }
            return probe.measure()
        }
    }

    private var most: UInt64 { UInt64(mostMebibytes) << 20 }

    /// One measurement: the items that it fills, in the order of the report.
    private struct Probe {
        let names: [String]
        var needsWarmMemory = false
        let measure: () -> [CalibrationItem]
    }

    private func probes(_ path: String) -> [Probe] {
        let cpus = Int32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        return [
            sliced("crc_varint_one_core") { creference_crc_varint(1, $0) },
            Probe(names: ["crc_varint_all_cores"]) { [CalibrationItem("crc_varint_all_cores", rate: creference_crc_varint(cpus, seconds))] },
            Probe(names: ["memcpy_64mib"]) { [CalibrationItem("memcpy_64mib", rate: creference_memcpy(64 << 20, seconds))] },
            sliced("tcp_stream") { creference_tcp_stream($0, congestion) },
            latencies(["tcp_ping_p50", "tcp_ping_p99"]) { creference_tcp_ping(seconds, congestion, &$0) },
            sliced("write_buffered", needsWarmMemory: true) { creference_write(path, false, $0, most / UInt64(Self.slices)) },
            sliced("write_direct") { creference_write(path, true, $0, most / UInt64(Self.slices)) },
            latencies(["append_fdatasync_p50", "append_fdatasync_p99"]) { creference_append_sync(path, seconds, &$0) },
            Probe(names: ["read_cached"]) { [CalibrationItem("read_cached", rate: creference_cached_read(path, seconds))] },
            Probe(names: ["random_read_p50", "random_read_p99", "read_direct"]) { coldReads(path) },
            latencies(["timer_wakeup_p50", "timer_wakeup_p99"]) { creference_timer(seconds, &$0) },
        ]
    }

    /// What a run can be bound by is measured in so many slices, whose spread tells drift from noise.
    private static let slices = 5

    private func sliced(_ name: String, needsWarmMemory: Bool = false, _ measure: @escaping (_ seconds: Double) -> Double) -> Probe {
        Probe(names: [name], needsWarmMemory: needsWarmMemory) {
            [CalibrationItem(name, rates: (0..<Self.slices).map { _ in measure(seconds / Double(Self.slices)) })]
        }
    }

    private func latencies(_ names: [String], _ measure: @escaping (inout creference_latency) -> Int32) -> Probe {
        Probe(names: names) {
            var latency = creference_latency()
            let failed = measure(&latency)
            return Self.items(names, latency, failed)
        }
    }

    private static func items(_ names: [String], _ latency: creference_latency, _ failed: Int32) -> [CalibrationItem] {
        zip(names, [latency.p50, latency.p99]).map { name, value in
            failed == 0 ? CalibrationItem(name, nanoseconds: value, samples: latency.count) : CalibrationItem(name, errno: -failed)
        }
    }

    /// Both of one file, which takes a slow disk longer to write than to be read for a moment.
    private func coldReads(_ path: String) -> [CalibrationItem] {
        var latency = creference_latency()
        var sequential = 0.0
        // Writing it is no part of what is measured: where little time is given to each item, there is less of it.
        let failed = creference_cold_reads(path, seconds, seconds < 0.5 ? 64 << 20 : 256 << 20, &latency, &sequential)
        return Self.items(["random_read_p50", "random_read_p99"], latency, failed) + [CalibrationItem("read_direct", rate: sequential)]
    }
}
