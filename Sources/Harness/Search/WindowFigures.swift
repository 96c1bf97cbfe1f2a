// What one measured window of a search showed, as far as an objective asks.
internal import Measurement
internal import Results

/// Times of one clock.
struct ClockFigures: Equatable {
    var readings: [Double: QuantileReading] = [:]
    /// Of those that enough requests, or polls, carry.
    var intervals: [QuantileInterval] = []
    /// Exact, nanoseconds; nil: there was nothing to time.
    var maximumNanoseconds: UInt64?
}

/// What a window showed, as far as an objective asks.
struct WindowFigures: Equatable {
    /// Records a second that the schedule intended.
    var offeredPerSecond: Double
    /// Response time, by quantile.
    var readings: [Double: QuantileReading] = [:]
    /// Of those that enough requests carry.
    var intervals: [QuantileInterval] = []
    /// Exact, nanoseconds; nil: nothing was acknowledged.
    var maximumNanoseconds: UInt64?
    /// From the intended send time until it was read; nil without readers.
    var endToEnd: ClockFigures?
    var lagMaximumRecords: UInt64?
    var lagSlope: ConfidenceInterval?
    var errors: UInt64 = 0
    var lateShare = 0.0
}

extension WindowFigures {
    /// Of the clock that a figure is of.
    func times(_ metric: SearchObjective.Metric) -> ClockFigures {
        metric.isEndToEnd ? endToEnd ?? ClockFigures() : ClockFigures(readings: readings, intervals: intervals, maximumNanoseconds: maximumNanoseconds)
    }
}

extension ClockFigures {
    func interval(_ quantile: Double) -> QuantileInterval? { intervals.first { $0.quantile == quantile } }
}

extension LoadOutcome {
    /// Times and lateness of one group of producers; what was read, and errors, of the whole load.
    ///
    /// - Parameters:
    ///   - rate: records a second that were offered by that group.
    ///   - searched: its place among the groups of producers.
    func figures(offered rate: Double, of searched: Int) -> WindowFigures {
        var figures = WindowFigures(offeredPerSecond: rate)
        for quantile in SearchTrial.quantiles { figures.readings[quantile] = response(at: quantile, of: searched) }
        figures.maximumNanoseconds = times("response", of: searched)?.maximumNanoseconds.map { UInt64(max(0, $0)) }
        if let read = histograms["end_to_end"] {
            var times = ClockFigures(maximumNanoseconds: read.maximumNanoseconds.map { UInt64(max(0, $0)) })
            for quantile in SearchTrial.quantiles { times.readings[quantile] = reading("end_to_end", at: quantile) }
            figures.endToEnd = times
        }
        // What readers are behind that are slow on purpose is no figure of the broker's.
        if facts.lagMaximumRecords != nil { (figures.lagMaximumRecords, figures.lagSlope) = (steady.lag?.maximumRecords, steady.lag?.slope) }
        figures.errors = steady.counters["errors"] ?? 0
        // A group that has a name has its schedule to itself.
        let schedule = groupFacts.isEmpty ? facts : groupFacts[searched]
        if let scheduled = schedule.scheduledEvents, scheduled > 0, let onTime = schedule.handedOverEvents {
            figures.lateShare = 1 - Double(min(onTime, scheduled)) / Double(scheduled)
        }
        return figures
    }

    /// Records a second acknowledged to a group of producers; of one among several, those intended in the window.
    func recordsPerSecond(of searched: Int) -> Double {
        guard groupFacts.count > 1, let records = group(searched)?.counters["acknowledged_records"],
            let nanoseconds = steady.counters["load_nanoseconds"], nanoseconds > 0
        else { return recordsPerSecond }
        return Double(records) / (Double(nanoseconds) / 1e9)
    }

    /// nil where groups are not told apart: all are one.
    private func group(_ searched: Int) -> LoadGroupRecord? { groupFacts.isEmpty ? nil : steady.groups?[searched] }

    /// Of `response` those of a group of producers.
    private func times(_ clock: String, of searched: Int) -> LatencyHistogram? {
        if clock == "response", let group = group(searched) { return group.histograms[clock] }
        return histograms[clock]
    }

    private func requests(of searched: Int) -> UInt64 { group(searched)?.counters["acknowledged_requests"] ?? acknowledgedRequests }

    private func response(at quantile: Double, of searched: Int) -> QuantileReading {
        guard let group = group(searched) else { return reading("response", at: quantile) }
        return (group.histograms["response"] ?? LatencyHistogram()).reading(
            at: quantile, hiccup: measurement.hiccup.merged, scheduleLag: group.histograms["schedule_lag"], events: requests(of: searched))
    }

    /// How sure the quantiles of a clock are.
    ///
    /// - Parameters:
    ///   - clock: `response`, of the group searched for, or `end_to_end`.
    ///   - searched: its place among the groups of producers.
    ///   - recorders: of the lanes that produced, or read.
    func intervals(_ clock: String, of searched: Int, _ recorders: [LatencyRecorder]) -> [QuantileInterval] {
        guard let times = times(clock, of: searched) else { return [] }
        let events = clock == "end_to_end" ? polls : requests(of: searched)
        return SearchTrial.quantiles.compactMap { quantile in
            guard let value = times.value(at: quantile) else { return nil }
            let seconds = secondsAround(value, of: recorders, seconds: times.windows.count) ?? []
            return times.interval(at: quantile, events: events, seconds: seconds)
        }
    }
}
