// Made-up results of every experiment, by which all claims hold; each test changes what it is about.
import Foundation
import Measurement
import Results
import Testing
@testable import Claims

/// One run at one point.
struct Stand {
    var settings: [String: String] = [:]
    /// By name: value, and its interval.
    var metrics: [String: (value: Double, range: ClosedRange<Double>?)] = [:]
    var unavailable: [String: String] = [:]
    /// Of the steady phase; nil: there is no load.
    var load: Load?
    var saving: [(baseline: String, kind: String, saving: Double, gain: Double, latency: Double?, calls: Double)] = []
    /// With the floor taken off; nil: as much.
    var savingNetOfFloor: Double?
    /// How far the ratio of system calls may be off, up and down, as a share of it.
    var callsSpread = 0.01
    var diskClass = "ssd"
    var hitRate: HitRateHeadline?
    /// Device reads while a cold log was read; nil: none was.
    var coldReads: (bytes: UInt64, count: UInt64)?
    /// System calls a GB by way of serving.
    var modes: [String: Double] = [:]
    var outcome = Verdict.Outcome.valid
    /// That it is not valid by.
    var rule = "audit"
    var isComplete = true
    var modelled: String?

    struct Load {
        var megabytesPerSecond: [Double] = Array(repeating: 1_000, count: 12)
        var counters: [String: UInt64] = [:]
        /// Latencies of `response` and `end_to_end`; nil: not recorded.
        var latency: UInt64?
        /// Of `end_to_end`, where it differs.
        var endToEnd: UInt64?
        var deviceWrites: (bytes: UInt64, count: UInt64)? = (12_000_000_000, 24_000)
        var cpuSecondsPerGigabyte: Double? = 0.4
        var kills = 0
    }

    func record(_ experiment: String, _ number: Int) throws -> RunRecord {
        var record = RunRecord(
            identity: RunIdentity(date: "2026-11-30", startedAt: "2026-11-30T06:00:00Z", profileName: experiment, shortID: "00000\(number)"),
            software: Software(commit: "3e5a00f", version: "0.1.0", broker: "tidemarkd 0.1.0"),
            profile: ProfileRecord(name: experiment, question: "Is it so?", tier: "quick", text: ""),
            environment: EnvironmentRecord(hard: ["cpu_model": "a CPU", "cpus": "2 CPUs"]))
        record.environment.hard["modelled"] = modelled
        for (name, metric) in metrics.sorted(by: { $0.key < $1.key }) {
            let interval = metric.range.map { ConfidenceInterval(estimate: metric.value, lower: $0.lowerBound, upper: $0.upperBound, method: .orderStatistics, samples: 7) }
            record.metrics.append(.measured(name, metric.value, unit: name.hasPrefix("price") ? "USD/x" : "x", polarity: .neutral, interval: interval))
        }
        for (name, reason) in unavailable { record.metrics.append(.unavailable(name, unit: "x", polarity: .neutral, reason: reason)) }
        if let load { record.phases = [try load.phase()] }
        if !saving.isEmpty {
            func figure(_ value: Double, _ spread: Double = 0.01) -> Metric {
                let interval = ConfidenceInterval(estimate: value, lower: value * (1 - spread), upper: value * (1 + spread), method: .pairedT, samples: 5)
                return .measured("figure", value, unit: "%", polarity: .neutral, interval: interval)
            }
            record.headlines.zeroCopy = ZeroCopyHeadline(
                placement: "one CPU", load: "max rate", floor: figure(1),
                modes: modes.map { ModeRow(mode: $0.key, cpuSecondsPerGB: figure(1), throughput: figure(1), syscallsPerGB: figure($0.value)) },
                comparisons: saving.map {
                    SavingRow(
                        zeroCopy: "splice", baseline: $0.baseline, baselineKind: $0.kind, pairs: 5, saving: figure($0.saving), savingNetOfFloor: figure(savingNetOfFloor ?? $0.saving),
                        throughputRatio: figure($0.gain), latencyRatio: $0.latency.map { figure($0) }, syscallRatio: figure($0.calls, callsSpread))
                })
        }
        record.headlines.zeroCopy?.fetchBytes = 1 << 20
        record.disks = [DiskRecord(name: "data directory", filesystem: "ext4", mountOptions: "rw", device: "vda", model: "a disk", transport: "sata", diskClass: diskClass)]
        record.headlines.hitRate = hitRate
        if let coldReads {
            var phase = PhaseRecord(name: "read cold", kind: "fetch", startedNanoseconds: 1, endedNanoseconds: 2)
            phase.host = try Stand.host(reads: coldReads, writes: (0, 0))
            record.phases.append(phase)
        }
        record.complete = isComplete
        record.verdict = outcome == .valid ? Verdict(reasons: []) : Verdict(reasons: [.init(rule: rule, outcome: outcome, phase: nil, text: "a reason")])
        return record
    }
}

