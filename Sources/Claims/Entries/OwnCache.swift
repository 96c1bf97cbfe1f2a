// l. The system's cache or one's own.
internal import Measurement
internal import Results

struct OwnCache: Claim {
    let letter = "l"
    let name = "own-cache"
    let sentence = "The operating system's page cache does better than a cache of one's own."
    let method = """
        The same writer with a reader a little behind it, in turns: once through the page cache, once past it (O_DIRECT) with as much memory \
        kept by the process itself. Then both processes begin again and read what they had.
        """
    let experiments = ["own-cache"]

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("Writing with a reader close behind is faster through the page cache.", of: "own-cache") { points in
                try Self.answer(points[0], ["page_cache_throughput", "own_cache_throughput"], "page_cache_to_own_cache")
            },
            evidence.finding("It takes less CPU per byte.", of: "own-cache") { points in
                try Self.answer(points[0], ["page_cache_cpu", "own_cache_cpu"], "own_cache_cpu_to_page_cache")
            },
            evidence.finding("After a restart of the process what was cached is read faster.", of: "own-cache", isEssential: false) { points in
                try Self.answer(points[0], ["page_cache_restart_read", "own_cache_restart_read"], "restart_read_page_cache_to_own_cache")
            },
            evidence.finding("The process itself stays smaller by the cache.", of: "own-cache", isEssential: false) { points in
                let figures = try ["page_cache_resident", "own_cache_resident", "cache_bytes"].map(points[0].metric)
                let (mine, own, cache) = (figures[0].value ?? 0, figures[1].value ?? 0, figures[2].value ?? 0)
                return Answer(figures, own - mine >= 0.9 * cache ? .holds : .doesNotHoldHere("it is smaller by \(ClaimText.figure(.measured("difference", own - mine, unit: "bytes", polarity: .neutral)))"))
            },
        ]
    }

    private static func answer(_ point: Evidence.Point, _ names: [String], _ name: String) throws -> Answer {
        let ratio = try point.metric(name)
        return Answer(try names.map(point.metric) + [ratio], ratio.verdict(atLeast: 1, otherwise: "\(ratio.label) is \(ClaimText.figure(ratio))"))
    }
}
