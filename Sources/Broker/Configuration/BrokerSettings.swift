// A broker's settings in layers: told at its start, changed since for all brokers, changed since for this one.
internal import StorageEngine
internal import Wire

/// What holds now and where it comes from. A value: a change makes a new one.
struct BrokerSettings: Sendable {
    /// As the catalogue files them.
    static let kind = "broker"
    /// In the place of a broker's id: all brokers.
    static let everyBroker = ""

    let told: BrokerConfiguration
    /// Changed while brokers ran, for all of them.
    let forAll: [String: String]
    /// Likewise, for this one.
    let own: [String: String]
    /// What all of it makes.
    let inForce: BrokerConfiguration
    /// Of each key of the table, every layer that has it, the one that counts first.
    private let layers: [String: [Layer]]

    /// A value of a setting, and who says so.
    struct Layer: Equatable, Sendable {
        /// The key that it was set by.
        var name: String
        var value: String?
        /// One of `ConfigSource`.
        var source: Int8
    }

    /// - Throws: what is wrong with a changed value, by its key; `ConfigurationError` for a key that can't be changed.
    init(told: BrokerConfiguration, forAll: [String: String] = [:], own: [String: String] = [:]) throws(ConfigurationError) {
        self.told = told
        self.forAll = forAll
        self.own = own
        var inForce = told
        for (key, value) in forAll.sorted(by: { $0.key < $1.key }) { try Self.change(key, to: value, in: &inForce) }
        for (key, value) in own.sorted(by: { $0.key < $1.key }) { try Self.change(key, to: value, in: &inForce) }
        self.inForce = inForce
        layers = Self.layers(told, forAll, own)
    }

    /// The same changes of something else that was told.
    func rebased(on told: BrokerConfiguration) -> BrokerSettings {
        // They were right before, and what is told makes none of them wrong.
        (try? BrokerSettings(told: told, forAll: forAll, own: own)) ?? self
    }

    private static func change(
        _ name: String, to value: String, in configuration: inout BrokerConfiguration
    ) throws(ConfigurationError) {
        guard let key = ConfigurationTable.key(named: name) else { throw ConfigurationError("there is no setting \(name)") }
        guard key.isDynamic else { throw ConfigurationError("\(name) can't be changed while the broker runs") }
        try key.write(&configuration, value)
    }

    /// Settings that say the same in coarser units, which count where the finer ones are not set.
    private static let coarser = ["log.retention.ms": ["log.retention.minutes", "log.retention.hours"]]

    private static func layers(
        _ told: BrokerConfiguration, _ forAll: [String: String], _ own: [String: String]
    ) -> [String: [Layer]] {
        let defaults = BrokerConfiguration()
        var all: [String: [Layer]] = [:]
        for key in ConfigurationTable.keys {
            var layers: [Layer] = []
            if let value = own[key.name] { layers.append(Layer(name: key.name, value: value, source: ConfigSource.dynamicBroker)) }
            if let value = forAll[key.name] {
                layers.append(Layer(name: key.name, value: value, source: ConfigSource.dynamicDefaultBroker))
            }
            let keys = [key] + (coarser[key.name] ?? []).compactMap(ConfigurationTable.key(named:))
            for key in keys where told.explicit.contains(key.name) {
                layers.append(Layer(name: key.name, value: key.read(told), source: ConfigSource.staticBroker))
            }
            layers.append(Layer(name: key.name, value: key.read(defaults), source: ConfigSource.defaultValue))
            all[key.name] = layers
        }
        return all
    }

    /// Who says what of a key of the table, the one that counts first; never empty.
    func layers(of key: ConfigurationKey) -> [Layer] {
        layers[key.name] ?? [Layer(name: key.name, value: key.read(told), source: ConfigSource.defaultValue)]
    }
}
