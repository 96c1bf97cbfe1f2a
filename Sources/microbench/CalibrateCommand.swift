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
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard seconds > 0, seconds <= 60 else { throw ValidationError("--seconds must be above 0 and at most 60, not \(seconds)") }
        guard mostMebibytes > 0 else { throw ValidationError("--most-mebibytes must be positive") }
    }

    func run() throws {
        let scratch = try ScratchDirectory(in: dir)
        defer { scratch.remove() }
        let items = measureItems("\(scratch.path)/calibration")
        let fields: [(String, JSON)] = [
            ("directory", .string(dir)), ("seconds", .number(seconds)), ("tier", .string(seconds < 3 ? "quick" : "full")),
            ("congestion", .string(congestion)), ("items", .array(items.map(\.json))),
        ]
        output.print(command: "calibrate", fields, table: items.map(\.line))
    }

    private func measureItems(_ path: String) -> [CalibrationItem] {
        let cpus = Int32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let most = UInt64(mostMebibytes) << 20
        var items = [
            CalibrationItem("crc_varint_one_core", rate: creference_crc_varint(1, seconds)),
            CalibrationItem("crc_varint_all_cores", rate: creference_crc_varint(cpus, seconds)),
            CalibrationItem("memcpy_64mib", rate: creference_memcpy(64 << 20, seconds)),
            CalibrationItem("tcp_stream", rate: creference_tcp_stream(seconds, congestion)),
        ]
        items += latencies(["tcp_ping_p50", "tcp_ping_p99"]) { creference_tcp_ping(seconds, congestion, &$0) }
        // Warm: memory that the hypervisor took back makes first writes up to 20 times slower.
        _ = creference_write(path, false, seconds, most)
        items.append(CalibrationItem("write_buffered", rate: creference_write(path, false, seconds, most)))
        items.append(CalibrationItem("write_direct", rate: creference_write(path, true, seconds, most)))
        items += latencies(["append_fdatasync_p50", "append_fdatasync_p99"]) { creference_append_sync(path, seconds, &$0) }
        items.append(CalibrationItem("read_cached", rate: creference_cached_read(path, seconds)))
        items += latencies(["random_read_p50", "random_read_p99"]) { creference_random_read(path, seconds, 256 << 20, &$0) }
        items += latencies(["timer_wakeup_p50", "timer_wakeup_p99"]) { creference_timer(seconds, &$0) }
        return items
    }

    private func latencies(_ names: [String], _ measure: (inout creference_latency) -> Int32) -> [CalibrationItem] {
        var latency = creference_latency()
        let failed = measure(&latency)
        return zip(names, [latency.p50, latency.p99]).map { name, value in
            failed == 0 ? CalibrationItem(name, nanoseconds: value, samples: latency.count) : CalibrationItem(name, errno: -failed)
        }
    }
}

/// One figure of a calibration, or why it could not be had.
struct CalibrationItem {
    let name: String
    private let value: Double?
    private let unit: String
    private let polarity: String
    private let samples: UInt64?
    private let reason: String?

    /// - Parameter rate: bytes per second, or -errno.
    init(_ name: String, rate: Double) {
        self.init(
            name, value: rate < 0 ? nil : rate / 1e9, unit: "GB/s", polarity: "higher", samples: nil,
            reason: rate < 0 ? String(cString: strerror(Int32(-rate))) : nil)
    }

    init(_ name: String, nanoseconds: UInt64, samples: UInt64) {
        self.init(name, value: Double(nanoseconds), unit: "ns", polarity: "lower", samples: samples, reason: nil)
    }

    init(_ name: String, errno: Int32) {
        self.init(name, value: nil, unit: "", polarity: "", samples: nil, reason: String(cString: strerror(errno)))
    }

    private init(_ name: String, value: Double?, unit: String, polarity: String, samples: UInt64?, reason: String?) {
        self.name = name
        self.value = value
        self.unit = unit
        self.polarity = polarity
        self.samples = samples
        self.reason = reason
    }

    var json: JSON {
        guard let value else { return .object([("name", .string(name)), ("unavailable", .string(reason ?? "unknown"))]) }
        var fields: [(String, JSON)] = [
            ("name", .string(name)), ("value", .number(value)), ("unit", .string(unit)), ("polarity", .string(polarity)),
        ]
        if let samples { fields.append(("samples", .count(samples))) }
        return .object(fields)
    }

    var line: String {
        guard let value else { return "\(padded(name, 24)) n/a (\(reason ?? "unknown"))" }
        return "\(padded(name, 24)) \(unit == "ns" ? fixed(value / 1000, 1) + " µs" : fixed(value, 2) + " " + unit)"
    }
}
