// DescribeConfigs: the settings of topics and of this broker, and where each comes from.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func describeConfigs(_ request: DescribeConfigsRequest, _ header: RequestHeaderView) {
        let view = ConfigView(
            settings: broker.settings, storage: broker.storage, includesSynonyms: request.includeSynonyms,
            includesDocumentation: request.includeDocumentation)
        var seen: Set<ResourceKey> = []
        let response = DescribeConfigsResponse(
            results: request.resources.map { resource in
                do throws(ConfigRefusal) {
                    // An answer is hundreds of times as large as the question: once is enough.
                    let isNew = seen.insert(ResourceKey(type: resource.resourceType, name: resource.resourceName)).inserted
                    guard isNew else { throw ConfigRefusal(.invalidRequest, "the resource stands in the request more than once") }
                    let configs = try describe(resource, view)
                    return .init(resourceType: resource.resourceType, resourceName: resource.resourceName, configs: configs)
                } catch {
                    return .init(
                        errorCode: error.errorCode, errorMessage: error.message, resourceType: resource.resourceType,
                        resourceName: resource.resourceName, configs: [])
                }
            })
        answer(header) { response.encode(into: &$0, version: header.version) }
    }

    private func describe(
        _ resource: DescribeConfigsRequest.Resource, _ view: ConfigView
    ) throws(ConfigRefusal) -> [DescribeConfigsResponse.Config] {
        let name = resource.resourceName
        let all: [DescribeConfigsResponse.Config]
        switch resource.resourceType {
        case ConfigResource.topic:
            guard isAuthorized(.describeConfigs, .topic(name)) else {
                throw ConfigRefusal(.topicAuthorizationFailed, "the settings of topic \(name) are not shown to \(principal)")
            }
            all = try view.topic(name)
        case ConfigResource.broker:
            guard isAuthorized(.describeConfigs, .cluster) else {
                throw ConfigRefusal(.clusterAuthorizationFailed, "the broker's settings are not shown to \(principal)")
            }
            all = try view.broker(name)
        default:
            throw ConfigRefusal(.invalidRequest, "resource type \(resource.resourceType) is neither topic (2) nor broker (4)")
        }
        // Empty asks for all, as for Kafka.
        guard let keys = resource.configurationKeys, !keys.isEmpty else { return all }
        let wanted = Set(keys)
        return all.filter { wanted.contains($0.name) }
    }
}

/// What a request about settings is about.
struct ResourceKey: Hashable {
    let type: Int8
    let name: String
}

/// Settings as DescribeConfigs tells of them.
struct ConfigView {
    let settings: BrokerSettings
    let storage: Storage
    var includesSynonyms = false
    var includesDocumentation = false

    func topic(_ name: String) throws(ConfigRefusal) -> [DescribeConfigsResponse.Config] {
        if let fault = Storage.fault(ofTopicName: name) { throw ConfigRefusal(.invalidTopic, "topic name \"\(name)\": \(fault)") }
        guard let topic = storage.topic(named: name) else {
            throw ConfigRefusal(.unknownTopicOrPartition, "there is no topic \(name)")
        }
        return configs(of: topic.configuration, overrides: topic.overrides)
    }

    /// - Parameter overrides: the settings that the topic has of its own.
    func configs(of configuration: LogConfiguration, overrides: [String: String]) -> [DescribeConfigsResponse.Config] {
        configuration.entries().compactMap { entry in
            guard let key = ConfigurationTable.key(ofTopics: entry.key) else { return nil }
            var layers = settings.layers(of: key)
            if let own = overrides[entry.key] {
                layers.insert(.init(name: entry.key, value: own, source: ConfigSource.dynamicTopic), at: 0)
            }
            return config(entry.key, entry.value, key, layers, isReadOnly: false)
        }
    }

    /// - Parameter name: this broker's id; empty for what was changed for all brokers.
    func broker(_ name: String) throws(ConfigRefusal) -> [DescribeConfigsResponse.Config] {
        if name == BrokerSettings.everyBroker {
            return ConfigurationTable.keys.compactMap { key in
                guard let value = settings.forAll[key.name] else { return nil }
                let layers = settings.layers(of: key).filter { $0.source == ConfigSource.dynamicDefaultBroker }
                return config(key.name, value, key, layers, isReadOnly: !key.isDynamic)
            }
        }
        try storage.checkNode(name)
        return ConfigurationTable.keys.map { key in
            config(key.name, value(of: key), key, settings.layers(of: key), isReadOnly: !key.isDynamic)
        }
    }

    /// What the directories decide is read from the storage.
    private func value(of key: ConfigurationKey) -> String? {
        switch key.name {
        case "cluster.id": storage.clusterID
        case "node.id": "\(storage.nodeID)"
        default: key.read(settings.inForce)
        }
    }

    func config(
        _ name: String, _ value: String?, _ key: ConfigurationKey, _ layers: [BrokerSettings.Layer], isReadOnly: Bool
    ) -> DescribeConfigsResponse.Config {
        DescribeConfigsResponse.Config(
            name: name, value: key.isSensitive ? nil : value, isReadOnly: isReadOnly,
            source: layers.first?.source ?? ConfigSource.unknown, isSensitive: key.isSensitive,
            synonyms: includesSynonyms
                ? layers.map { .init(name: $0.name, value: key.isSensitive ? nil : $0.value, source: $0.source) } : [],
            configType: key.kind.rawValue, documentation: includesDocumentation ? key.documentation : nil)
    }
}

extension Storage {
    /// Whether a broker's resource name is this broker.
    func checkNode(_ name: String) throws(ConfigRefusal) {
        guard Int32(name) != nil else { throw ConfigRefusal(.invalidRequest, "a broker's id is a number, not \"\(name)\"") }
        guard name == "\(nodeID)" else { throw ConfigRefusal(.invalidRequest, "this is broker \(nodeID), not \(name)") }
    }
}