extension Stand {
    /// Of a machine whose one disk did so much.
    static func host(reads: (bytes: UInt64, count: UInt64), writes: (bytes: UInt64, count: UInt64)) throws -> HostUsage {
        var host = HostSample.take() - HostSample.take()
        let text = #"{"readBytes":\#(reads.bytes),"writtenBytes":\#(writes.bytes),"reads":\#(reads.count),"writes":\#(writes.count),"busySeconds":1,"busyFraction":0.1}"#
        host.disks = ["vda": try JSONDecoder().decode(DiskUsage.self, from: Data(text.utf8))]
        return host
    }
}

extension Stand.Load {
    func phase() throws -> PhaseRecord {
        var phase = PhaseRecord(
            name: "steady", kind: "steady", startedNanoseconds: 1_000_000_000, endedNanoseconds: 1_000_000_000 + UInt64(megabytesPerSecond.count) * 1_000_000_000,
            notes: ["max loop"])
        phase.series = megabytesPerSecond.enumerated().map { SecondRecord(second: $0.offset, records: 1_000, bytes: UInt64($0.element * 1e6)) }
        let bytes = megabytesPerSecond.reduce(0, +) * 1e6
        phase.counters = ["acknowledged_records": 1_000_000, "acknowledged_bytes": UInt64(bytes), "load_nanoseconds": UInt64(megabytesPerSecond.count) * 1_000_000_000]
        phase.counters.merge(counters) { $1 }
        if let latency {
            func histogram(_ latency: UInt64) -> LatencyHistogram {
                let recorder = LatencyRecorder(origin: 0, maximumSeconds: 20, windowQuantiles: true)
                for n in 0..<2_000 { recorder.record(Int64(latency) + Int64(n % 100), at: UInt64(n) * 5_000_000) }
                return recorder.snapshot()
            }
            phase.histograms = ["response": histogram(latency), "end_to_end": histogram(endToEnd ?? latency)]
        }
        if let cpuSecondsPerGigabyte {
            phase.costs = CostTable(
                phase: "steady", rows: CostRows(broker: 1, clients: 1, unattributed: 0, idle: 0, capacity: 2),
                metrics: [.measured("cpu_s_per_gb_in", cpuSecondsPerGigabyte, unit: "CPU-s/GB", polarity: .lowerIsBetter)])
        }
        if let deviceWrites { phase.host = try Stand.host(reads: (0, 0), writes: deviceWrites) }
        if kills > 0 { phase.perturbations = (0..<kills).map { PerturbationRecord(kind: "kill", startedNanoseconds: UInt64($0), endedNanoseconds: UInt64($0) + 1) } }
        return phase
    }
}

/// The stands of every experiment.
struct Stage {
    var stands: [String: [Stand]] = Stage.whereAllHold
    var failures: [String: String] = [:]
    var impossible: [String: String] = [:]
    var powerCut: PowerCutRecord? = Stage.cutsThatHold

    func evidence(of experiments: [String]? = nil) throws -> Evidence {
        var outcomes: [String: Evidence.Outcome] = [:]
        for (experiment, list) in stands where experiments?.contains(experiment) ?? true {
            outcomes[experiment] = .points(try list.enumerated().map { Evidence.Point(settings: $0.element.settings, record: try $0.element.record(experiment, $0.offset)) })
        }
        for (experiment, reason) in failures { outcomes[experiment] = .failed(reason) }
        for (experiment, reason) in impossible { outcomes[experiment] = .impossible(reason) }
        return Evidence(outcomes, powerCut: powerCut)
    }

    func reading(_ name: String) throws -> ClaimReading {
        let claim = try #require(ClaimCatalogue.named([name])?.first)
        return ClaimReading(claim, try evidence(of: claim.experiments))
    }

    mutating func set(_ experiment: String, _ metric: String, _ value: Double, _ range: ClosedRange<Double>? = nil) {
        stands[experiment]![0].metrics[metric] = (value, range)
    }

    private static let cutsThatHold = PowerCutRecord(
        startedAt: "2026-11-30T05:00:00Z", modelled: "a virtual machine", machine: "a CPU", seed: 7, count: 4, windowMilliseconds: 500, slackMilliseconds: 1_000,
        cuts: [
            .init(durability: "every-append", acknowledged: 900, lost: 0), .init(durability: "interval", acknowledged: 5_000, lost: 40, oldestLostMilliseconds: 620),
            .init(durability: "none", acknowledged: 6_000, lost: 3_000, oldestLostMilliseconds: 2_400),
            .init(durability: "every-append", flushesDisk: false, acknowledged: 800, lost: 90, oldestLostMilliseconds: 400),
        ])

