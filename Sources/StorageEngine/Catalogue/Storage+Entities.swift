// Settings of what is no topic: brokers, changed while they run. The catalogue keeps them; what they mean is not known here.
internal import Host

extension Storage {
    /// The settings of everything of a kind, by name. Waits for a change that is under way.
    package func settings(of kind: String) -> [String: [String: String]] {
        changing.lock()
        defer { changing.unlock() }
        var all: [String: [String: String]] = [:]
        for (entity, values) in store.catalogue.settings where entity.kind == kind { all[entity.name] = values }
        return all
    }

    /// Replaces the settings of one thing. Durable on return.
    ///
    /// - Throws: `.io`; nothing changed then, though a crash before the next change may bring it to life.
    package func setSettings(_ values: [String: String], of kind: String, named name: String) throws(StorageError) {
        changing.lock()
        defer { changing.unlock() }
        try store.change { $0.settings[.init(kind: kind, name: name)] = values.isEmpty ? nil : values }
    }
}
