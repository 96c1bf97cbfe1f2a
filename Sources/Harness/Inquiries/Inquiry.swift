// What a profile can ask besides a load and the headlines: `headlines.ask: [lookup]`.

/// A question with figures of its own, which stand among the run's other figures.
package enum Inquiry: String, Sendable, CaseIterable {
    // Asked of `microbench`: the device, the engine, and what stands against it.
    case deviceOrder = "device-order"
    case storedSize = "stored-size"
    case lookup
    case removal
    case recordLife = "record-life"
    case compaction
    case ownCache = "own-cache"
    case memoryPressure = "memory-pressure"
    // Asked of a broker.
    case warmUp = "warm-up"
    case keys
    case committed
    case disks

    /// How it is found out; the quick tier takes fewer and shorter passes.
    func measurement(_ tier: Profile.Tier) -> any HeadlineMeasurement {
        let isQuick = tier == .quick
        return switch self {
        case .deviceOrder: MicrobenchInquiry.deviceOrder(isQuick)
        case .storedSize: MicrobenchInquiry.storedSize(isQuick)
        case .lookup: MicrobenchInquiry.lookup(isQuick)
        case .removal: MicrobenchInquiry.removal(isQuick)
        case .recordLife: MicrobenchInquiry.recordLife(isQuick)
        case .compaction: MicrobenchInquiry.compaction(isQuick)
        case .ownCache: MicrobenchInquiry.ownCache(isQuick)
        case .memoryPressure: MicrobenchInquiry.memoryPressure(isQuick)
        case .warmUp: WarmUpInquiry(logBytes: isQuick ? 128 << 20 : 512 << 20, rounds: 3)
        case .keys: KeysInquiry(records: isQuick ? 50_000 : 500_000)
        case .committed: CommittedInquiry(restarts: isQuick ? 3 : 10, deaths: isQuick ? 2 : 4)
        case .disks: DisksInquiry(pairs: isQuick ? 3 : 5, steadyNanoseconds: isQuick ? 1_000_000_000 : 3_000_000_000)
        }
    }

    /// Whether `microbench` answers it.
    var isOfMicrobench: Bool {
        switch self {
        case .warmUp, .keys, .committed, .disks: false
        default: true
        }
    }
}
