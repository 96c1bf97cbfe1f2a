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
    /// - Parameter rate: records a second that were offered.
    func figures(offered rate: Double) -> WindowFigures {
        var figures = WindowFigures(offeredPerSecond: rate)
        for quantile in SearchTrial.quantiles { figures.readings[quantile] = reading("response", at: quantile) }
        figures.maximumNanoseconds = histograms["response"]?.maximumNanoseconds.map { UInt64(max(0, $0)) }
        if let read = histograms["end_to_end"] {
            var times = ClockFigures(maximumNanoseconds: read.maximumNanoseconds.map { UInt64(max(0, $0)) })
            for quantile in SearchTrial.quantiles { times.readings[quantile] = reading("end_to_end", at: quantile) }
            figures.endToEnd = times
        }
        // What readers are behind that are slow on purpose is no figure of the broker's.
        if facts.lagMaximumRecords != nil { (figures.lagMaximumRecords, figures.lagSlope) = (steady.lag?.maximumRecords, steady.lag?.slope) }
        figures.errors = steady.counters["errors"] ?? 0
        // A group that has a name has its schedule to itself.
        let schedule = groupFacts.first ?? facts
        if let scheduled = schedule.scheduledEvents, scheduled > 0, let onTime = schedule.handedOverEvents {
            figures.lateShare = 1 - Double(min(onTime, scheduled)) / Double(scheduled)
        }
        return figures
    }

    /// How sure the quantiles of a clock are.
    ///
    /// - Parameters:
    ///   - clock: `response` or `end_to_end`.
    ///   - recorders: of the lanes that produced, or read.
    func intervals(_ clock: String, _ recorders: [LatencyRecorder]) -> [QuantileInterval] {
        guard let times = histograms[clock] else { return [] }
        let events = clock == "end_to_end" ? polls : acknowledgedRequests
        return SearchTrial.quantiles.compactMap { quantile in
            guard let value = times.value(at: quantile) else { return nil }
            let seconds = secondsAround(value, of: recorders, seconds: times.windows.count) ?? []
            return times.interval(at: quantile, events: events, seconds: seconds)
        }
    }
}
