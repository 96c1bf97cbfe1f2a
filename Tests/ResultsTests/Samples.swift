// A record with every part filled, for the table, the schema and the writer.
import Measurement
import Results

enum Sample {
    static func interval(_ estimate: Double, _ lower: Double, _ upper: Double) -> ConfidenceInterval {
        ConfidenceInterval(estimate: estimate, lower: lower, upper: upper, method: .pairedT, samples: 5)
    }

    static func figure(_ value: Double, _ unit: String, _ range: (Double, Double)? = nil) -> Metric {
        .measured("figure", value, unit: unit, polarity: .neutral, interval: range.map { interval(value, $0.0, $0.1) })
    }

    static func absent(_ unit: String, _ reason: String) -> Metric {
        .unavailable("figure", unit: unit, polarity: .neutral, reason: reason)
    }

    static func named(_ name: String, _ value: Double, _ unit: String) -> Metric {
        .measured(name, value, unit: unit, polarity: .neutral)
    }

    static let identity = RunIdentity(
        date: "2026-11-23", startedAt: "2026-11-23T19:33:28Z", profileName: "quickstart", shortID: "7f3a9c")

    /// A record as a run starts with.
    static func start() -> RunRecord {
        RunRecord(
            identity: identity,
            software: Software(commit: "3e5a00f", version: "0.1.0", brokerCommit: "3e5a00f", broker: "tidemarkd 0.1.0 (3e5a00f)"),
            profile: ProfileRecord(
                name: "quickstart", question: "How fast does a log broker append here, and what do caches, zero-copy and pinning do to it?",
                tier: "quick", text: "name: quickstart\n", seeds: ["arrivals": .max, "payload": 7], expect: [], durability: "none"),
            environment: EnvironmentRecord(
                hard: ["cpu_model": "AMD EPYC", "cpus": "2 CPUs", "memory": "23.5 GiB", "kernel": "Linux 6.18", "hypervisor": "kvm"],
                soft: ["governor": "unknown"], runState: ["load": "0.4"],
                traits: [
                    TraitRecord(name: "congestion control", finding: "bbr is the default", countermeasure: "cubic on both sides", spoils: true)
                ]))
    }

    static func histogram() -> LatencyHistogram {
        let recorder = LatencyRecorder(origin: 0, maximumSeconds: 10, windowQuantiles: true)
        for n in 0..<3_000 { recorder.record(Int64(200_000 + n * 100), at: UInt64(n) * 2_000_000) }
        return recorder.snapshot()
    }

    static func steadyPhase() -> PhaseRecord {
        let rows = CostRows(broker: 2.31, clients: 3.02, unattributed: 0.84, idle: 3.83, capacity: 10)
        return PhaseRecord(
            name: "steady", kind: "steady", startedNanoseconds: 5_000_000_000, endedNanoseconds: 10_000_000_000,
            series: [
                SecondRecord(second: 0, records: 5_000, bytes: 5_120_000, responseP50Nanoseconds: 210_000, responseP99Nanoseconds: 480_000, responseMaximumNanoseconds: 900_000, queued: 0,
                    broker: BrokerSecond(cpuNanoseconds: 412_000_000, residentBytes: 24_117_248)),
                SecondRecord(second: 1, records: 5_001, bytes: 5_121_024),
            ],
            histograms: ["response": histogram(), "hiccup": histogram()],
            costs: CostTable(
                phase: "steady", rows: rows,
                metrics: [
                    named("cpu_ns_per_record", 812, "ns"), named("cpu_s_per_gb_in", 0.263, "CPU-s/GB"), named("rss_peak", 25_165_824, "bytes"),
                    named("context_switches", 12_034, "count"), named("major_faults", 0, "count"),
                    .unavailable("write_amplification", unit: "x", polarity: .lowerIsBetter, reason: "the phase was not sustained"),
                ]),
            host: HostSample.take() - HostSample.take(),
            foreign: ForeignUsage(seconds: 5, cpuSeconds: 0.01, top: [.init(name: "sshd", cpuSeconds: 0.01)]),
            counters: ["requests_produce": 4_000], notes: [])
    }

    static let append = AppendHeadline(
        rows: [
            AppendRow(
                height: .device, label: "O_DIRECT", durability: "synced", accepted: absent("MB/s", "a device write is durable or it is not counted"),
                durable: figure(1_902, "MB/s"), sustained: true, bindingResource: "disk"),
            AppendRow(
                height: .engine, label: "64 KiB batches", durability: "none", accepted: figure(6_310, "MB/s"),
                durable: absent("MB/s", "the engine probe ends before the kernel has written its pages"), sustained: false,
                fractionOfBelow: 3.318, bindingResource: "page-cache copy and CRC", note: "97 % of a C loop"),
            AppendRow(
                height: .broker, label: "2 producers, 64 KiB batches", durability: "none", accepted: figure(2_480, "MB/s"),
                durable: figure(1_655.4, "MB/s"), sustained: false, fractionOfBelow: 0.393, bindingResource: "cpu (one CPU, by the broker's busiest thread, 97 % used)"),
        ], directory: "data")

    static let hitRate = HitRateHeadline(
        rows: [
            HitRateRow(
                state: "warm", group: "reader", byBroker: figure(100, "%", (99.3, 100)), byProcess: figure(100, "%"), byDevice: figure(99.98, "%"),
                bytesServed: 536_870_912, readahead: "off", agreement: "agree within 0.1 points", agrees: true),
            HitRateRow(
                state: "guest-cold", group: "reader", byBroker: figure(0.4, "%", (0.1, 1.6)), byProcess: figure(0, "%"), byDevice: figure(4.1, "%"),
                bytesServed: 536_870_912, readahead: "off", agreement: "process and device differ by 4.1 points", agrees: false),
        ])

