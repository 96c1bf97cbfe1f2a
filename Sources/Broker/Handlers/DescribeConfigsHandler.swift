// DescribeConfigs: a topic's settings, and the broker's by the table.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func describeConfigs(_ request: DescribeConfigsRequest, _ header: RequestHeaderView) {
        let response = DescribeConfigsResponse(results: request.resources.map { describe($0, request) })
        answer(header) { response.encode(into: &$0, version: header.version) }
    }

    private func describe(
        _ resource: DescribeConfigsRequest.Resource, _ request: DescribeConfigsRequest
    ) -> DescribeConfigsResponse.Result {
        switch resource.resourceType {
        case DescribeConfigsRequest.topicResource: return topicConfigs(resource, request)
        case DescribeConfigsRequest.brokerResource: return brokerConfigs(resource, request)
        default:
            return .init(
                errorCode: .invalidRequest, errorMessage: "resource type \(resource.resourceType) is neither topic (2) nor broker (4)",
                resourceType: resource.resourceType, resourceName: resource.resourceName, configs: [])
        }
    }

    private func topicConfigs(
        _ resource: DescribeConfigsRequest.Resource, _ request: DescribeConfigsRequest
    ) -> DescribeConfigsResponse.Result {
        func failed(_ error: ErrorCode, _ message: String) -> DescribeConfigsResponse.Result {
            .init(
                errorCode: error, errorMessage: message, resourceType: resource.resourceType,
                resourceName: resource.resourceName, configs: [])
        }
        guard isAuthorized(.describeConfigs, .topic(resource.resourceName)) else {
            return failed(.topicAuthorizationFailed, "\(principal) may not see the settings of topic \(resource.resourceName)")
        }
        guard let topic = broker.storage.topic(named: resource.resourceName) else {
            return failed(.unknownTopicOrPartition, "there is no topic \(resource.resourceName)")
        }
        do {
            let entries = try broker.storage.configuration(of: topic).entries()
            let configs = entries.filter { isWanted($0.key, resource) }.map { entry in
                let isOwn = topic.overrides[entry.key] != nil
                let broker = ConfigurationTable.keys.first { $0.topicKey == entry.key }
                let isStatic = broker != nil && self.broker.configuration.log[entry.key] != nil
                let source = isOwn ? ConfigSource.dynamicTopic : isStatic ? ConfigSource.staticBroker : ConfigSource.defaultValue
                return DescribeConfigsResponse.Config(
                    name: entry.key, value: entry.value, isReadOnly: false, source: source,
                    synonyms: request.includeSynonyms ? [.init(name: entry.key, value: entry.value, source: source)] : [],
                    configType: (broker?.kind ?? .string).rawValue,
                    documentation: request.includeDocumentation ? broker?.documentation : nil)
            }
            return .init(resourceType: resource.resourceType, resourceName: resource.resourceName, configs: configs)
        } catch {
            return failed(ErrorCode(error), "\(error)")
        }
    }

    private func brokerConfigs(
        _ resource: DescribeConfigsRequest.Resource, _ request: DescribeConfigsRequest
    ) -> DescribeConfigsResponse.Result {
        guard isAuthorized(.describeConfigs, .cluster) else {
            return .init(
                errorCode: .clusterAuthorizationFailed, errorMessage: "\(principal) may not see the settings of brokers",
                resourceType: resource.resourceType, resourceName: resource.resourceName, configs: [])
        }
        guard resource.resourceName == "\(broker.storage.nodeID)" || resource.resourceName.isEmpty else {
            return .init(
                errorCode: .invalidRequest,
                errorMessage: "this is broker \(broker.storage.nodeID), not \(resource.resourceName)",
                resourceType: resource.resourceType, resourceName: resource.resourceName, configs: [])
        }
        let defaults = BrokerConfiguration()
        let configs = ConfigurationTable.keys.filter { isWanted($0.name, resource) }.map { key in
            let value = value(of: key)
            let source = value == key.read(defaults) ? ConfigSource.defaultValue : ConfigSource.staticBroker
            return DescribeConfigsResponse.Config(
                name: key.name, value: value, isReadOnly: true, source: source,
                synonyms: request.includeSynonyms ? [.init(name: key.name, value: value, source: source)] : [],
                configType: key.kind.rawValue, documentation: request.includeDocumentation ? key.documentation : nil)
        }
        return .init(resourceType: resource.resourceType, resourceName: resource.resourceName, configs: configs)
    }

    /// What the directories decide is read from the storage.
    private func value(of key: ConfigurationKey) -> String? {
        switch key.name {
        case "cluster.id": broker.storage.clusterID
        case "node.id": "\(broker.storage.nodeID)"
        default: key.read(broker.configuration)
        }
    }

    private func isWanted(_ name: String, _ resource: DescribeConfigsRequest.Resource) -> Bool {
        resource.configurationKeys?.contains(name) ?? true
    }
}
