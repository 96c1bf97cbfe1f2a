// Questions about the device by itself, and about what stands against the engine.
internal import Foundation

extension MicrobenchInquiry {
    /// In order against at random, past the page cache.
    static func deviceOrder(_ isQuick: Bool) -> MicrobenchInquiry {
        let (mebibytes, seconds, rounds) = isQuick ? (512, 0.1, 7) : (2048, 0.25, 11)
        return MicrobenchInquiry(
            name: "device-order", arguments: ["device-order", "--mebibytes", "\(mebibytes)", "--seconds", "\(seconds)", "--rounds", "\(rounds)"],
            seconds: Double(rounds * 10) * seconds + Double(mebibytes) / 500, diskBytes: Int64(mebibytes) << 20, figures: { try FigureItems.metrics($0) })
    }

    /// The page cache against a cache of one's own.
    static func ownCache(_ isQuick: Bool) -> MicrobenchInquiry {
        let (mebibytes, pairs) = isQuick ? (128, 5) : (256, 9)
        return MicrobenchInquiry(
            name: "own-cache", arguments: ["own-cache", "--cache-mebibytes", "\(mebibytes)", "--pairs", "\(pairs)"],
            seconds: Double(pairs + 1) * Double(mebibytes) / 100, diskBytes: Int64(mebibytes) << 23, figures: { try FigureItems.metrics($0) })
    }

    /// A log on disk and one in memory, in less memory than they take.
    static func memoryPressure(_ isQuick: Bool) -> MicrobenchInquiry {
        let mebibytes = isQuick ? 256 : 1024
        return MicrobenchInquiry(
            name: "memory-pressure", arguments: ["memory-pressure", "--limit-mebibytes", "\(mebibytes)"], seconds: Double(mebibytes) / 50,
            diskBytes: Int64(mebibytes) << 23, figures: { try FigureItems.metrics($0) })
    }
}
