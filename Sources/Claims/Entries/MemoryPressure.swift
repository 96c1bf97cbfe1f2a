// m. Less memory than data.
internal import Measurement
internal import Results

struct MemoryPressure: Claim {
    let letter = "m"
    let name = "memory-pressure"
    let sentence = "Under memory pressure a log on disk stays steady while a log held in memory does not."
    let method = """
        Memory is the limit of a control group here, not the machine's own; a run whose data exceed that too is Profiles/append-sustained.yaml. Four times as \
        much as the limit is appended to the engine's log, to the end, several times over, and to a log in memory until it is full. What goes in first finds the \
        group empty and is as fast as memory is, whatever the disk: that burst is shown and decides nothing. Steady is said of what goes in behind 1.25 limits, \
        when each byte takes the place of another: of three equal parts the last against the first. Logs that are forced to the disk at an interval, as a broker's \
        are with durability interval, decide. In turns with them there are logs that nobody forces: then it takes a full group to make the kernel write back, for \
        the machine's own limits are far, and where their speed does not keep up that is a condition.
        """
    let experiments = ["memory-pressure"]

    private static let leastRatio = 0.8
    /// Of the logs that decide.
    private static let forced = "flushed"
    /// Of those that nobody forces.
    private static let unforced = "unflushed"

    func findings(_ evidence: Evidence) -> [Finding] {
        [
            evidence.finding("The log on disk takes all of it, and once memory is full it keeps four fifths of its speed or more.", of: "memory-pressure") { points in
                try Self.steadiness(points[0])
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

    private static func steadiness(_ point: Evidence.Point) throws -> Answer {
        let bounds = try ["memory_limit", "memory_log_asked", "flush_interval"].map(point.metric)
        let figures = bounds + point.shown { name in [forced, unforced].contains { name.hasPrefix("\($0)_log_") } }
        let found = try verdict(point, forced)
        guard found == .holds else { return Answer(figures, found) }
        let condition = "it is forced to the disk every \(ClaimText.figure(bounds[2])); where nobody forces it"
        switch verdictOfUnforced(point) {
        case .holds: return Answer(figures, .holds)
        case .doesNotHoldHere(let otherwise): return Answer(figures, .holdsWhen("\(condition), \(otherwise)"))
        case let open: return Answer(figures, .holdsWhen("\(condition), nothing was decided: \(open.detail ?? open.word)"))
        }
    }

    /// A figure that is missing is no reason to know less of the logs that decide.
    private static func verdictOfUnforced(_ point: Evidence.Point) -> ClaimVerdict {
        do { return try verdict(point, unforced) } catch let reason as Unanswered { return reason.verdict } catch { return .notMeasured("\(error)") }
    }

    private static func verdict(_ point: Evidence.Point, _ kind: String) throws -> ClaimVerdict {
        let (asked, bytes) = (try point.metric("memory_log_asked"), try point.metric("\(kind)_log_bytes"))
        guard (bytes.value ?? 0) >= (asked.value ?? 0) else { return .doesNotHoldHere("it ended after \(ClaimText.figure(bytes))") }
        let ratio = try point.metric("\(kind)_log_last_to_first")
        return ratio.verdict(atLeast: leastRatio, otherwise: "its last third is \(ClaimText.figure(ratio)) as fast as its first")
    }
}
