// m. Less memory than data.
internal import Measurement
internal import Results

struct MemoryPressure: Claim {
    let letter = "m"
    let name = "memory-pressure"
    let sentence = "Under memory pressure a log on disk stays steady while a log held in memory does not."
    let method = """
        A control group of memory, and four times as much data: the engine's log is appended to in it to the end, several times over, a log in memory until \
        it is full. Speed of the last quarter against that of the first.
        """
    let experiments = ["memory-pressure"]

    private static let leastRatio = 0.8

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("The log on disk takes all of it, and its last quarter at four fifths of the first's speed or more.", of: "memory-pressure") { points in
                let figures = try ["memory_limit", "disk_log_bytes", "disk_log_first_quarter", "disk_log_last_quarter", "disk_log_last_to_first"].map(points[0].metric)
                guard (figures[1].value ?? 0) > (figures[0].value ?? 0) else {
                    return Answer(figures, .doesNotHoldHere("it ended after \(ClaimText.figure(figures[1]))"))
                }
                return Answer(figures, figures[4].verdict(atLeast: Self.leastRatio, otherwise: "its last quarter is \(ClaimText.figure(figures[4])) as fast as the first"))
            },
            evidence.finding("The log in memory ends where memory does.", of: "memory-pressure") { points in
                let figures = try ["memory_limit", "memory_log_asked", "memory_log_bytes"].map(points[0].metric)
                let ended = (figures[2].value ?? 0) < (figures[1].value ?? 0)
                // How fast it was until then.
                let speeds = points[0].shown { ["memory_log_throughput", "memory_log_last_quarter"].contains($0) }
                return Answer(figures + speeds, ended ? .holds : .doesNotHoldHere("it took all \(ClaimText.figure(figures[1]))"))
            },
        ]
    }
}
