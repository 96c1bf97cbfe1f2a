// Several groups of producers or consumers in one profile: `producers: [{name: small, …}, {name: bulk, …}]`.

enum LoadGroups {
    static let groupsMaximum = 32
    /// Threads of one load.
    static let lanesMaximum = 1_024
    /// Of a name: it heads a column.
    private static let nameLengthMaximum = 20

    /// A section a group. A mapping under `key` is one group without a name, in a list each has its own.
    ///
    /// - Parameter keys: besides `name`.
    static func sections(
        _ top: ProfileSection, _ key: String, keys: [String]
    ) throws(ProfileError) -> [(name: String?, section: ProfileSection)] {
        ProfileKeys.note(top.dotted(key), .list)
        guard case .list(let items, let place)? = top.node(key) else {
            guard let section = try top.section(key, keys: keys) else { return [] }
            return [(nil, section)]
        }
        guard !items.isEmpty else { throw place.error("‘\(key)’ is a list without a group: name one, as in [{name: small, …}], or leave it out") }
        guard items.count <= groupsMaximum else { throw place.error("‘\(key)’ has \(items.count) groups; \(groupsMaximum) are possible") }
        var groups: [(name: String?, section: ProfileSection)] = []
        for (index, item) in items.enumerated() {
            let section = try ProfileSection(item, path: "\(key)[\(index)]", keys: ["name"] + keys)
            let name = try Self.name(of: section)
            guard !groups.contains(where: { $0.name == name }) else { throw section.error("name", "‘\(name)’ is the name of two groups of \(key)") }
            groups.append((name, section))
        }
        return groups
    }

    /// Of a group, or a set of topics, in a list of them.
    static func name(of section: ProfileSection) throws(ProfileError) -> String {
        let kind = "a short name of a-z, 0-9 and -, at most \(nameLengthMaximum) long"
        return try section.required("name", try section.value("name", kind) { Profile.shortName($0, atMost: nameLengthMaximum) })
    }
}
