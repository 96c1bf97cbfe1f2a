// The clocks of a phase over a few seconds each.
internal import Measurement
internal import Results

enum LoadIntervals {
    /// - Parameters:
    ///   - clocks: of each lane, of the phase; lanes that keep no histograms of its seconds have none.
    ///   - seconds: of the phase.
    ///   - length: of an interval; the last may be shorter.
    static func records(_ clocks: [[String: LatencyRecorder]], seconds: Int, length: Int) -> [IntervalRecord] {
        let byClock = clocks.reduce(into: [String: [LatencyRecorder]]()) { all, lane in
            for (clock, recorder) in lane { all[clock, default: []].append(recorder) }
        }
        return stride(from: 0, to: seconds, by: length).map { first in
            let end = min(seconds, first + length)
            return IntervalRecord(
                firstSecond: first, seconds: end - first,
                clocks: byClock.compactMapValues { mergedInterval($0, seconds: first..<end) })
        }
    }
}
