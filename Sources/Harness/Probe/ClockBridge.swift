// How times of a run are found among a probe's readings.
internal import Measurement
internal import Results

/// One axis of time for both. On one boot of one machine that is the monotonic clock, which they share; else it is the wall
/// clock, which two machines have in common as far as something keeps theirs in step.
struct ClockBridge {
    let clock: ProbeRecord.Clock
    /// How far a time of the run may be from where it is looked for.
    let uncertaintyNanoseconds: UInt64
    private let start: ClockPair?
    private let end: ClockPair?

    /// - Parameter stated: how far the clocks may be apart, by somebody who measured it; nil: as the kernels say.
    /// - Throws: `ProbeError.clocks`, where nobody knows how far they are apart.
    init(_ record: RunRecord, _ recording: ProbeRecording, stated: UInt64?) throws(ProbeError) {
        let boot = "boot_hash"
        let ours = record.environment.runState[boot], theirs = recording.header.environment.runState[boot]
        if let ours, ours == theirs, ours != "unknown" {
            self.init(clock: .sameBoot, uncertaintyNanoseconds: 0, start: nil, end: nil)
            return
        }
        guard let clocks = record.clocks else {
            throw .clocks(
                "the run and the probe are of different machines or boots, and this result does not say what its times are by the wall clock: "
                    + "it was made by an older tidemark")
        }
        let pairs = [clocks.start] + [clocks.end].compactMap { $0 }
        let theirPairs = recording.lines.map(\.clocks)
        let width = (pairs + theirPairs).map(\.widthNanoseconds).max() ?? 0
        // What the wall clock moved against the monotonic one while the run went on.
        let drift = clocks.end.map { ($0.offset &- clocks.start.offset).magnitude } ?? 0
        guard let apart = stated ?? Self.apart(pairs, theirPairs) else {
            throw .clocks(
                "the run and the probe are of different machines or boots, and at least one of them has no clock that is kept in step (NTP), so nothing says how far "
                    + "apart the two are; measure it and say so with --clock-error, such as --clock-error 20ms")
        }
        let uncertainty = Self.sum(Self.sum(apart, width), drift)
        self.init(clock: .wallClocks, uncertaintyNanoseconds: uncertainty, start: clocks.start, end: clocks.end)
    }

    private init(clock: ProbeRecord.Clock, uncertaintyNanoseconds: UInt64, start: ClockPair?, end: ClockPair?) {
        self.clock = clock
        self.uncertaintyNanoseconds = uncertaintyNanoseconds
        self.start = start
        self.end = end
    }

    /// Both bounds together, by the worst reading of each side; nil where a kernel gave none.
    private static func apart(_ ours: [ClockPair], _ theirs: [ClockPair]) -> UInt64? {
        func worst(_ pairs: [ClockPair]) -> UInt64? {
            let errors = pairs.map(\.errorNanoseconds)
            return errors.contains(nil) ? nil : errors.compactMap { $0 }.max()
        }
        guard let ours = worst(ours), let theirs = worst(theirs) else { return nil }
        return sum(ours, theirs)
    }

    /// A file may say anything: beyond the largest number it stays there, and is refused as too far apart.
    private static func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let (sum, isOver) = one.addingReportingOverflow(other)
        return isOver ? .max : sum
    }

    /// Where a monotonic time of the run lies on the common axis.
    func position(ofRun time: UInt64) -> UInt64 {
        guard let start else { return time }
        var offset = start.offset
        if let end, end.monotonicNanoseconds > start.monotonicNanoseconds {
            // A clock that is slewed moves evenly.
            let share = (Double(time) - Double(start.monotonicNanoseconds)) / Double(end.monotonicNanoseconds - start.monotonicNanoseconds)
            offset &+= Int64(Double(end.offset &- start.offset) * share)
        }
        return time &+ UInt64(bitPattern: offset)
    }

    /// Where a monotonic time of the probe lies on it, that was read about when `pair` was.
    func position(ofProbe time: UInt64, _ pair: ClockPair) -> UInt64 {
        start == nil ? time : time &+ UInt64(bitPattern: pair.offset)
    }
}
