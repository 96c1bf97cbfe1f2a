// What changes a topic that is there.
internal import Vocabulary
internal import Wire

/// A change to one key of a topic's or the brokers' configuration.
package struct ConfigChange: Sendable, Equatable {
    package let name: String
    /// nil takes the value away that was set here, so that what stands behind it counts again.
    package let value: String?

    package init(name: String, value: String?) {
        self.name = name
        self.value = value
    }
}

extension Admin {
    /// Gives a topic more partitions and waits until they have leaders.
    ///
    /// - Parameter total: how many it shall have, those that are there among them.
    package func createPartitions(of topic: String, total: Int32) throws(ClientError) {
        let response: CreatePartitionsResponse = try connection.call(
            CreatePartitionsRequest(topics: [.init(name: topic, count: total)], timeoutMilliseconds: Self.timeoutMilliseconds))
        guard let result = response.results.first else { throw .malformed(broker, "CreatePartitions answered without topic \(topic)") }
        guard result.errorCode == .none else {
            throw .refused(
                result.errorCode, result.errorMessage, "add partitions to \(topic)", needs: NeededAccess(.alter, on: .topic(topic)))
        }
        try waitForLeaders(of: topic, partitions: total)
    }

    /// Changes single keys of a topic's configuration, all or none.
    package func alterConfigs(of topic: String, _ changes: [ConfigChange]) throws(ClientError) {
        try alterConfigs(ConfigResource.topic, topic, changes, "change configs of \(topic)", needs: NeededAccess(.alterConfigs, on: .topic(topic)))
    }

    /// Changes single keys of all brokers, all or none. They hold when this returns.
    package func alterBrokerConfigs(_ changes: [ConfigChange]) throws(ClientError) {
        // No name: every broker of the cluster.
        try alterConfigs(ConfigResource.broker, "", changes, "change configs of the brokers", needs: NeededAccess(.alterConfigs, on: .cluster))
    }

    private func alterConfigs(
        _ type: Int8, _ name: String, _ changes: [ConfigChange], _ what: String, needs access: NeededAccess
    ) throws(ClientError) {
        let configs = changes.map {
            IncrementalAlterConfigsRequest.Config(
                name: $0.name, operation: $0.value == nil ? ConfigOperation.delete : ConfigOperation.set, value: $0.value)
        }
        let resource = IncrementalAlterConfigsRequest.Resource(resourceType: type, resourceName: name, configs: configs)
        let response: IncrementalAlterConfigsResponse = try connection.call(IncrementalAlterConfigsRequest(resources: [resource]))
        guard let answer = response.responses.first else { throw .malformed(broker, "IncrementalAlterConfigs answered nothing when asked to \(what)") }
        guard answer.errorCode == .none else { throw .refused(answer.errorCode, answer.errorMessage, what, needs: access) }
    }
}
