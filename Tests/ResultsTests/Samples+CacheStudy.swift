// A record of everything that is asked of the page cache and of zero-copy.
import Measurement

@testable import Results

extension Sample {
    private static func cells(_ p50: UInt64, _ p99: UInt64?) -> [QuantileCell] {
        [
            QuantileCell(quantile: 0.5, reading: .measured(nanoseconds: p50, bound: nil, episodes: nil)),
            QuantileCell(quantile: 0.99, reading: p99.map { .measured(nanoseconds: $0, bound: nil, episodes: nil) } ?? .unavailable(samples: 812)),
        ]
    }

    private static func point(_ share: Double, hits: Double, device: Double, speed: Double, fetchP99: UInt64?, producerP99: UInt64) -> CacheLagPoint {
        CacheLagPoint(
            lagShare: share, lagBytes: UInt64(share * 200 * 1_048_576), residentBefore: 22.4, hitRate: figure(hits, "%", (hits - 0.4, hits + 0.4)),
            deviceShare: figure(device, "%"), throughput: figure(speed, "MB/s"), fetch: cells(180_000, fetchP99), producer: cells(210_000, producerP99),
            samplingCost: figure(share / 2, "%"), prefetch: figure(device / 2, "%"))
    }

    static let lagCurve = CacheLagCurve(
        controlGroup: 1, limitBytes: 256 << 20, cacheBytes: 200 << 20, producerRecordsPerSecond: 5_000, recordBytes: 1_024, fetchBytes: 256 << 10, alone: cells(150_000, 900_000),
        points: [
            point(0.5, hits: 99.6, device: 0.2, speed: 1_420, fetchP99: 410_000, producerP99: 1_900_000),
            point(4, hits: 48.3, device: 103, speed: 610, fetchP99: nil, producerP99: 24_000_000),
        ], cpuByProcess: 12.5, cpuByControlGroup: 12.54, notes: ["one in four fetches sampled"])

    /// The finished run with all of it.
    static func cacheStudy() -> RunRecord {
        var record = finished()
        record.headlines.hitRate!.rows.append(
            HitRateRow(
                state: "25 % resident", group: "reader", byBroker: figure(25.2, "%"), byProcess: figure(24.8, "%"), byDevice: figure(24.8, "%"), bytesServed: 536_870_912,
                readahead: "on", prefetchShare: 0.004, agreement: "agree within 0.4 points", agrees: true, expected: figure(25, "%")))
        record.headlines.hitRate!.lagCurve = lagCurve
        record.headlines.hitRate!.lagCurve!.live = live
        record.headlines.hitRate!.warmUps = [
            CacheWarmUp(state: "after a restart of the broker", residentBefore: 100, points: [.init(seconds: 0.1, passes: 1, hitRate: 100, megabytesPerSecond: 5_000)]),
            CacheWarmUp(
                state: "guest-cold", residentBefore: 0,
                points: [
                    .init(seconds: 0.2, passes: 0.5, hitRate: 48, megabytesPerSecond: 900), .init(seconds: 0.4, passes: 1, hitRate: 52, megabytesPerSecond: 900),
                    .init(seconds: 0.5, passes: 2, hitRate: 100, megabytesPerSecond: 5_100),
                ]),
        ]
        record.headlines.hitRate!.doubleCaching = DoubleCaching(
            logInCacheBefore: 0, logInCacheAfter: 512 << 20, residentBefore: 20 << 20, residentHighest: 21 << 20)
        record.headlines.zeroCopy!.bestCopyOverC = figure(1.02, "x", (0.99, 1.04))
        record.headlines.zeroCopy!.fetchBytes = 1 << 20
        record.headlines.zeroCopy!.consumers = 1
        record.headlines.zeroCopy!.data = "page cache"
        for index in record.headlines.zeroCopy!.modes.indices {
            record.headlines.zeroCopy!.modes[index].fetchP50 = figure(Double(90 + index) * 1_000, "ns")
            record.headlines.zeroCopy!.modes[index].fetchP99 = absent("ns", "n/a (812 samples)")
            record.headlines.zeroCopy!.modes[index].syscallsPerGB = figure(Double(2_000 + index), "count", (1_990, 2_010))
            record.headlines.zeroCopy!.modes[index].contextSwitchesPerGB = figure(12, "count")
            record.headlines.zeroCopy!.modes[index].cpuSecondsPerGBWithUnattributed = figure(0.06 + 0.05 * Double(index), "CPU-s/GB", (0.05, 0.2))
            record.headlines.zeroCopy!.modes[index].userSecondsPerGB = figure(0.002, "CPU-s/GB", (0.001, 0.003))
            record.headlines.zeroCopy!.modes[index].systemSecondsPerGB = figure(0.05 + 0.05 * Double(index), "CPU-s/GB", (0.04, 0.2))
            record.headlines.zeroCopy!.modes[index].clientShare = figure(Double(41 + index), "%", (40, 44))
        }
        record.headlines.zeroCopy!.bareSplice = ModeRow(mode: "C splice", cpuSecondsPerGB: figure(0.0491, "CPU-s/GB", (0.0488, 0.0494)), throughput: figure(10.7, "GB/s"))
        record.headlines.zeroCopy!.spliceOverBare = figure(0.977, "x", (0.969, 0.985))
        record.headlines.zeroCopy!.defaultMode = "splice"
        record.headlines.zeroCopy!.costRatios = [
            ("splice", "copy 64 KiB", 0.333, (0.328, 0.339)), ("splice", "copy 1 MiB", 0.597, (0.583, 0.612)), ("splice", "floor", 1.12, (1.1, 1.13)),
            ("copy 64 KiB", "copy 1 MiB", 1.79, (1.77, 1.82)), ("copy 64 KiB", "floor", 3.35, (3.32, 3.38)), ("copy 1 MiB", "floor", 1.87, (1.84, 1.89)),
        ].map { CostRatio(mode: $0, over: $1, ratio: figure($2, "x", $3)) }
        record.headlines.zeroCopy!.comparisons[0].savingWithUnattributed = figure(61.2, "%", (59.8, 62.5))
        record.headlines.zeroCopy!.comparisons[0].latencyRatio = figure(0.41, "x", (0.40, 0.42))
        record.headlines.zeroCopy!.comparisons[0].latencyP99Ratio = figure(0.52, "x", (0.48, 0.56))
        record.headlines.zeroCopy!.comparisons[0].syscallRatio = figure(0.06, "x")
        record.headlines.zeroCopy!.comparisons[0].contextSwitchRatio = figure(0.9, "x")
        record.headlines.latency!.rows[1].placed = placed
        record.headlines.latency!.rows[1].interrupts = interrupts
        return record
    }

    static let live = LiveLag(
        lagShare: 0.5, foundShare: 0.4925, producerRecordsPerSecond: 13_000, bytesRead: 52 << 20, hitRate: figure(99.8, "%"), prefetch: absent("%", "not readable"))
    static let placed = [
        PlacedPart(part: "broker threads", share: 0.998, looks: 21), PlacedPart(part: "client memory", share: 1),
        PlacedPart(part: "disk", share: nil, note: "vda hangs on no node that the kernel knows"),
    ]
    static let interrupts = [
        InterruptRecord(source: "LOC Local timer interrupts", onBroker: 2_500, onClient: 2_400),
        InterruptRecord(source: "25 PCI-MSI 49152-edge virtio0-req.0", onBroker: 120, onClient: 3, affinity: "0-1"),
    ]
}
