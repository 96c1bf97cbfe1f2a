// What a run's page-cache curves say to claim c: hit rates of readers with a delay, and while a cache warms up.
internal import Host
internal import Measurement
internal import Results

struct CacheCurves {
    private let headline: HitRateHeadline
    private let run: String

    /// Percent beside what of a circle can be in memory: when the broker looks at a fetch it has read a header or two of it, and the page that
    /// it shares with the one before.
    private static let controlMargin = 20.0
    /// Of the delay that was asked for: with less of it a consumer is at the end of the log, whose pages nobody can miss.
    private static let leastOfDelay = 0.5
    /// Passes over the log in which a cache has to be warm, the stretch between two looks included.
    private static let mostPasses = 1.1
    /// Of a curve, that stand among the figures.
    private static let figuresMaximum = 8

    init(_ point: Evidence.Point) throws {
        guard let headline = point.record.headlines.hitRate else { throw Unanswered.ours("\(point.run) looked at no page cache") }
        self.headline = headline
        run = point.run
    }

    /// The consumer that stayed behind a producer.
    ///
    /// - Parameter percent: of what it gets within the cache's reach, from memory.
    func live(served percent: Double) throws -> Answer {
        let curve = try lagCurve()
        let control = try control(of: curve, below: percent)
        guard let live = curve.live else { throw Unanswered.ours("\(run) has no consumer that stays behind a producer") }
        guard live.foundShare >= Self.leastOfDelay * live.lagShare, live.foundShare < 1 else {
            throw Unanswered.ours("\(run) kept its consumer \(fixed(live.foundShare, 2)) caches behind, not \(fixed(live.lagShare, 2))")
        }
        let behind = Metric.measured("caches behind in the end", live.foundShare, unit: "", polarity: .neutral)
        let rate = live.hitRate.renamed("hit rate of the consumer")
        return Answer(
            [Self.bytes(curve), behind, rate, control], rate.verdict(atLeast: percent, otherwise: "\(ClaimText.figure(rate)) came out of memory"))
    }

    /// The reader that goes round the newest part of a log that stands still.
    ///
    /// - Parameter percent: of what it gets within the cache's reach, from memory.
    func circle(served percent: Double) throws -> Answer {
        let curve = try lagCurve()
        let control = try control(of: curve, below: percent)
        guard let near = curve.points.last(where: { $0.lagShare < 1 }) else { throw Unanswered.ours("\(run) has no reader within the cache") }
        let rate = Self.rate(near)
        return Answer([Self.bytes(curve), rate, control], rate.verdict(atLeast: percent, otherwise: "\(ClaimText.figure(rate)) came out of memory"))
    }

    private func lagCurve() throws -> CacheLagCurve {
        guard let curve = headline.lagCurve else { throw Unanswered.ours("\(run) has no reader with a delay") }
        guard curve.points.isEmpty, let reason = curve.notes.first else { return curve }
        throw Unanswered.here(reason)
    }

    /// Percent that a reader may find of a circle of so many caches: what is resident of it at most, and what the instrument adds.
    private static func mostHits(_ caches: Double) -> Double { 100 / caches + controlMargin }

    /// The farthest reader, who tells that the cache has a bound and that misses are seen.
    ///
    /// - Parameter percent: that the others are held to: a control that may reach it tells nothing.
    private func control(of curve: CacheLagCurve, below percent: Double) throws -> Metric {
        guard curve.readahead == "off" else { throw Unanswered.ours("\(run) was read ahead: what is on the disk was found, too") }
        guard let far = curve.points.max(by: { $0.lagShare < $1.lagShare }), Self.mostHits(far.lagShare) < percent else {
            throw Unanswered.ours("\(run) has no reader beyond the cache's end")
        }
        let (rate, most) = (Self.rate(far, " (the control)"), Self.mostHits(far.lagShare))
        guard let found = rate.value, found <= most else {
            throw Unanswered.here("\(ClaimText.figure(rate)) were in memory of what lies \(fixed(far.lagShare, 2)) caches behind, where at most \(fixed(most, 0)) % can be: the cache was not bounded")
        }
        return rate
    }

    private static func rate(_ point: CacheLagPoint, _ role: String = "") -> Metric {
        point.hitRate.renamed("hit rate within \(fixed(point.lagShare, 2)) caches of the end\(role)")
    }

    private static func bytes(_ curve: CacheLagCurve) -> Metric {
        .measured("cache_bytes", Double(curve.cacheBytes), unit: "bytes", polarity: .neutral)
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
