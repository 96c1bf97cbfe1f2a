// What `run --dry-run` and `profiles check` print: every point, its time and its disk.
internal import Harness
internal import Host
internal import Topology

enum SweepPlan {
    static func text(_ points: [SweepPoint], _ machine: MachineDescription) -> String {
        let plans = points.map { Run.plan($0.profile, headlineMeasurements(for: $0.profile), machine) }
        let profile = points[0].profile
        var lines = ["\(profile.name): \(profile.question)"]
        for (number, (point, plan)) in zip(points, plans).enumerated() {
            if points.count > 1 { lines.append("point \(number + 1) of \(points.count): \(point.label)") }
            lines.append(plan.description)
        }
        // A point's data are removed when it is over: the disk needs room for the largest.
        let seconds = plans.reduce(0) { $0 + $1.loadSeconds }, most = plans.map(\.diskBytes).max() ?? 0
        let room = points.count > 1 ? "\(decimalBytes(most)) on disk at a time" : "\(decimalBytes(most)) on disk"
        lines.append("  together \(fixed(seconds, 0)) s of load and at most \(room)")
        let besides = plans.reduce(into: BesidesLoad()) { $0.add($1.besides) }
        lines.append("  estimated: \(fixed(seconds + besides.seconds, 0)) s in all; besides the load \(besides.text)")
        return lines.joined(separator: "\n") + "\n"
    }
}
