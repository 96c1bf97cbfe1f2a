// Questions about the device by itself, and about what stands against the engine.
internal import Foundation

extension MicrobenchInquiry {
    /// In order against at random, past the page cache.
    static func deviceOrder(_ isQuick: Bool) -> MicrobenchInquiry {
        let (mebibytes, seconds, rounds) = isQuick ? (512, 0.1, 6) : (2048, 0.25, 11)
        return MicrobenchInquiry(
            name: "device-order", arguments: ["device-order", "--mebibytes", "\(mebibytes)", "--seconds", "\(seconds)", "--rounds", "\(rounds)"],
            seconds: Double(rounds * 10) * seconds + Double(mebibytes) / 500, diskBytes: Int64(mebibytes) << 20, figures: { try FigureItems.metrics($0) })
    }

    /// The page cache against a cache of one's own.
    static func ownCache(_ isQuick: Bool) -> MicrobenchInquiry {
        let (mebibytes, pairs) = isQuick ? (96, 3) : (256, 5)
        return MicrobenchInquiry(
            name: "own-cache", arguments: ["own-cache", "--cache-mebibytes", "\(mebibytes)", "--pairs", "\(pairs)"],
            // Four passes a pair, each of three times the cache.
            seconds: Double((pairs + 1) * 4 * 3 * mebibytes) / 700, diskBytes: Int64(mebibytes) << 23, figures: { try FigureItems.metrics($0) })
    }

    /// A log on disk and one in memory, in a control group of less memory than they take.
    static func memoryPressure(_ isQuick: Bool) -> MicrobenchInquiry {
        let (mebibytes, rounds) = isQuick ? (128, 3) : (512, 5)
        // On disk forced and not, and one in memory, which does not come that far.
        let logs = rounds * 2 + 1
        return MicrobenchInquiry(
            name: "memory-pressure", arguments: ["memory-pressure", "--limit-mebibytes", "\(mebibytes)", "--rounds", "\(rounds)"],
            // Four limits each, and one that makes memory ready.
            seconds: Double(mebibytes * 4 * logs) / 600 + Double(mebibytes * logs) / 1_000,
            diskBytes: Int64(mebibytes) << 23, figures: { try FigureItems.metrics($0) })
    }
}
