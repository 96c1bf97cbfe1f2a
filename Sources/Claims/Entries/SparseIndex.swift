// e. The index.
internal import Measurement
internal import Results

struct SparseIndex: Claim {
    let letter = "e"
    let name = "sparse-index"
    let sentence = "An append-only log needs only a simple sparse index: a lookup costs hardly more in a large log than in a small one."
    let method = "Random offsets are looked up in logs of several sizes, their segments all alike, all pages warm, in the engine."
    let experiments = ["lookup"]

    /// What a lookup may cost in the largest log, times what it costs in the smallest.
    private static let mostGrowth = 2.0
    private static let mostIndexPercent = 1.0

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("From the smallest log to the largest the cost of a lookup does not double.", of: "lookup") { points in
                let growth = try points[0].metric("lookup_growth")
                let (smallest, largest) = (try points[0].metric("lookup_smallest_log"), try points[0].metric("lookup_largest_log"))
                let between = points[0].shown { $0.hasPrefix("lookup_") && $0.hasSuffix("_segments") }
                let figures = try [points[0].metric("log_growth"), smallest] + between + [largest, growth]
                return Answer(figures, growth.verdict(atMost: Self.mostGrowth, otherwise: "a lookup costs \(ClaimText.figure(growth)) as much in a log of \(ClaimText.figure(figures[0])) the size"))
            },
            evidence.finding("The index takes at most a hundredth of the log.", of: "lookup", isEssential: false) { points in
                let share = try points[0].metric("index_of_log")
                return Answer([share], share.verdict(atMost: Self.mostIndexPercent, otherwise: "it takes \(ClaimText.figure(share))"))
            },
        ]
    }
}
