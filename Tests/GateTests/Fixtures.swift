@testable import Gate

let throughput = GatedMetric("throughput", unit: "MB/s", polarity: .higherIsBetter, role: .gated)
let latency = GatedMetric("p99 ack", unit: "ms", polarity: .lowerIsBetter, role: .gated)
let syscalls = GatedMetric("syscalls", unit: "/rec", polarity: .lowerIsBetter, role: .counter, selftestSpread: 0.001)
let restless = GatedMetric("fsyncs", unit: "/rec", polarity: .lowerIsBetter, role: .counter, selftestSpread: 0.01)
let tail = GatedMetric("p99.9 ack", unit: "ms", polarity: .lowerIsBetter, role: .reported)

let calm = NoiseFacts(stealShare: 0.01, foreignStallShare: 0.02, calibrationRatio: 1.03)
let stolen = NoiseFacts(stealShare: 0.21, foreignStallShare: nil, calibrationRatio: nil)

func plan(_ metrics: [GatedMetric] = [throughput], seed: UInt64 = 7, thresholds: EffectThresholds = .time) throws -> GatePlan {
    try GatePlan(profile: "test", base: "3f2c1a", head: "9be710", metrics: metrics, seed: seed, thresholds: thresholds)
}

/// Values around `centre`, head's multiplied by `ratio`, each slice off by some `noise`.
struct Values {
    var random: GaussianRandom
    var noise = 0.02

    init(seed: UInt64, noise: Double = 0.02) {
        random = GaussianRandom(GateRandom(seed: seed))
        self.noise = noise
    }

    mutating func slices(_ centre: Double, ratio: Double) -> SliceValues {
        func value(_ scale: Double) -> Double { centre * scale * exponential(noise * random.next()) }
        return SliceValues(base: [value(1), value(1)], head: [value(ratio), value(ratio)])
    }
}

func constant(_ base: Double, _ head: Double) -> SliceValues { SliceValues(base: [base, base], head: [head, head]) }

extension GateCampaign {
    /// Runs groups until the campaign stops or has `count`.
    @discardableResult mutating func run(
        upTo count: Int = 100, noise: NoiseFacts = calm, _ values: (Int) -> [String: SliceValues]
    ) throws -> CampaignStep {
        while step == .runGroup, groups.count < count {
            let group = RestartGroup(
                index: nextIndex, attempt: attempts - 1, arrangement: nextArrangement, values: values(nextIndex), noise: noise, seconds: 20)
            _ = try record(group)
        }
        return step
    }
}

func campaign(_ metrics: [GatedMetric], ratio: Double, noise: Double = 0.02, seed: UInt64 = 1, upTo count: Int = 100) throws -> GateCampaign {
    var campaign = GateCampaign(plan: try plan(metrics))
    var values = Values(seed: seed, noise: noise)
    try campaign.run(upTo: count) { _ in
        Dictionary(uniqueKeysWithValues: metrics.map { ($0.name, values.slices(100, ratio: ratio)) })
    }
    return campaign
}
