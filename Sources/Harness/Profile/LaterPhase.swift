// `phases.then:` in a profile: what a load goes on with when its steady phase is over, changed here and there.

/// A further load on the same broker and topics, after the one before it: with lanes of its own, so that everything about them may change.
package struct LaterPhase: Equatable, Sendable {
    /// Its figures stand under it.
    package var name: String
    package var producerGroups: [ProducersPlan]
    package var consumerGroups: [ConsumersPlan]
    package var phases: PhasesPlan
    /// From the start of its own steady phase.
    package var perturbations: [PerturbationPlan]

    /// In front of the names of its phases.
    package var label: String { "then \(name)" }

    private static let phasesMaximum = 50
    private static let nameLengthMaximum = 30

    /// Each entry is `{name: NAME, steady: 10s, set: {producers.rate: 5000, …}, perturb: […]}`: what it does not set is as the profile has
    /// it, but for what is done to the broker, which belongs to one phase.
    ///
    /// - Parameter whole: the profile, settings of the command line laid over it.
    static func readAll(_ top: ProfileSection, _ whole: ProfileNode) throws(ProfileError) -> [LaterPhase] {
        guard let phases = try top.section("phases", keys: PhasesPlan.keys) else { return [] }
        let topics = try TopicPlan.readSets(top)
        let later: [LaterPhase] = try phases.list("then") { (node, name) throws(ProfileError) -> LaterPhase in
            try read(try ProfileSection(node, path: name, keys: ["name", "steady", "set", "perturb"]), whole, topics)
        } ?? []
        guard later.count <= phasesMaximum else { throw phases.error("then", "‘phases.then’ has \(later.count) phases; \(phasesMaximum) are possible") }
        for (number, phase) in later.enumerated() where later[..<number].contains(where: { $0.name == phase.name }) {
            throw phases.error("then", "‘\(phase.name)’ is the name of two phases")
        }
        return later
    }

    private static func read(_ section: ProfileSection, _ whole: ProfileNode, _ topics: [TopicPlan]) throws(ProfileError) -> LaterPhase {
        let name = try section.required("name", try section.value("name", "a short name of a-z, 0-9 and -, at most \(nameLengthMaximum) long") { Profile.shortName($0, atMost: nameLengthMaximum) })
        var node = whole
        if let changes = try section.section("set", keys: nil) {
            for path in changes.keysInOrder {
                let place = changes.keyPlace(path) ?? changes.place
                guard let group = path.split(separator: ".").first, ["producers", "consumers"].contains(group) else {
                    throw place.error("‘\(path)’ is nothing that changes while a broker runs: a phase may set keys of ‘producers’ and ‘consumers’, such as producers.rate")
                }
                node = try ProfileOverrides.setting(path, to: changes.node(path)!, in: node, place)
            }
        }
        let top = try ProfileSection(node, path: "", keys: nil)
        var phases = try PhasesPlan(top)
        phases.steadyNanoseconds = try section.duration("steady") ?? phases.steadyNanoseconds
        if phases.steadyNanoseconds < 1_000_000_000 { throw section.error("steady", "‘\(section.dotted("steady"))’ must be at least 1s") }
        let producers = try ProducersPlan.readAll(top, phases, among: topics)
        return LaterPhase(
            name: name, producerGroups: producers,
            consumerGroups: try ConsumersPlan.readAll(top, producers, among: topics), phases: phases,
            perturbations: try PerturbationPlan.list(section, within: section.dotted("steady"), steadyNanoseconds: phases.steadyNanoseconds))
    }
}

extension Profile {
    /// The profile as it is in a later phase.
    package func changed(for later: LaterPhase) -> Profile {
        var changed = self
        changed.producerGroups = later.producerGroups
        changed.consumerGroups = later.consumerGroups
        changed.phases = later.phases
        changed.perturbations = later.perturbations
        return changed
    }

    /// Of all phases.
    var allPerturbations: [PerturbationPlan] { perturbations + later.flatMap(\.perturbations) }
}
