// What a topic is configured with.
internal import Vocabulary
internal import Wire

/// One key as a broker tells it.
package struct TopicConfig: Sendable, Equatable {
    package let name: String
    /// nil for a secret, or where there is none.
    package let value: String?
    /// Whether the topic's own, and not a broker's or the default.
    package let isOwn: Bool
    package let isReadOnly: Bool
}

extension Admin {
    /// Every key of a topic's configuration, by name.
    package func configs(of topic: String) throws(ClientError) -> [TopicConfig] {
        let resource = DescribeConfigsRequest.Resource(
            resourceType: ConfigResource.topic, resourceName: topic, configurationKeys: nil)
        let response: DescribeConfigsResponse = try connection.call(DescribeConfigsRequest(resources: [resource]))
        guard let result = response.results.first else { throw .malformed(broker, "DescribeConfigs answered without topic \(topic)") }
        guard result.errorCode == .none else {
            throw .refused(
                result.errorCode, result.errorMessage, "describe configs of \(topic)", needs: NeededAccess(.describeConfigs, on: .topic(topic)))
        }
        return result.configs.sorted { $0.name < $1.name }.map {
            TopicConfig(name: $0.name, value: $0.value, isOwn: $0.source == ConfigSource.dynamicTopic, isReadOnly: $0.isReadOnly)
        }
    }
}
