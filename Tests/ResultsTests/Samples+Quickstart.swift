// A record with the shape of a quickstart: every height, mode, placement and phase that the shipped profile measures.
import Measurement
import Results

extension Sample {
    static func quickstart() -> RunRecord {
        var record = start()
        record.complete = true
        record.software.broker = "tidemarkd 0.1.0 (702f7b5d931b)"
        record.environment.hard["kernel"] = "Linux 6.18.44-fc-v669"
        record.disks = [disk]
        record.calibration = CalibrationRecord(
            tier: "quick",
            before: [
                named("crc_varint_one_core", 21.23, "GB/s"), named("crc_varint_all_cores", 37.12, "GB/s"), named("memcpy_64mib", 22.94, "GB/s"),
                named("tcp_stream", 7.367, "GB/s"), named("tcp_ping_p50", 41_301, "ns"), named("tcp_ping_p99", 105_126, "ns"),
                named("timer_wakeup_p50", 18_835, "ns"), named("timer_wakeup_p99", 58_284, "ns"),
            ] + disk.calibration)
        record.headlines = Headlines(append: heights, hitRate: twoStates, zeroCopy: fourModes, latency: twoPlacements)
        record.metrics = [
            .measured(
                "engine_append_of_c_limit", 0.9256, unit: "ratio", polarity: .higherIsBetter,
                note: "engine ÷ C loop with the same writes and CRC, same run: 0.57…2.45"),
            named("generator_ceiling", 1_316.8, "MB/s"),
        ]
        record.phases = [
            phase("append steady", CostRows(broker: 5.52, clients: 4.74, unattributed: 0.44, idle: 5.26, capacity: 15.96), nanoseconds: 1_267, inGB: 1.237),
            phase("ceiling steady", CostRows(broker: 1.31, clients: 1.1, unattributed: 0.1, idle: 0.2, capacity: 2.71), nanoseconds: 1_263, inGB: 1.233),
            phase("fetch warm", CostRows(broker: 0.067, clients: 0.042, unattributed: 0.01, idle: 0.05, capacity: 0.169), outGB: 0.1246, isShort: true),
            phase("fetch guest-cold", CostRows(broker: 0.089, clients: 0.05, unattributed: 0.01, idle: 0.5, capacity: 0.649), outGB: 0.1644, isShort: true),
            phase("unpinned steady", CostRows(broker: 1.98, clients: 2.68, unattributed: 0.32, idle: 11.01, capacity: 15.99), nanoseconds: 49_916, inGB: 48.75, outGB: 48.72),
            phase("pinned steady", CostRows(broker: 1.99, clients: 2.67, unattributed: 0.58, idle: 10.76, capacity: 16), nanoseconds: 50_077, inGB: 48.9, outGB: 48.87),
        ]
        record.facts = ["append steady", "ceiling bare steady", "ceiling steady", "unpinned steady", "pinned steady"].map { name in
            var facts = VerdictFacts(phase: name, load: name.hasSuffix("pinned steady") ? .openLoop : .maxRate)
            facts.audit = name.hasPrefix("ceiling") ? .notRun("the null broker keeps nothing") : .passed
            return facts
        }
        record.verdict = Verdict.judge(record.facts)
        record.limiter = LimiterFinding(limiter: .unknown, share: 0.67, text: "unknown; nearest: cpu (all CPUs together, 67 % used)")
        record.notes = ["plan:\n  disk: 5.0 s, 2.1 GB"]
        return record
    }

    private static let disk = DiskRecord(
        name: "data directory", filesystem: "ext4", mountOptions: "rw,relatime", device: "vda", model: "unknown", transport: "virtio",
        scheduler: "mq-deadline", writeCache: "write back", diskClass: "virtual",
        calibration: [
            named("write_buffered", 0.9912, "GB/s"), named("write_direct", 2.105, "GB/s"), named("append_fdatasync_p50", 152_056, "ns"),
            named("append_fdatasync_p99", 256_731, "ns"), named("read_cached", 19.47, "GB/s"), named("random_read_p50", 50_615, "ns"),
            named("random_read_p99", 105_386, "ns"),
        ])

    private static let heights = AppendHeadline(
        rows: [("O_DIRECT", 2_104.6), ("buffered + sync", 991.2)].map { label, durable in
            AppendRow(
                height: .device, label: label, durability: "synced", accepted: absent("MB/s", "a device write is durable or it is not counted"),
                durable: figure(durable, "MB/s"), sustained: true, bindingResource: "disk")
        } + [
            AppendRow(
                height: .engine, label: "1024 KiB batches", durability: "none", accepted: figure(2_654.4, "MB/s"),
                durable: absent("MB/s", "the engine probe ends before the kernel has written its pages"), sustained: false, fractionOfBelow: 1.2613,
                bindingResource: "page-cache copy and CRC", note: "93 % of a C loop"),
            AppendRow(
                height: .broker, label: "1 × 1024 KiB batches", durability: "none", accepted: figure(558.8, "MB/s"), durable: figure(552.4, "MB/s"),
                sustained: false, fractionOfBelow: 0.2105, bindingResource: "unknown"),
        ], directory: "data directory", notes: ["device: durable bytes, sync included"])

