// c. The page cache as the only cache.
internal import Measurement
internal import Results

struct PageCacheServes: Claim {
    let letter = "c"
    let name = "page-cache"
    let sentence = "The page cache serves recent data: a consumer with a short delay reads from memory, after a restart it warms up by itself, and the process caches nothing twice."
    let method = """
        A log is written and read at once, read again with its pages dropped (the control), and read once more, with nobody's help in between; \
        then the broker is killed, started again, and the log read a last time; all of it several times over. Device reads of the broker's process tell what \
        came out of memory. Then, in a broker whose cache a control group bounds and where nothing is read ahead: a consumer that stays a part of the cache \
        behind a producer, at its pace; and beside a producer a reader that goes round the newest part of a log that stands still, which fits into the cache, and \
        then round several times as much, which does not and must not be found there (the control). And a log read over and over from an empty cache on, stretch \
        by stretch: the broker tells what of each was in memory.
        """
    let experiments = ["warm-up", "reader-delay"]

    private static let servedPercent = 99.0, controlPercent = 10.0
    /// In a small bounded cache. What was just produced can't be taken back before it is on the disk, so the kernel takes what was read instead: a
    /// few percent that tell of the smallness of the group, and nothing of the reader's delay.
    private static let boundedPercent = 95.0
    /// Of the log's bytes, by which the process may grow while it serves it.
    private static let growthPercent = 5.0

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("A log that was just written is read from memory.", of: "warm-up") { points in try Self.served(points[0], "hit_rate_recent") },
            evidence.finding("A log that is cold warms up by being read once.", of: "warm-up") { points in try Self.served(points[0], "hit_rate_warmed") },
            evidence.finding("A restart of the broker leaves the cache as it was.", of: "warm-up") { points in try Self.served(points[0], "hit_rate_after_restart") },
            evidence.finding("The broker's own memory does not grow with what it serves.", of: "warm-up") { points in
                let growth = try points[0].metric("resident_growth_of_log")
                return Answer([growth], growth.verdict(atMost: Self.growthPercent, otherwise: "it grew by \(ClaimText.figure(growth)) of the log"))
            },
            evidence.finding("A consumer with a short delay, which stays behind a producer at its pace, reads from memory.", of: "reader-delay") { points in
                try CacheCurves(points[0]).live(served: Self.boundedPercent)
            },
            evidence.finding("The newest part of a log is read from memory again and again, as long as the cache reaches so far.", of: "reader-delay") { points in
                try CacheCurves(points[0]).circle(served: Self.boundedPercent)
            },
            evidence.finding("An empty cache warms up by itself: a reader's second time over a log finds all of it.", of: "reader-delay") { points in
                try CacheCurves(points[0]).warmUp(served: Self.servedPercent)
            },
        ]
    }

    /// - Throws: `Unanswered` where the cold log came out of memory, too: then the instrument tells nothing.
    private static func served(_ point: Evidence.Point, _ name: String) throws -> Answer {
        let (rate, control) = (try point.metric(name), try point.metric("hit_rate_cold"))
        guard (control.value ?? 100) <= controlPercent else {
            throw Unanswered.here("\(ClaimText.figure(control)) of a log whose pages were dropped came out of memory: device reads are not seen here")
        }
        return Answer([rate, control], rate.verdict(atLeast: servedPercent, otherwise: "\(ClaimText.figure(rate)) came out of memory"))
    }
}
