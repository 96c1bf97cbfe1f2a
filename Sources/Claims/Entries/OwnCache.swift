// l. The system's cache or one's own.
internal import Measurement
internal import Results

struct OwnCache: Claim {
    let letter = "l"
    let name = "own-cache"
    let sentence = "The operating system's page cache does better than a cache of one's own."
    let method = """
        The same writer with a reader a little behind it, in turns: once through the page cache, once past it (O_DIRECT) with as much memory \
        kept by the process itself, each in a control group that holds the cache and little more; where none may be made memory is not equal, and nothing that \
        compares the two is decided. CPU is that of the whole machine, kernel threads that write back among it. Then with a reader that is farther behind than either cache reaches. Then both processes begin again and read what they had. Last, one \
        that does both, without a group: what is kept twice has to be seen, or the page cache's claim to keep it once is worth nothing.
        """
    let experiments = ["own-cache"]

    /// Of a log, that is in a place.
    private static let twicePercent = 90.0
    /// Of the cache, that the process does without.
    private static let smallerPercent = 90.0

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("Writing with a reader close behind is faster through the page cache.", of: "own-cache") { points in
                try Self.answer(points[0], ["cache_limit", "page_cache_throughput", "own_cache_throughput"], "page_cache_to_own_cache")
            },
            evidence.finding("So it is with a reader that is farther behind than the cache reaches.", of: "own-cache", isEssential: false) { points in
                let names = ["cache_limit", "far_page_cache_throughput", "far_own_cache_throughput", "far_page_cache_hits", "far_own_cache_hits"]
                return try Self.answer(points[0], names, "far_page_cache_to_own_cache")
            },
            evidence.finding("It takes less of the machine's CPU per byte.", of: "own-cache") { points in
                try Self.answer(points[0], ["cache_limit", "page_cache_cpu", "own_cache_cpu"], "own_cache_cpu_to_page_cache")
            },
            evidence.finding("After a restart of the process what was cached is read faster.", of: "own-cache", isEssential: false) { points in
                try Self.answer(points[0], ["cache_limit", "page_cache_restart_read", "own_cache_restart_read"], "restart_read_page_cache_to_own_cache")
            },
            evidence.finding("The process itself stays smaller by the cache.", of: "own-cache", isEssential: false) { points in
                let figures = try ["cache_limit", "page_cache_resident", "own_cache_resident", "cache_bytes"].map(points[0].metric)
                let smaller = try Self.smaller(figures[1], than: figures[2], by: figures[3])
                return Answer(figures + [smaller], smaller.verdict(atLeast: Self.smallerPercent, otherwise: "it is smaller by \(ClaimText.figure(smaller)) of the cache"))
            },
            evidence.finding("A process that keeps a cache beside the page cache keeps everything twice, and that is seen.", of: "own-cache", isEssential: false) { points in
                let (growth, cached) = (try points[0].metric("both_resident_growth_of_log"), try points[0].metric("both_page_cache_of_log"))
                let otherwise = "a log is \(ClaimText.figure(cached)) in the page cache, and its process grew by \(ClaimText.figure(growth)) of it"
                let found = growth.verdict(atLeast: Self.twicePercent, otherwise: otherwise)
                return Answer([growth, cached], found == .holds ? cached.verdict(atLeast: Self.twicePercent, otherwise: otherwise) : found)
            },
        ]
    }

    /// How much smaller one process is than another, as far apart as both intervals allow.
    private static func smaller(_ one: Metric, than other: Metric, by cache: Metric) throws -> Metric {
        guard let mine = one.value, let theirs = other.value, let whole = cache.value, whole > 0 else { throw Unanswered.ours("there was no cache") }
        func share(_ bytes: Double) -> Double { 100 * bytes / whole }
        var interval: ConfidenceInterval?
        if let known = one.interval ?? other.interval {
            let least = (other.interval?.lower ?? theirs) - (one.interval?.upper ?? mine)
            let most = (other.interval?.upper ?? theirs) - (one.interval?.lower ?? mine)
            interval = ConfidenceInterval(
                estimate: share(theirs - mine), lower: share(least), upper: share(most), method: known.method,
                samples: min(known.samples, other.interval?.samples ?? known.samples))
        }
        return .measured("process_smaller_by_of_cache", share(theirs - mine), unit: "%", polarity: .neutral, interval: interval)
    }

    private static func answer(_ point: Evidence.Point, _ names: [String], _ name: String) throws -> Answer {
        let ratio = try point.metric(name)
        return Answer(try names.map(point.metric) + [ratio], ratio.verdict(atLeast: 1, otherwise: "\(ratio.label) is \(ClaimText.figure(ratio))"))
    }
}