    private static let twoStates = HitRateHeadline(
        rows: [
            HitRateRow(
                state: "warm", group: "one catch-up consumer", byBroker: figure(100, "%"), byProcess: figure(100, "%"), byDevice: figure(100, "%"),
                bytesServed: 541_054_967, readahead: "on", prefetchShare: 0, agreement: "agree within 0.0 points", agrees: true),
            HitRateRow(
                state: "guest-cold", group: "one catch-up consumer", byBroker: figure(98.1, "%"), byProcess: figure(0.19, "%"), byDevice: figure(0.19, "%"),
                bytesServed: 542_097_207, readahead: "on", prefetchShare: 0.979, agreement: "the device read 97.9 points more than missed: read ahead"),
        ], notes: ["guest-cold: the host may still hold the disk's blocks in memory"])

    private static let fourModes = ZeroCopyHeadline(
        placement: "broker and client on CPU 0", load: "max rate", floor: figure(0.06, "CPU-s/GB", (0.0566, 0.0637)),
        modes: [
            ("splice", 0.0539, (0.0519, 0.0559), 10.3, (9.8, 10.5)), ("sendfile", 0.0925, (0.086, 0.0994), 6.24, (5.89, 6.81)),
            ("copy 64 KiB", 0.234, (0.213, 0.258), 2.74, (2.45, 2.95)), ("copy 1 MiB", 0.124, (0.119, 0.13), 4.9, (4.61, 5.02)),
        ].map { ModeRow(mode: $0, cpuSecondsPerGB: figure($1, "CPU-s/GB", $2), throughput: figure($3, "GB/s", $4)) },
        comparisons: [
            ("splice", "copy 64 KiB", "idiomatic", 77, (75.2, 78.8)), ("splice", "copy 1 MiB", "best", 56.6, (54.2, 59)),
            ("sendfile", "copy 64 KiB", "idiomatic", 60.5, (57.3, 63.5)), ("sendfile", "copy 1 MiB", "best", 25.5, (20.4, 30.3)),
        ].map { mode, baseline, kind, saved, range in
            SavingRow(
                zeroCopy: mode, baseline: baseline, baselineKind: kind, pairs: 5, saving: figure(saved, "%", range),
                savingNetOfFloor: absent("%", "a mode costs no more than the floor"), throughputRatio: figure(2.11, "x", (2.01, 2.22)))
        })

    private static let twoPlacements: LatencyHeadline = {
        func cells(_ readings: (UInt64, QuantileReading.Bound?)..., samples: UInt64) -> [QuantileCell] {
            zip([0.5, 0.9, 0.99], readings).map { quantile, reading in
                QuantileCell(quantile: quantile, reading: .measured(nanoseconds: reading.0, bound: reading.1, episodes: nil))
            } + [QuantileCell(quantile: 0.999, reading: .unavailable(samples: samples))]
        }
        return LatencyHeadline(
            rows: [
                LatencyRow(
                    placement: "unpinned", clock: "response", eventsPerSecond: 5_000,
                    cells: cells((107_519, nil), (179_967, .machineFloor), (310_015, .machineFloor), samples: 34_226), maximum: 3_858_191, samples: 34_226),
                LatencyRow(
                    placement: "broker CPU 0 · client CPU 1", clock: "response", eventsPerSecond: 5_000,
                    cells: cells((101_375, nil), (149_119, .machineFloor), (423_679, nil), samples: 35_071), maximum: 4_571_070, samples: 35_071,
                    verifiedShare: 1),
            ], hiccup: cells((29_807, nil), (71_935, nil), (158_207, nil), samples: 32_020), nodes: 1,
            notes: ["1 node: remote cells not measurable", "an acknowledged request counts once"])
    }()

    private static func phase(
        _ name: String, _ rows: CostRows, nanoseconds: Double? = nil, inGB: Double? = nil, outGB: Double? = nil, isShort: Bool = false
    ) -> PhaseRecord {
        func each(_ name: String, _ value: Double?, _ unit: String) -> Metric {
            guard let value else { return .unavailable(name, unit: unit, polarity: .lowerIsBetter, reason: "none in this phase") }
            return .measured(name, value, unit: unit, polarity: .lowerIsBetter, note: isShort ? "under 1 s of broker CPU: indicative" : nil)
        }
        let costs = CostTable(
            phase: name, rows: rows,
            metrics: [
                each("cpu_ns_per_record", nanoseconds, "ns"), each("cpu_s_per_gb_in", inGB, "CPU-s/GB"), each("cpu_s_per_gb_out", outGB, "CPU-s/GB"),
                named("rss_peak", 9_510_912, "bytes"), named("syscalls", 38_748, "count"),
            ])
        return PhaseRecord(name: name, kind: "steady", startedNanoseconds: 0, endedNanoseconds: 8_000_000_000, costs: costs)
    }
}
