// A probe's readings of one phase of a run.
internal import Host
internal import Measurement
internal import Results

/// What lies between two instants of the common axis, and how exactly it is known.
struct PhaseReadings {
    /// From the line nearest to the phase's start to the one nearest to its end.
    let lines: ArraySlice<ProbeLine>
    /// Interpolated at the phase's borders.
    let cpuSeconds: Double
    /// How far the true CPU may be from that, as a share of it.
    let cpuUncertaintyShare: Double

    private struct Point {
        let position: UInt64
        let cpuNanoseconds: UInt64
    }

    /// Between two readings of one phase; longer, and the probe stood still.
    static let gapMaximumNanoseconds: UInt64 = 3_000_000_000
    /// Between two readings the wall clock may be slewed so far against the monotonic one; more, and it was set.
    static let clockStepMaximumNanoseconds: UInt64 = 100_000_000

    /// - Parameters:
    ///   - phase: its name, for errors.
    ///   - start, end: on the axis of `bridge`.
    /// - Throws: `ProbeError`.
    init(_ lines: [ProbeLine], _ bridge: ClockBridge, phase: String, from start: UInt64, to end: UInt64) throws(ProbeError) {
        let positions = lines.map { bridge.position(ofProbe: $0.process.time, $0.clocks) }
        try Self.checkCoverage(positions, bridge.uncertaintyNanoseconds, phase, start, end)
        let first = Self.nearest(positions, to: start), last = Self.nearest(positions, to: end)
        guard first < last else { throw .notCovered(phase: phase, reason: "there is no reading between its start and its end") }
        try Self.checkEvenness(lines[first...last], bridge, phase)
        self.lines = lines[first...last]
        let points = Self.points(lines, bridge)
        let apart = bridge.uncertaintyNanoseconds
        let used = Self.value(points, at: end) - Self.value(points, at: start)
        // The counter never falls: at an instant it is not below the last reading before it, nor above the next one.
        let most = Self.next(points, from: end + apart) - Self.last(points, upTo: start - apart)
        let least = Self.last(points, upTo: end - apart) - Self.next(points, from: start + apart)
        cpuSeconds = used / 1e9
        cpuUncertaintyShare = used > 0 ? max(most - used, used - least) / used : 0
    }

    private static func checkCoverage(_ positions: [UInt64], _ apart: UInt64, _ phase: String, _ start: UInt64, _ end: UInt64) throws(ProbeError) {
        func seconds(_ from: UInt64, _ to: UInt64) -> String { "\(fixed(Double(to - from) / 1e9, 1)) s" }
        func refuse(_ reason: String) -> ProbeError { .notCovered(phase: phase, reason: reason) }
        let doubt = ", and the clocks of the two machines may be \(Duration.text(nanoseconds: apart)) apart"
        guard let first = positions.first, let last = positions.last else { throw refuse("it has no reading within a minute of the run") }
        if last < start { throw refuse("it ended \(seconds(last, start)) before the phase began") }
        if first > end { throw refuse("it began \(seconds(end, first)) after the phase had ended") }
        if first > start { throw refuse("it began \(seconds(start, first)) after the phase did") }
        if last < end { throw refuse("it ended \(seconds(last, end)) before the phase did") }
        if start - first < apart { throw refuse("it began \(seconds(first, start)) before the phase did" + doubt) }
        if last - end < apart { throw refuse("it ended \(seconds(end, last)) after the phase did" + doubt) }
    }

    private static func checkEvenness(_ lines: ArraySlice<ProbeLine>, _ bridge: ClockBridge, _ phase: String) throws(ProbeError) {
        for (one, next) in zip(lines, lines.dropFirst()) {
            let gap = next.process.time - one.process.time
            guard gap <= gapMaximumNanoseconds else {
                throw .notCovered(phase: phase, reason: "\(fixed(Double(gap) / 1e9, 1)) s lie between two of its readings")
            }
            guard bridge.clock == .wallClocks else { continue }
            let step = (next.clocks.offset &- one.clocks.offset).magnitude
            guard step <= clockStepMaximumNanoseconds else {
                throw .clocks("the wall clock of the broker's machine was set by \(fixed(Double(step) / 1e6, 0)) ms while the phase ‘\(phase)’ went on")
            }
        }
    }

    private static func nearest(_ positions: [UInt64], to time: UInt64) -> Int {
        positions.indices.min { distance(positions[$0], time) < distance(positions[$1], time) }!
    }

    private static func distance(_ one: UInt64, _ other: UInt64) -> UInt64 { one > other ? one - other : other - one }

    /// Marks and lines, in order, the counter never falling: what a process that ended had used since the last line is lost.
    private static func points(_ lines: [ProbeLine], _ bridge: ClockBridge) -> [Point] {
        var points: [Point] = []
        for line in lines {
            for mark in line.marks + [.init(time: line.process.time, cpuNanoseconds: line.process.cpuNanoseconds)] {
                let position = bridge.position(ofProbe: mark.time, line.clocks)
                guard position > points.last?.position ?? 0 else { continue }
                points.append(Point(position: position, cpuNanoseconds: max(mark.cpuNanoseconds, points.last?.cpuNanoseconds ?? 0)))
            }
        }
        return points
    }

    /// The last point at or before `time`; the first where there is none.
    private static func index(_ points: [Point], upTo time: UInt64) -> Int {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].position <= time { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    private static func last(_ points: [Point], upTo time: UInt64) -> Double { Double(points[index(points, upTo: time)].cpuNanoseconds) }

    private static func next(_ points: [Point], from time: UInt64) -> Double {
        let before = index(points, upTo: time)
        let isThere = points[before].position >= time
        return Double(points[isThere ? before : min(before + 1, points.count - 1)].cpuNanoseconds)
    }

    private static func value(_ points: [Point], at time: UInt64) -> Double {
        let before = points[index(points, upTo: time)]
        let after = points[min(index(points, upTo: time) + 1, points.count - 1)]
        guard after.position > before.position, time > before.position else { return Double(before.cpuNanoseconds) }
        let share = Double(time - before.position) / Double(after.position - before.position)
        return Double(before.cpuNanoseconds) + Double(after.cpuNanoseconds - before.cpuNanoseconds) * min(1, share)
    }
}
