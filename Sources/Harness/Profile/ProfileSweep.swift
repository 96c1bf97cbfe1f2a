// `sweep:` in a profile: the same experiment at every point of a matrix.

/// One axis: a key of the profile and the values that it takes.
package struct SweepAxis: Equatable, Sendable {
    /// Dotted, as `--set` takes it: `producers.batchBytes`.
    package let path: String
    /// As they would be written behind `path:`.
    package let values: [String]
}

/// One point of a matrix.
package struct SweepPoint: Sendable {
    /// By axis, in the order of the profile; empty where the profile has no sweep.
    package let settings: [(path: String, value: String)]
    package let profile: Profile

    /// `producers.batchBytes=64KiB topic.partitions=4`
    package var label: String { settings.map { "\($0.path)=\($0.value)" }.joined(separator: " ") }

    /// The same with a disk for each of these directories, as `Profile.measuring` says.
    package func measuring(directories: [String]) throws(HarnessError) -> SweepPoint {
        SweepPoint(settings: settings, profile: try profile.measuring(directories: directories))
    }
}

package enum ProfileSweep {
    static let key = "sweep"
    /// Points of one matrix: more is a slip of the hand.
    package static let pointsMaximum = 1_000

    /// Every point of a profile file, the last axis fastest; one without settings where it has no `sweep`.
    ///
    /// A key that `overrides` set is no axis any more.
    /// - Throws: a `ProfileError`, of the first point that is wrong too.
    package static func points(path: String, overrides: [String] = []) throws(ProfileError) -> [SweepPoint] {
        let profile = try Profile.load(path: path, overrides: overrides)
        let axes = open(profile.sweep, besides: overrides)
        guard !axes.isEmpty else { return [SweepPoint(settings: [], profile: profile)] }
        let combinations = axes.reduce([[]] as [[(path: String, value: String)]]) { rows, axis in
            rows.flatMap { row in axis.values.map { row + [(path: axis.path, value: $0)] } }
        }
        var points: [SweepPoint] = []
        for settings in combinations {
            let laid = overrides + settings.map { "\($0.path)=\($0.value)" }
            points.append(SweepPoint(settings: settings, profile: try Profile.load(path: path, overrides: laid)))
        }
        return points
    }

    /// The axes that `overrides` leave open.
    static func open(_ axes: [SweepAxis], besides overrides: [String]) -> [SweepAxis] {
        let settled = Set(overrides.compactMap { $0.split(separator: "=").first.map(String.init) })
        return axes.filter { !settled.contains($0.path) }
    }

    /// The axes of a profile that has been put together.
    static func axes(of whole: ProfileNode) throws(ProfileError) -> [SweepAxis] {
        guard case .mapping = whole else { return [] }
        let top = try ProfileSection(whole, path: "", keys: nil)
        guard let section = try top.section(key, keys: nil) else { return [] }
        var axes: [SweepAxis] = []
        for key in section.keysInOrder {
            let values: [String] = try section.list(key) { (node, name) throws(ProfileError) in
                guard let text = node.text else { throw node.place.error("‘\(name)’ must be one value, as it stands behind its key") }
                return text
            } ?? []
            guard !values.isEmpty else { throw section.error(key, "‘sweep.\(key)’ has no values") }
            let twice = values.first { value in values.filter { $0 == value }.count > 1 }
            if let twice { throw section.error(key, "‘sweep.\(key)’ has ‘\(twice)’ twice") }
            axes.append(SweepAxis(path: try path(of: key, section), values: values))
        }
        if axes.isEmpty { throw section.place.error("‘sweep’ has no axis: a key and the list of its values, as in producers.batchBytes: [16KiB, 64KiB]") }
        if axes.reduce(1, { min($0 * $1.values.count, pointsMaximum + 1) }) > pointsMaximum {
            throw section.place.error("‘sweep’ has more than \(pointsMaximum) points")
        }
        return axes
    }

    /// Short names of what is swept most; every other key is written with its path.
    private static let shortNames = [
        "batchBytes": "producers.batchBytes", "recordBytes": "producers.recordBytes", "keys": "producers.keys", "rate": "producers.rate", "linger": "producers.linger",
        "inFlight": "producers.inFlight", "compression": "producers.compression", "acks": "producers.acks", "producers": "producers.count", "consumers": "consumers.count",
        "partitions": "topic.partitions", "segmentBytes": "topic.segmentBytes", "durability": "broker.durability", "loops": "broker.loops",
        "idleConnections": "idleConnections",
    ]

    private static func path(of key: String, _ section: ProfileSection) throws(ProfileError) -> String {
        if key.contains(".") { return key }
        guard let path = shortNames[key] else {
            let names = shortNames.keys.sorted()
            let hint = nearest(to: key, among: names).map { "; did you mean ‘\($0)’?" } ?? ", or one of \(names.joined(separator: ", "))"
            throw (section.keyPlace(key) ?? section.place).error("‘sweep.\(key)’ must be a path such as producers.\(key)\(hint)")
        }
        return path
    }
}
