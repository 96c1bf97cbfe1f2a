// `topics:` in a profile: topics that some groups have to themselves, beside the plain ones of all others.

extension TopicPlan {
    static let setsKey = "topics"
    static let keys = ["count", "partitions", "replication", "segmentBytes", "retentionBytes", "settings"]

    /// `[{name: small, partitions: 1}, …]`, each with the keys of `topic`.
    static func readSets(_ top: ProfileSection) throws(ProfileError) -> [TopicPlan] {
        if case .mapping(_, let place)? = top.node(setsKey) {
            throw place.error("‘\(setsKey)’ is a list of named sets, as in [{name: small, partitions: 1}]; what groups without one of their own write to is ‘topic’")
        }
        let sets: [TopicPlan] = try top.list(setsKey) { (node, name) throws(ProfileError) -> TopicPlan in
            let section = try ProfileSection(node, path: name, keys: ["name"] + keys)
            var topic = TopicPlan()
            topic.name = try LoadGroups.name(of: section)
            try topic.read(section)
            return topic
        } ?? []
        guard sets.count <= LoadGroups.groupsMaximum else {
            throw top.error(setsKey, "‘\(setsKey)’ has \(sets.count) sets; \(LoadGroups.groupsMaximum) are possible")
        }
        for (number, set) in sets.enumerated() where sets[..<number].contains(where: { $0.name == set.name }) {
            throw top.error(setsKey, "‘\(set.label)’ is the name of two of ‘\(setsKey)’")
        }
        return sets
    }
}

extension ProfileSection {
    /// The set that a group chooses by `topic: NAME`; nil when the key is absent.
    func topic(among sets: [TopicPlan]) throws(ProfileError) -> String? {
        guard let name = try value("topic", "the name of one of ‘\(TopicPlan.setsKey)’", { $0.isEmpty ? nil : $0 }) else { return nil }
        let names = sets.compactMap(\.name)
        guard !names.contains(name) else { return name }
        guard !names.isEmpty else {
            throw error("topic", "‘\(dotted("topic"))’ chooses among ‘\(TopicPlan.setsKey)’, and the profile has none: topics: [{name: \(name), partitions: 1}], or leave it out")
        }
        let hint = nearest(to: name, among: names).map { "; did you mean ‘\($0)’?" } ?? ""
        throw error("topic", "‘\(dotted("topic"))’ must be one of \(names.joined(separator: ", ")), not ‘\(name)’\(hint)")
    }
}

extension Profile {
    /// The plain one first.
    var allTopicSets: [TopicPlan] { [topic] + topicSets }

    /// Those that a group writes to, in whatever phase; the plain one where no group writes.
    var usedTopicSets: [TopicPlan] {
        let groups = producerGroups + later.flatMap(\.producerGroups)
        return groups.isEmpty ? [topic] : allTopicSets.filter { set in groups.contains { $0.topic == set.name } }
    }

    /// Whether something comes to whoever reads, in this phase.
    func checkReaders(_ top: ProfileSection) throws(ProfileError) {
        let written = Set(producerGroups.map(\.topic))
        for group in consumerGroups where !written.contains(group.topic) {
            let topic = group.topic.map { "‘topic: \($0)’" } ?? "the plain ‘topic’, having chosen none of ‘\(TopicPlan.setsKey)’"
            throw top.error("consumers", "‘\(group.label)’ reads \(topic), and no group of ‘producers’ writes there: nothing arrives")
        }
    }

    /// What several sets of topics cannot have, and what they cannot be.
    func checkTopicSets(_ top: ProfileSection) throws(ProfileError) {
        guard !topicSets.isEmpty else { return }
        let key = TopicPlan.setsKey
        if let other = ["gate", "headlines"].first(where: top.has) {
            throw top.error(key, "‘\(other)’ is of one load in one set of topics, which is ‘topic’: no ‘\(key)’ with it")
        }
        let used = usedTopicSets, names = Set(used.map(\.name))
        if let idle = topicSets.first(where: { !names.contains($0.name) }) {
            throw top.error(key, "no group of ‘producers’ writes to ‘\(idle.label)’: let one have ‘topic: \(idle.label)’, or leave it out of ‘\(key)’")
        }
        if top.has("topic"), !names.contains(nil) {
            throw top.error("topic", "every group of ‘producers’ writes to one of ‘\(key)’: the plain ‘topic’ is nobody's, leave it out")
        }
        try check(sum: used.reduce(0) { $0 + $1.count }, TopicPlan.countMaximum, "topics", top)
        try check(sum: used.reduce(0) { $0 + $1.allPartitions }, TopicPlan.partitionsMaximum, "partitions", top)
        var called: Set<String> = []
        if let twice = used.flatMap({ $0.names("") }).first(where: { !called.insert($0).inserted }) {
            throw top.error(key, "two topics would be called NAME\(twice), one as the number of several: another name for one of ‘\(key)’")
        }
    }

    private func check(sum: Int, _ most: Int, _ what: String, _ top: ProfileSection) throws(ProfileError) {
        guard sum > most else { return }
        throw top.error(TopicPlan.setsKey, "all sets come to \(sum) \(what); \(most) are possible")
    }
}