    /// A consumer a quarter of a cache behind a producer, circles over a quarter of one and over four, each hit rate a percent up and down, and a
    /// warm-up, two stretches a pass over the log.
    static func cacheCurves(live: Double = 100, near: Double = 100, far: Double = 3, warmUp: [Double] = [0, 5, 100, 100]) -> HitRateHeadline {
        func hits(_ rate: Double) -> Metric {
            let interval = ConfidenceInterval(estimate: rate, lower: max(0, rate - 1), upper: min(100, rate + 1), method: .wilson, samples: 160)
            return .measured("hit_rate", rate, unit: "%", polarity: .higherIsBetter, interval: interval)
        }
        var curve = CacheLagCurve(
            controlGroup: 2, limitBytes: 96 << 20, cacheBytes: 80 << 20, producerRecordsPerSecond: 10_000, recordBytes: 1_024, fetchBytes: 131_072, readahead: "off")
        curve.points = [(0.25, near), (4, far)].map { share, rate in
            CacheLagPoint(
                lagShare: share, lagBytes: 1, residentBefore: rate, hitRate: hits(rate), deviceShare: hits(100 - rate), throughput: hits(rate), fetch: [], producer: [])
        }
        curve.live = LiveLag(lagShare: 0.25, foundShare: 0.24, producerRecordsPerSecond: 10_000, bytesRead: 20 << 20, hitRate: hits(live), prefetch: hits(0))
        let points = warmUp.enumerated().map { CacheWarmUp.Point(seconds: Double($0.offset), passes: Double($0.offset + 1) / 2, hitRate: $0.element, megabytesPerSecond: 900) }
        return HitRateHeadline(
            rows: [], lagCurve: curve,
            warmUps: [CacheWarmUp(state: "after a restart of the broker", residentBefore: 100, points: []), CacheWarmUp(state: "cold", residentBefore: 0, points: points)])
    }

    private static func figures(_ values: [String: Double]) -> [Stand] {
        var stand = Stand()
        for (name, value) in values { stand.metrics[name] = (value, nil) }
        return [stand]
    }

    private static func swept(_ axis: String, _ value: String, _ rate: Double, _ requests: UInt64) -> Stand {
        var load = Stand.Load()
        load.megabytesPerSecond = Array(repeating: rate, count: 5)
        load.counters = ["acknowledged_requests": requests, "log_appends": requests]
        return Stand(settings: [axis: value], load: load)
    }

    private static func consumers(_ count: Int, read: UInt64, busy: UInt64) -> Stand {
        var load = Stand.Load()
        load.megabytesPerSecond = Array(repeating: 5, count: 5)
        load.counters = ["consumed_records": read, "members": UInt64(count), "members_with_partitions": busy]
        return Stand(settings: ["topic.partitions": "4", "consumers.count": "\(count)"], load: load)
    }

    private static func retention(_ bytes: String, removed: UInt64) -> Stand {
        var load = Stand.Load()
        load.counters = ["retention_segments": removed]
        load.latency = 300_000
        return Stand(settings: ["topic.retentionBytes": bytes], load: load)
    }

    private static var recordLife: [Stand] {
        var values: [String: Double] = [
            "retention_bytes_limit": 1e9, "retention_segment_bytes": 64e6, "retention_bytes_left": 1.03e9, "retention_young_records_left": 9_000, "retention_young_records_gone": 0,
            "retention_old_records_left": 0, "compaction_keys": 1_000, "compaction_keys_without_latest": 0, "compaction_stale_records": 0,
        ]
        for step in ["restart", "crash", "compaction", "retention"] {
            values["\(step)_offsets_read"] = 5_000
            for wrong in ["changed", "out_of_order", "reused"] { values["\(step)_offsets_\(wrong)"] = 0 }
        }
        return figures(values)
    }

    private static var steady: Stand {
        var stand = Stand(load: .init())
        stand.metrics["price_cpu_hour"] = (0.04, nil)
        stand.metrics["price_gigabyte_month"] = (0.08, nil)
        return stand
    }

    private static var restart: Stand {
        var load = Stand.Load()
        load.counters = ["audit_seen": 40_000, "audit_acknowledged": 40_000, "audit_lost": 0, "audit_duplicated": 0, "audit_reordered": 0]
        load.kills = 2
        return Stand(load: load)
    }

