// One setting of the table: how it is written, read, shown and explained.
internal import StorageEngine

/// A key that `--set`, the configuration file, `--help` and DescribeConfigs share.
package struct ConfigurationKey: Sendable {
    /// As DescribeConfigs numbers them.
    package enum Kind: Int8, Sendable {
        case boolean = 1, string = 2, int = 3, long = 5, double = 6, list = 7, password = 9

        var word: String {
            switch self {
            case .boolean: "boolean"
            case .string: "string"
            case .int: "int"
            case .long: "long"
            case .double: "double"
            case .list: "list"
            case .password: "password"
            }
        }
    }

    package let name: String
    package let kind: Kind
    package let documentation: String
    /// The engine's name of the setting, where topics can override it.
    var topicKey: String?
    /// Whether it can be changed while the broker runs, for this broker or for all.
    var isDynamic = false
    /// Stores a value that is known to be of the kind; throws what would be right.
    let write: @Sendable (inout BrokerConfiguration, String) throws(ConfigurationError) -> Void
    /// The value in force as text, nil where there is none.
    let read: @Sendable (BrokerConfiguration) -> String?
    /// The same of a value that is shown to nobody: only compared.
    var secret: (@Sendable (BrokerConfiguration) -> String?)?
}

extension ConfigurationKey {
    /// Whether its value is shown to nobody.
    var isSensitive: Bool { kind == .password }

    /// Whether two configurations say different things of it.
    func differs(_ one: BrokerConfiguration, _ other: BrokerConfiguration) -> Bool {
        read(one) != read(other) || secret?(one) != secret?(other)
    }

    /// The same key, for a setting that takes effect while the broker runs.
    var dynamic: ConfigurationKey {
        var key = self
        key.isDynamic = true
        return key
    }

    /// A text that is shown to nobody.
    static func password(
        _ name: String, _ documentation: String, _ path: any WritableKeyPath<BrokerConfiguration, String?> & Sendable
    ) -> ConfigurationKey {
        var key = ConfigurationKey(name: name, kind: .password, documentation: documentation) { configuration, text throws(ConfigurationError) in
            configuration[keyPath: path] = text
        } read: { _ in nil }
        key.secret = { $0[keyPath: path] }
        return key
    }

    /// A whole number in a range, with a size's unit where it counts bytes.
    static func number<Value: FixedWidthInteger & Sendable>(
        _ name: String, _ kind: Kind, _ range: ClosedRange<Value>, _ documentation: String,
        _ path: any WritableKeyPath<BrokerConfiguration, Value> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(name: name, kind: kind, documentation: documentation) { configuration, text throws(ConfigurationError) in
            configuration[keyPath: path] = try parse(name, text, range)
        } read: { "\($0[keyPath: path])" }
    }

    /// The same, absent by default.
    static func optionalNumber<Value: FixedWidthInteger & Sendable>(
        _ name: String, _ kind: Kind, _ range: ClosedRange<Value>, _ documentation: String,
        _ path: any WritableKeyPath<BrokerConfiguration, Value?> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(name: name, kind: kind, documentation: documentation) { configuration, text throws(ConfigurationError) in
            configuration[keyPath: path] = try parse(name, text, range)
        } read: { configuration in configuration[keyPath: path].map { "\($0)" } }
    }

    private static func parse<Value: FixedWidthInteger & Sendable>(
        _ name: String, _ text: String, _ range: ClosedRange<Value>
    ) throws(ConfigurationError) -> Value {
        guard let size = ByteSize.parse(text), let value = Value(exactly: size), range.contains(value) else {
            throw ConfigurationError("\(name)=\(text): a whole number from \(range.lowerBound) to \(range.upperBound) is expected")
        }
        return value
    }

    /// How long records stay, in a unit coarser than milliseconds. Of several such settings the finest counts.
    static func retentionTime(
        _ name: String, _ path: any WritableKeyPath<BrokerConfiguration, Int64?> & Sendable,
        _ documentation: String
    ) -> ConfigurationKey {
        ConfigurationKey(name: name, kind: .int, documentation: documentation) { configuration, text throws(ConfigurationError) in
            guard let count = Int64(text), (-1...Int64(Int32.max)).contains(count) else {
                throw ConfigurationError("\(name)=\(text): a whole number from -1 to \(Int32.max) is expected")
            }
            configuration[keyPath: path] = count
        } read: { configuration in
            if let count = configuration[keyPath: path] { return "\(count)" }
            // Kafka shows its default in hours.
            return path == \BrokerConfiguration.retentionHours ? "168" : nil
        }
    }

    static func flag(
        _ name: String, _ documentation: String, _ path: any WritableKeyPath<BrokerConfiguration, Bool> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(name: name, kind: .boolean, documentation: documentation) { configuration, text throws(ConfigurationError) in
            guard let value = Bool(text) else { throw ConfigurationError("\(name)=\(text): true or false is expected") }
            configuration[keyPath: path] = value
        } read: { "\($0[keyPath: path])" }
    }

    /// A setting that the engine keeps per topic under `topicKey` and checks itself.
    static func log(_ name: String, _ topicKey: String, _ kind: Kind, _ documentation: String) -> ConfigurationKey {
        ConfigurationKey(name: name, kind: kind, documentation: documentation, topicKey: topicKey, isDynamic: true) { configuration, text throws(ConfigurationError) in
            let bytes = ByteSize.parse(text)
            configuration.log[topicKey] = kind == .boolean ? text : bytes.map(String.init) ?? text
            do throws(ConfigurationError) { _ = try configuration.storage() } catch {
                throw ConfigurationError("\(name)=\(text): \(error.description)")
            }
        } read: { configuration in
            (try? configuration.storage())?.log.entries().first { $0.key == topicKey }?.value
        }
    }
}
