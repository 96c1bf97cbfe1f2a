// What is changed of each claim's figures, and what becomes of its verdict then.
import Foundation
import Measurement
import Results
import Testing
@testable import Claims

/// What is changed, and what the part of the claim comes to then.
struct Flip: Sendable, CustomTestStringConvertible {
    let claim: String
    /// Of the claim's parts, from 0.
    let part: Int
    let word: String
    let what: String
    let change: @Sendable (inout Stage) -> Void

    var testDescription: String { "\(claim), part \(part): \(what) → \(word)" }

    static func metric(
        _ claim: String, _ part: Int, _ word: String, _ experiment: String, _ name: String, _ value: Double, _ range: ClosedRange<Double>? = nil
    ) -> Flip {
        Flip(claim: claim, part: part, word: word, what: "\(name) \(value)") { $0.set(experiment, name, value, range) }
    }

    /// The figure `limit` is what a control group would have been bound to.
    static func withoutGroup(_ claim: String, _ part: Int, _ limit: String) -> Flip {
        Flip(claim: claim, part: part, word: noisy, what: "no control group") {
            $0.stands[claim]![0].metrics[limit] = nil
            $0.stands[claim]![0].unavailable[limit] = "no control group of memory may be made here"
        }
    }

    /// As a run of a version that did not measure it.
    static func without(_ claim: String, _ part: Int, _ word: String, _ experiment: String, _ name: String) -> Flip {
        Flip(claim: claim, part: part, word: word, what: "no \(name)") { $0.stands[experiment]![0].metrics[name] = nil }
    }

    static func load(_ claim: String, _ part: Int, _ word: String, _ experiment: String, _ what: String, _ change: @escaping @Sendable (inout Stand.Load) -> Void) -> Flip {
        Flip(claim: claim, part: part, word: word, what: what) { change(&$0.stands[experiment]![0].load!) }
    }
}

extension Flip {
    fileprivate static func curves(_ part: Int, _ word: String, _ what: String, _ headline: @escaping @Sendable () -> HitRateHeadline?) -> Flip {
        Flip(claim: "page-cache", part: part, word: word, what: what) { $0.stands["reader-delay"]![0].hitRate = headline() }
    }

    fileprivate static func lag(_ part: Int, _ word: String, _ what: String, _ change: @escaping @Sendable (inout CacheLagCurve) -> Void) -> Flip {
        Flip(claim: "page-cache", part: part, word: word, what: what) { change(&$0.stands["reader-delay"]![0].hitRate!.lagCurve!) }
    }
}

let broken = "does not hold here", noisy = "can't be tested here", condition = "holds when", missing = "not measured by this version"