    static let whereAllHold: [String: [Stand]] = {
        var all: [String: [Stand]] = [:]
        all["device-order"] = figures([
            "random_read_iops": 9_000, "random_read": 36, "sequential_read": 4_000, "read_order_ratio": 111, "random_write_iops": 9_000, "random_write": 36,
            "sequential_write": 4_000, "write_order_ratio": 111, "read_order_ratio_of_4_KiB": 15, "read_order_ratio_of_1_MiB": 3, "read_size_ratio_at_random": 30,
            "write_order_ratio_of_4_KiB": 15, "write_order_ratio_of_1_MiB": 3, "write_size_ratio_at_random": 30, "random_read_iops_16_deep": 90_000,
        ])
        all["steady"] = [steady]
        all["stored-size"] = figures(["segments": 500, "append_many_to_one_segment": 0.99])
        all["disks"] = figures(["disks": 2, "throughput_one_disk": 200, "throughput_all_disks": 380, "all_disks_to_one": 1.9])
        all["warm-up"] = figures(["hit_rate_recent": 100, "hit_rate_cold": 0.3, "hit_rate_warmed": 100, "hit_rate_after_restart": 99.9, "resident_growth_of_log": 0.4])
        all["warm-up"]![0].coldReads = (256 << 20, 1_024)
        all["reader-delay"] = [Stand(hitRate: cacheCurves())]
        all["batching"] = [swept("producers.batchBytes", "2KiB", 100, 900_000), swept("producers.batchBytes", "1MiB", 2_000, 1_000)]
        all["lookup"] = figures(["log_growth": 32, "lookup_smallest_log": 400, "lookup_4_segments": 450, "lookup_largest_log": 500, "lookup_growth": 1.25, "index_of_log": 0.05])
        all["removal"] = figures(["segments_removed": 200, "append_p99_alone": 30_000, "append_p99_beside": 31_000, "append_p99_beside_removal": 1.03])
        all["retention"] = [retention("16MiB", removed: 40), retention("1TiB", removed: 0)]
        for experiment in ["zero-copy", "equal-rate"] {
            all[experiment] = [Stand(saving: [("copy 64 KiB", "idiomatic", 80, 3.6, 0.4, 0.1), ("copy 1 MiB", "best", 72, 2.2, 0.7, 0.4)])]
        }
        all["partitions"] = [swept("topic.partitions", "1", 1_000, 1_000), swept("topic.partitions", "4", 2_000, 1_000)]
        all["consumers"] = [consumers(1, read: 10_000, busy: 1), consumers(4, read: 40_000, busy: 4), consumers(8, read: 40_000, busy: 4)]
        all["restart"] = [restart]
        all["keys"] = figures(["keys": 5_000, "keys_in_several_partitions": 0])
        all["committed"] = figures([
            "restarts": 3, "positions_committed": 24, "positions_changed": 0, "members_died": 2, "positions_resumed": 16, "positions_resumed_elsewhere": 0,
        ])
        all["record-life"] = recordLife
        all["compaction"] = figures(["compaction_throughput": 1.2, "compaction_of_c_limit": 0.9, "append_beside_compaction": 0.95, "append_beside_held_compaction": 0.98])
        all["own-cache"] = figures([
            "page_cache_throughput": 2_000, "own_cache_throughput": 1_500, "page_cache_to_own_cache": 1.3, "page_cache_cpu": 0.3, "own_cache_cpu": 0.4,
            "own_cache_cpu_to_page_cache": 1.3, "page_cache_restart_read": 9_000, "own_cache_restart_read": 2_000, "restart_read_page_cache_to_own_cache": 4.5,
            "page_cache_resident": 10e6, "own_cache_resident": 144e6, "cache_bytes": 134_217_728,
            "cache_limit": 167_772_160, "far_page_cache_throughput": 800, "far_own_cache_throughput": 600, "far_page_cache_to_own_cache": 1.3, "far_page_cache_hits": 4,
            "far_own_cache_hits": 0, "both_resident_growth_of_log": 101, "both_page_cache_of_log": 100,
        ])
        all["memory-pressure"] = figures([
            "memory_limit": 268e6, "flush_interval": 200e6, "memory_log_asked": 1_073e6, "memory_log_bytes": 251e6, "memory_log_throughput": 2_100,
            "flushed_log_bytes": 1_073e6, "flushed_log_burst": 1_500, "flushed_log_first_third": 700, "flushed_log_last_third": 680, "flushed_log_last_to_first": 0.97,
            "unflushed_log_bytes": 1_073e6, "unflushed_log_burst": 1_500, "unflushed_log_first_third": 600, "unflushed_log_last_third": 560,
            "unflushed_log_last_to_first": 0.93,
        ])
        return all
    }()
}