    static let zeroCopy = ZeroCopyHeadline(
        placement: "client on the broker's CPU", load: "max rate", floor: figure(0.0451, "CPU-s/GB", (0.0447, 0.0455)),
        modes: [
            ModeRow(mode: "splice", cpuSecondsPerGB: figure(0.0503, "CPU-s/GB", (0.0497, 0.0509)), throughput: figure(10.46, "GB/s")),
            ModeRow(mode: "copy 64 KiB", cpuSecondsPerGB: figure(0.151, "CPU-s/GB", (0.149, 0.153)), throughput: figure(4.21, "GB/s")),
            ModeRow(mode: "copy 1 MiB", cpuSecondsPerGB: figure(0.0842, "CPU-s/GB", (0.0833, 0.0851)), throughput: figure(6.92, "GB/s")),
        ],
        comparisons: [
            SavingRow(
                zeroCopy: "splice", baseline: "copy 64 KiB", baselineKind: "idiomatic", pairs: 5, saving: figure(66.7, "%", (65.9, 67.4)),
                savingNetOfFloor: figure(95.1, "%", (94, 96.3)), throughputRatio: figure(2.48, "x", (2.41, 2.56))),
            SavingRow(
                zeroCopy: "splice", baseline: "copy 1 MiB", baselineKind: "best", pairs: 5, saving: figure(40.3, "%", (38.8, 41.7)),
                savingNetOfFloor: figure(86.7, "%", (85, 88.4)), throughputRatio: absent("x", "client-bound")),
        ])

    static let latency = LatencyHeadline(
        rows: [
            LatencyRow(
                placement: "unpinned", clock: "response", eventsPerSecond: 20_000,
                cells: [
                    QuantileCell(quantile: 0.5, reading: .measured(nanoseconds: 80_100, bound: .machineFloor, episodes: nil)),
                    QuantileCell(quantile: 0.99, reading: .measured(nanoseconds: 1_200_000, bound: nil, episodes: nil)),
                    QuantileCell(quantile: 0.999, reading: .measured(nanoseconds: 4_210_000, bound: nil, episodes: 3)),
                    QuantileCell(quantile: 0.9999, reading: .unavailable(samples: 40_000)),
                ], maximum: 9_310_000, samples: 40_000),
            LatencyRow(
                placement: "broker CPU 0 · client CPU 1", clock: "response", eventsPerSecond: 20_000,
                cells: [
                    QuantileCell(quantile: 0.5, reading: .measured(nanoseconds: 190_000, bound: nil, episodes: nil)),
                    QuantileCell(quantile: 0.99, reading: .measured(nanoseconds: 2_400_000, bound: .generator, episodes: nil)),
                    QuantileCell(quantile: 0.999, reading: .measured(nanoseconds: 12_400_000, bound: nil, episodes: nil)),
                    QuantileCell(quantile: 0.9999, reading: .unavailable(samples: 40_000)),
                ], maximum: 31_000_000, samples: 40_000, verifiedShare: 0.998),
        ],
        hiccup: [
            QuantileCell(quantile: 0.5, reading: .measured(nanoseconds: 58_000, bound: nil, episodes: nil)),
            QuantileCell(quantile: 0.99, reading: .measured(nanoseconds: 310_000, bound: nil, episodes: nil)),
        ], nodes: 1)

    /// A finished run.
    static func finished() -> RunRecord {
        var record = start()
        record.complete = true
        record.disks = [
            DiskRecord(
                name: "data", filesystem: "ext4", mountOptions: "rw,relatime", device: "vda", model: "unknown", transport: "virtio", rotational: true,
                scheduler: "none", writeCache: "write back", diskClass: "virtual", classConfirmed: true,
                calibration: [
                    named("write_direct", 1.9, "GB/s"), named("write_buffered", 1.71, "GB/s"), named("append_fdatasync_p50", 171_000, "ns"),
                    named("append_fdatasync_p99", 342_000, "ns"),
                ])
        ]
        record.calibration = CalibrationRecord(
            tier: "quick", before: [named("crc_varint_one_core", 12.3, "GB/s"), named("tcp_stream", 9.31, "GB/s"), named("timer_wakeup_p99", 84_000, "ns")],
            drift: [CalibrationDrift(resource: "write_direct", binding: false, beforeValue: 1.9, afterValue: 1.8)])
        record.phases = [steadyPhase()]
        record.headlines = Headlines(append: append, hitRate: hitRate, zeroCopy: zeroCopy, latency: latency)
        var facts = VerdictFacts(phase: "steady", load: .openLoop)
        facts.audit = .passed
        facts.unexpectedErrors = ["NOT_LEADER_OR_FOLLOWER": 0]
        facts.calibrationDrift = record.calibration.drift
        var skipped = VerdictFacts(phase: "slice", load: .maxRate)
        skipped.audit = .notRun("discarding client: lengths and sampled full reads")
        record.facts = [facts, skipped]
        record.verdict = Verdict.judge(record.facts)
        record.limiter = LimiterFinding(limiter: .cpu, share: 0.97, text: "cpu (one CPU, by the broker's busiest thread, 97 % used)")
        return record
    }
}
