// What a request to alter settings makes of the ones there are. No broker, no disk.
internal import StorageEngine
internal import Wire

/// Why a resource's settings stay as they are.
struct ConfigRefusal: Error, Equatable {
    let errorCode: ErrorCode
    let message: String

    init(_ errorCode: ErrorCode, _ message: String) {
        self.errorCode = errorCode
        self.message = message
    }
}

/// The settings that somebody wants for one resource.
enum ConfigEdit {
    /// All settings anew (AlterConfigs): what is not named goes back to what it is by itself.
    case replace([AlterConfigsRequest.Config])
    /// Some of them (IncrementalAlterConfigs).
    case change([IncrementalAlterConfigsRequest.Config])

    private var names: [String] {
        switch self {
        case .replace(let configs): configs.map(\.name)
        case .change(let configs): configs.map(\.name)
        }
    }

    /// - Parameters:
    ///   - present: the settings that the resource has.
    ///   - isList: whether a key's value is a list; nil for a key that there is not.
    ///   - inherited: what a key is where the resource does not have it.
    /// - Returns: the settings that it shall have. Their values are not checked.
    func applied(
        to present: [String: String], isList: (String) -> Bool?, inherited: (String) -> String?
    ) throws(ConfigRefusal) -> [String: String] {
        guard Set(names).count == names.count else {
            throw ConfigRefusal(.invalidRequest, "a setting stands in the request more than once")
        }
        switch self {
        case .replace(let configs):
            var result: [String: String] = [:]
            for config in configs { result[config.name] = try Self.value(config.value, of: config.name) }
            return result
        case .change(let configs):
            var result = present
            for config in configs {
                switch config.operation {
                case ConfigOperation.set: result[config.name] = try Self.value(config.value, of: config.name)
                case ConfigOperation.delete: result[config.name] = nil
                case ConfigOperation.append, ConfigOperation.subtract:
                    result[config.name] = try Self.list(
                        config, present[config.name] ?? inherited(config.name) ?? "", isList: isList(config.name))
                default: throw ConfigRefusal(.invalidRequest, "\(config.name): there is no operation \(config.operation)")
                }
            }
            return result
        }
    }

    private static func value(_ value: String?, of name: String) throws(ConfigRefusal) -> String {
        guard let value else { throw ConfigRefusal(.invalidRequest, "\(name) has no value") }
        return value
    }

    /// A list with elements more or less. What is in it already is not added again.
    private static func list(
        _ config: IncrementalAlterConfigsRequest.Config, _ present: String, isList: Bool?
    ) throws(ConfigRefusal) -> String {
        guard let isList else { throw ConfigRefusal(.invalidConfig, "there is no setting \(config.name)") }
        guard isList else { throw ConfigRefusal(.invalidConfig, "\(config.name) is no list, so nothing can be added to it or taken out") }
        func elements(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
        var result = elements(present)
        for element in elements(try value(config.value, of: config.name)) {
            if config.operation == ConfigOperation.subtract {
                result.removeAll { $0 == element }
            } else if !result.contains(element) {
                result.append(element)
            }
        }
        return result.joined(separator: ",")
    }
}