let flips: [Flip] = [
    .metric("sequential-io", 0, condition, "device-order", "read_order_ratio", 24, 20...30), .metric("sequential-io", 0, broken, "device-order", "read_order_ratio", 4, 3...5),
    .metric("sequential-io", 0, condition, "device-order", "read_order_ratio", 99, 80...120), .metric("sequential-io", 0, noisy, "device-order", "read_order_ratio", 10, 8...12),
    .metric("sequential-io", 1, noisy, "device-order", "write_order_ratio", 10, 8...12),
    .metric("sequential-io", 1, broken, "device-order", "write_order_ratio", 2), .metric("sequential-io", 2, broken, "device-order", "read_order_ratio_of_4_KiB", 1.2, 1.1...1.3),
    .metric("sequential-io", 2, noisy, "device-order", "read_order_ratio_of_4_KiB", 10, 8...12),
    .metric("sequential-io", 3, broken, "device-order", "random_read_iops", 60_000), .metric("sequential-io", 3, broken, "device-order", "sequential_read", 300),
    .metric("sequential-io", 3, noisy, "device-order", "sequential_read", 500, 450...550),
    Flip(claim: "sequential-io", part: 3, word: broken, what: "a hard disk that is none") { $0.stands["device-order"]![0].diskClass = "hdd" },
    Flip(claim: "sequential-io", part: 3, word: noisy, what: "a hypervisor's disk") { $0.stands["device-order"]![0].diskClass = "virtual" },
    .load("sequential-io", 4, broken, "steady", "4 KiB writes") { $0.deviceWrites = (4_096_000, 1_000) },
    .load("sequential-io", 4, noisy, "steady", "no writes") { $0.deviceWrites = (0, 0) }, .load("sequential-io", 4, noisy, "steady", "no device") { $0.deviceWrites = nil },
    Flip(claim: "sequential-io", part: 5, word: broken, what: "4 KiB reads") { $0.stands["warm-up"]![0].coldReads = (256 << 20, 65_536) },
    Flip(claim: "sequential-io", part: 5, word: noisy, what: "no reads") { $0.stands["warm-up"]![0].coldReads = (0, 0) },
    Flip(claim: "sequential-io", part: 5, word: missing, what: "no cold log") { $0.stands["warm-up"]![0].coldReads = nil },
    .load("steady-throughput", 0, broken, "steady", "half as fast in the end") { $0.megabytesPerSecond = (0..<12).map { 1_000 - Double($0) * 50 } },
    .load("steady-throughput", 0, noisy, "steady", "up and down") { $0.megabytesPerSecond = (0..<12).map { $0 % 3 == 0 ? 200 : 1_000 } },
    .metric("steady-throughput", 1, broken, "stored-size", "append_many_to_one_segment", 0.5, 0.45...0.6),
    .metric("steady-throughput", 1, noisy, "stored-size", "append_many_to_one_segment", 0.92, 0.8...1.1),
    .metric("steady-throughput", 2, broken, "disks", "all_disks_to_one", 1.1, 1...1.2), .metric("steady-throughput", 2, noisy, "disks", "all_disks_to_one", 1.5, 1.3...1.7),
    Flip(claim: "steady-throughput", part: 2, word: noisy, what: "one disk") { $0.impossible["disks"] = "one disk" },
    .metric("page-cache", 0, broken, "warm-up", "hit_rate_recent", 60), .metric("page-cache", 0, noisy, "warm-up", "hit_rate_cold", 90),
    .metric("page-cache", 1, broken, "warm-up", "hit_rate_warmed", 10), .metric("page-cache", 2, broken, "warm-up", "hit_rate_after_restart", 0),
    .metric("page-cache", 3, broken, "warm-up", "resident_growth_of_log", 98), .metric("page-cache", 0, noisy, "warm-up", "hit_rate_recent", 99.5, 98...100),
    .metric("page-cache", 1, noisy, "warm-up", "hit_rate_warmed", 99.5, 98...100), .metric("page-cache", 2, noisy, "warm-up", "hit_rate_after_restart", 99.5, 98...100),
    .metric("page-cache", 3, noisy, "warm-up", "resident_growth_of_log", 5, 4...6),
    .curves(4, broken, "half of it from the device") { Stage.cacheCurves(live: 50) }, .curves(4, noisy, "on the limit") { Stage.cacheCurves(live: 95) },
    .curves(4, noisy, "a cache without a bound") { Stage.cacheCurves(far: 55) }, .curves(4, missing, "nobody looked") { nil },
    .lag(4, noisy, "no control group") { ($0.points, $0.notes, $0.live) = ([], ["no control group"], nil) },
    .lag(4, missing, "nobody stayed behind") { $0.live = nil }, .lag(4, missing, "no delay") { $0.live!.foundShare = 0.01 },
    .lag(4, missing, "beyond the cache") { $0.live!.foundShare = 1.1 }, .lag(4, missing, "no control") { $0.points.removeLast() },
    .curves(5, broken, "half of it from the device") { Stage.cacheCurves(near: 50) }, .curves(5, noisy, "on the limit") { Stage.cacheCurves(near: 95) },
    .curves(5, noisy, "a cache without a bound") { Stage.cacheCurves(far: 55) }, .lag(5, missing, "a control that all pass") { $0.points[1].lagShare = 1.1 },
    .lag(5, missing, "read ahead") { $0.readahead = "on" }, .lag(5, missing, "nobody within the cache") { $0.points.removeFirst() },
    .curves(6, broken, "cold to the end") { Stage.cacheCurves(warmUp: [0, 5, 20, 30]) },
    .curves(6, broken, "warm only the third time") { Stage.cacheCurves(warmUp: [0, 5, 20, 30, 100]) },
    .curves(6, missing, "nobody read") { Stage.cacheCurves(warmUp: []) },
    .load("batching", 0, broken, "batching", "as many requests") { $0.counters["acknowledged_requests"] = 1_200 },
    .load("batching", 1, broken, "batching", "as many writes") { $0.counters["log_appends"] = 1_200 },
    .load("batching", 2, broken, "batching", "the smallest is as fast") { $0.megabytesPerSecond = Array(repeating: 1_900, count: 5) },
    .metric("batching", 2, noisy, "batching", "load_share_of_generator_ceiling", 0.92), .metric("parallelism", 0, noisy, "partitions", "load_share_of_generator_ceiling", 0.92),
    .metric("steady-throughput", 0, noisy, "steady", "load_share_of_generator_ceiling", 0.92), .metric("ordering", 2, noisy, "partitions", "load_share_of_generator_ceiling", 0.92),
    .metric("sparse-index", 0, broken, "lookup", "lookup_growth", 9, 8...10), .metric("sparse-index", 0, noisy, "lookup", "lookup_growth", 2, 1.5...2.5),
    .metric("sparse-index", 1, broken, "lookup", "index_of_log", 12),
    .metric("removal", 0, broken, "removal", "append_p99_beside_removal", 3, 2.5...3.5), .metric("removal", 0, noisy, "removal", "append_p99_beside_removal", 1.2, 0.9...1.6),
    .load("removal", 1, broken, "retention", "slower with retention") { ($0.latency, $0.endToEnd) = (900_000, 300_000) },
    .load("removal", 2, broken, "retention", "slower with retention") { $0.endToEnd = 900_000 },
    .load("removal", 1, missing, "retention", "nothing was removed") { $0.counters["retention_segments"] = 0 },
    Flip(claim: "removal", part: 1, word: noisy, what: "saturated") { $0.stands["retention"]![0].outcome = .saturated },
    Flip(claim: "removal", part: 2, word: noisy, what: "saturated") { $0.stands["retention"]![0].outcome = .saturated },
    Flip(claim: "cleanup", part: 4, word: noisy, what: "saturated") { $0.stands["retention"]![0].outcome = .saturated },
    Flip(claim: "zero-copy", part: 0, word: noisy, what: "on the limit") { stage in for n in 0..<2 { stage.stands["zero-copy"]![0].saving[n].saving = 70 } },
    Flip(claim: "zero-copy", part: 2, word: noisy, what: "on the limit") { stage in for n in 0..<2 { stage.stands["equal-rate"]![0].saving[n].latency = 0.9 } },
    Flip(claim: "zero-copy", part: 3, word: noisy, what: "half as many, or a tenth, or all") { stage in
        for n in 0..<2 { stage.stands["zero-copy"]![0].saving[n].calls = 0.5 }
        stage.stands["zero-copy"]![0].callsSpread = 0.9
    },
    Flip(claim: "zero-copy", part: 4, word: noisy, what: "on the limit") { $0.stands["zero-copy"]![0].savingNetOfFloor = 50 },
    Flip(claim: "zero-copy", part: 5, word: noisy, what: "on the limit") { stage in for n in 0..<2 { stage.stands["zero-copy"]![0].saving[n].calls = 0.5 } },
    Flip(claim: "zero-copy", part: 0, word: condition, what: "against the idiomatic copy only") { $0.stands["zero-copy"]![0].saving[1].saving = 40 },
    Flip(claim: "zero-copy", part: 0, word: broken, what: "against none") { stage in for n in 0..<2 { stage.stands["zero-copy"]![0].saving[n].saving = 20 } },
    Flip(claim: "zero-copy", part: 1, word: condition, what: "against the idiomatic copy only") { $0.stands["zero-copy"]![0].saving[1].gain = 1.4 },
    Flip(claim: "zero-copy", part: 1, word: broken, what: "against none") { stage in for n in 0..<2 { stage.stands["zero-copy"]![0].saving[n].gain = 1.1 } },
    Flip(claim: "zero-copy", part: 1, word: noisy, what: "on the limit") { stage in for n in 0..<2 { stage.stands["zero-copy"]![0].saving[n].gain = 2 } },
    Flip(claim: "zero-copy", part: 0, word: missing, what: "nothing compared") { $0.stands["zero-copy"]![0].saving = [] },
    Flip(claim: "zero-copy", part: 2, word: condition, what: "against the idiomatic copy only") { $0.stands["equal-rate"]![0].saving[1].latency = 0.98 },
    Flip(claim: "zero-copy", part: 2, word: broken, what: "against none") { stage in for n in 0..<2 { stage.stands["equal-rate"]![0].saving[n].latency = 1.1 } },
    Flip(claim: "zero-copy", part: 2, word: missing, what: "not timed") { stage in for n in 0..<2 { stage.stands["equal-rate"]![0].saving[n].latency = nil } },
    Flip(claim: "zero-copy", part: 3, word: broken, what: "as many as any") { stage in for n in 0..<2 { stage.stands["zero-copy"]![0].saving[n].calls = 1 } },
    Flip(claim: "zero-copy", part: 4, word: condition, what: "against the idiomatic copy only") { $0.stands["zero-copy"]![0].saving[1].saving = 40 },
    Flip(claim: "zero-copy", part: 4, word: broken, what: "against none") { stage in for n in 0..<2 { stage.stands["zero-copy"]![0].saving[n].saving = 20 } },
    Flip(claim: "zero-copy", part: 5, word: condition, what: "against the idiomatic copy only") { $0.stands["zero-copy"]![0].saving[1].calls = 0.8 },
    Flip(claim: "zero-copy", part: 5, word: broken, what: "as many as any") { stage in for n in 0..<2 { stage.stands["zero-copy"]![0].saving[n].calls = 1 } },
    .load("parallelism", 0, broken, "partitions", "one is as fast") { $0.megabytesPerSecond = Array(repeating: 2_000, count: 5) },
    Flip(claim: "parallelism", part: 1, word: broken, what: "half of them read") { $0.stands["consumers"]![1].load!.counters["consumed_records"] = 20_000 },
    Flip(claim: "parallelism", part: 2, word: broken, what: "half have partitions") { $0.stands["consumers"]![1].load!.counters["members_with_partitions"] = 2 },
    Flip(claim: "parallelism", part: 2, word: missing, what: "no group") { $0.stands["consumers"]![1].load!.counters["members"] = nil },
    Flip(claim: "parallelism", part: 3, word: broken, what: "all have partitions") { $0.stands["consumers"]![2].load!.counters["members_with_partitions"] = 8 },
    Flip(claim: "parallelism", part: 3, word: missing, what: "not measured") { $0.stands["consumers"]!.removeLast() },
    Flip(claim: "parallelism", part: 4, word: broken, what: "all of them read") { $0.stands["consumers"]![2].load!.counters["consumed_records"] = 80_000 },
    .load("ordering", 0, broken, "restart", "three behind later ones") { $0.counters["audit_reordered"] = 3 }, .metric("ordering", 1, broken, "keys", "keys_in_several_partitions", 2),
    .metric("ordering", 1, missing, "keys", "keys", 0), .load("ordering", 2, broken, "partitions", "one is as fast") { $0.megabytesPerSecond = Array(repeating: 2_000, count: 5) },
    .metric("offsets", 0, broken, "record-life", "restart_offsets_changed", 1), .metric("offsets", 1, broken, "record-life", "crash_offsets_reused", 10),
    .metric("offsets", 2, broken, "record-life", "compaction_offsets_out_of_order", 4), .metric("offsets", 3, broken, "record-life", "retention_offsets_changed", 2),
    .metric("offsets", 3, missing, "record-life", "retention_offsets_read", 0),
    .metric("cleanup", 0, broken, "record-life", "retention_bytes_left", 0.9e9), .metric("cleanup", 0, broken, "record-life", "retention_bytes_left", 1.3e9),
    .metric("cleanup", 1, broken, "record-life", "retention_young_records_gone", 7), .metric("cleanup", 1, broken, "record-life", "retention_old_records_left", 7),
    .metric("cleanup", 2, broken, "record-life", "compaction_stale_records", 1), .metric("cleanup", 2, broken, "record-life", "compaction_keys_without_latest", 1),
    .metric("cleanup", 3, condition, "compaction", "append_beside_compaction", 0.4, 0.35...0.45), .metric("cleanup", 3, noisy, "compaction", "append_beside_compaction", 0.8, 0.7...0.9),
    Flip(claim: "cleanup", part: 3, word: broken, what: "held or not") {
        $0.set("compaction", "append_beside_compaction", 0.4)
        $0.set("compaction", "append_beside_held_compaction", 0.5)
    },
    .load("cleanup", 4, broken, "retention", "slower with retention") { $0.latency = 900_000 },
    .metric("own-cache", 0, broken, "own-cache", "page_cache_to_own_cache", 0.7, 0.6...0.8), .metric("own-cache", 0, noisy, "own-cache", "page_cache_to_own_cache", 1, 0.9...1.1),
    .withoutGroup("own-cache", 0, "cache_limit"), .withoutGroup("own-cache", 1, "cache_limit"), .withoutGroup("own-cache", 2, "cache_limit"),
    .withoutGroup("own-cache", 3, "cache_limit"), .withoutGroup("own-cache", 4, "cache_limit"),
    .metric("own-cache", 1, noisy, "own-cache", "far_page_cache_to_own_cache", 1, 0.9...1.1), .metric("own-cache", 2, noisy, "own-cache", "own_cache_cpu_to_page_cache", 1, 0.9...1.1),
    .metric("own-cache", 3, noisy, "own-cache", "restart_read_page_cache_to_own_cache", 1.2, 0.8...2), .metric("own-cache", 4, noisy, "own-cache", "own_cache_resident", 131e6, 128e6...135e6),
    .metric("own-cache", 4, noisy, "own-cache", "page_cache_resident", 23e6, 10e6...30e6), .metric("own-cache", 5, noisy, "own-cache", "both_resident_growth_of_log", 91, 85...97),
    .metric("own-cache", 5, noisy, "own-cache", "both_page_cache_of_log", 91, 85...97),
    .metric("own-cache", 1, broken, "own-cache", "far_page_cache_to_own_cache", 0.7, 0.6...0.8), .metric("own-cache", 2, broken, "own-cache", "own_cache_cpu_to_page_cache", 0.8),
    .metric("own-cache", 3, broken, "own-cache", "restart_read_page_cache_to_own_cache", 0.5), .metric("own-cache", 4, broken, "own-cache", "own_cache_resident", 20e6),
    .metric("own-cache", 5, broken, "own-cache", "both_resident_growth_of_log", 3), .metric("own-cache", 5, broken, "own-cache", "both_page_cache_of_log", 40),
    .metric("memory-pressure", 0, broken, "memory-pressure", "flushed_log_last_to_first", 0.3), .metric("memory-pressure", 0, broken, "memory-pressure", "flushed_log_bytes", 800e6),
    .metric("memory-pressure", 0, noisy, "memory-pressure", "flushed_log_last_to_first", 0.9, 0.7...1.1),
    .metric("memory-pressure", 0, condition, "memory-pressure", "unflushed_log_last_to_first", 0.44, 0.4...0.5),
    .metric("memory-pressure", 0, condition, "memory-pressure", "unflushed_log_last_to_first", 0.9, 0.7...1.1),
    .metric("memory-pressure", 0, condition, "memory-pressure", "unflushed_log_bytes", 800e6),
    .without("memory-pressure", 0, condition, "memory-pressure", "unflushed_log_last_to_first"),
    .without("memory-pressure", 0, missing, "memory-pressure", "flushed_log_last_to_first"),
    .metric("memory-pressure", 1, broken, "memory-pressure", "memory_log_bytes", 1_073e6),
    .withoutGroup("memory-pressure", 0, "memory_limit"), .withoutGroup("memory-pressure", 1, "memory_limit"),
    .load("durability", 0, broken, "restart", "two lost") { $0.counters["audit_lost"] = 2 }, .load("durability", 1, broken, "restart", "two twice") { $0.counters["audit_duplicated"] = 2 },
    .metric("durability", 2, broken, "committed", "positions_resumed_elsewhere", 1),
    .metric("durability", 2, missing, "committed", "positions_resumed", 0), .metric("durability", 3, broken, "committed", "positions_changed", 1), .metric("price", 0, broken, "steady", "price_gigabyte_month", 0.000_001),
    Flip(claim: "durability", part: 4, word: broken, what: "an append that was waited for is lost") { $0.powerCut!.cuts[0].lost = 1 },
    Flip(claim: "durability", part: 4, word: broken, what: "a record stands elsewhere") { $0.powerCut!.cuts[0].failure = "record 4 acknowledged at 4, stands at 5" },
    Flip(claim: "durability", part: 4, word: noisy, what: "the control loses nothing") { stage in for n in 2...3 { stage.powerCut!.cuts[n].lost = 0 } },
    Flip(claim: "durability", part: 5, word: noisy, what: "the control loses only what the interval may lose, too") { $0.powerCut!.cuts[2].oldestLostMilliseconds = 1_400 },
    Flip(claim: "durability", part: 4, word: noisy, what: "no campaign") { $0.powerCut = nil },
    Flip(claim: "durability", part: 4, word: missing, what: "a campaign that ended early") { $0.powerCut!.cuts.removeFirst() },
    Flip(claim: "durability", part: 5, word: noisy, what: "the control loses nothing") { stage in for n in 2...3 { stage.powerCut!.cuts[n].lost = 0 } },
    Flip(claim: "durability", part: 5, word: broken, what: "older than window and slack") { $0.powerCut!.cuts[1].oldestLostMilliseconds = 1_600 },
    .load("price", 0, noisy, "steady", "CPU not readable") { $0.cpuSecondsPerGigabyte = nil },
]
