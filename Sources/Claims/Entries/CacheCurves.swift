// What a run's page-cache curves say to claim c: hit rates against a reader's delay, and while a cache warms up.
internal import Host
internal import Measurement
internal import Results

struct CacheCurves {
    private let headline: HitRateHeadline
    private let run: String

    /// Of a reader that the cache does not reach: more, and the cache was not bounded.
    private static let beyondPercent = 50.0
    /// Passes over the log in which a cache has to be warm, the stretch between two looks included.
    private static let mostPasses = 1.1
    /// Of a curve, that stand among the figures.
    private static let figuresMaximum = 8

    init(_ point: Evidence.Point) throws {
        guard let headline = point.record.headlines.hitRate else { throw Unanswered.ours("\(point.run) looked at no page cache") }
        self.headline = headline
        run = point.run
    }

    /// - Parameter percent: of what a reader gets within the cache's reach, from memory.
    func delay(served percent: Double) throws -> Answer {
        guard let curve = headline.lagCurve else { throw Unanswered.ours("\(run) has no reader with a delay") }
        guard let near = curve.points.last(where: { $0.lagShare < 1 }), let far = curve.points.first(where: { $0.lagShare > 1 }) else {
            guard curve.points.isEmpty, let reason = curve.notes.first else { throw Unanswered.ours("\(run) has no reader on either side of the cache's end") }
            throw Unanswered.here(reason)
        }
        let figures = [near, far].map { point in
            point.hitRate.renamed("hit rate \(fixed(point.lagShare, 2)) caches behind")
        }
        guard let beyond = figures[1].value, beyond <= Self.beyondPercent else {
            throw Unanswered.here("\(ClaimText.figure(figures[1])) were in memory of what lies \(fixed(far.lagShare, 2)) caches behind: the cache was not bounded")
        }
        let bytes = Metric.measured("cache_bytes", Double(curve.cacheBytes), unit: "bytes", polarity: .neutral)
        return Answer([bytes] + figures, figures[0].verdict(atLeast: percent, otherwise: "\(ClaimText.figure(figures[0])) came out of memory"))
    }

    /// - Parameter percent: of a stretch, from memory, that make a cache warm.
    func warmUp(served percent: Double) throws -> Answer {
        // The one from an empty cache; a restart of the broker empties none.
        guard let curve = headline.warmUps?.last, !curve.points.isEmpty else { throw Unanswered.ours("\(run) has no warm-up") }
        let step = (curve.points.count + Self.figuresMaximum - 1) / Self.figuresMaximum
        let stretches = stride(from: 0, to: curve.points.count, by: step).map { place in
            let point = curve.points[place]
            let name = "hit rate of the stretch up to \(fixed(point.passes, 2)) times over the log"
            return point.hitRate.map { Metric.measured(name, $0, unit: "%", polarity: .higherIsBetter) }
                ?? Metric.unavailable(name, unit: "%", polarity: .higherIsBetter, reason: "nothing was sampled")
        }
        let start = Metric.measured("in memory at the start, \(curve.state)", curve.residentBefore, unit: "%", polarity: .neutral)
        guard let passes = curve.passesUntilWarm(percent) else {
            return Answer([start] + stretches, .doesNotHoldHere("\(fixed(curve.points.last?.passes ?? 0, 1)) times over the log did not warm it up"))
        }
        let warm = Metric.measured("times over the log until warm", passes, unit: "", polarity: .lowerIsBetter)
        return Answer([start, warm] + stretches, warm.verdict(atMost: Self.mostPasses, otherwise: "it took \(ClaimText.figure(warm)) times over the log"))
    }
}
