// AlterConfigs: all settings of a topic, of this broker or of all brokers are replaced by others.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func alterConfigs(_ request: AlterConfigsRequest, _ header: RequestHeaderView) {
        let version = header.version
        let changes = request.resources.map { resource in
            ConfigChange(
                resource: ResourceKey(type: resource.resourceType, name: resource.resourceName), edit: .replace(resource.configs))
        }
        change(changes, validateOnly: request.validateOnly, header) { outcomes, writer in
            let responses = outcomes.map { outcome in
                AlterConfigsResponse.Resource(
                    errorCode: outcome.refusal?.errorCode ?? .none, errorMessage: outcome.refusal?.message,
                    resourceType: outcome.resource.type, resourceName: outcome.resource.name)
            }
            AlterConfigsResponse(responses: responses).encode(into: &writer, version: version)
        }
    }

    /// Makes each change that can be made, one after the other, on the control thread: a change waits for the disk.
    func change(
        _ changes: [ConfigChange], validateOnly: Bool, _ header: RequestHeaderView,
        encode: @escaping ([ConfigOutcome], inout ByteWriter) -> Void
    ) {
        let (broker, access) = (broker, access)
        answerLater(header) { () -> [ConfigOutcome] in
            var counts: [ResourceKey: Int] = [:]
            for change in changes { counts[change.resource, default: 0] += 1 }
            return changes.map { change in
                do throws(ConfigRefusal) {
                    guard counts[change.resource] == 1 else {
                        throw ConfigRefusal(.invalidRequest, "the resource stands in the request more than once")
                    }
                    try change.make(in: broker, for: access, validateOnly: validateOnly)
                    return ConfigOutcome(resource: change.resource)
                } catch {
                    return ConfigOutcome(resource: change.resource, refusal: error)
                }
            }
        } encode: { _, outcomes, writer in
            encode(outcomes, &writer)
        }
    }
}

/// What became of the change of one resource.
struct ConfigOutcome: Sendable {
    let resource: ResourceKey
    /// nil when it was made, or could be.
    var refusal: ConfigRefusal?
}

/// A change of one resource's settings.
struct ConfigChange: Sendable {
    let resource: ResourceKey
    let edit: ConfigEdit

    /// - Parameter validateOnly: whether the change is checked only.
    func make(in broker: Broker, for access: Access, validateOnly: Bool) throws(ConfigRefusal) {
        switch resource.type {
        case ConfigResource.topic:
            guard access.isAuthorized(.alterConfigs, .topic(resource.name)) else {
                throw ConfigRefusal(.topicAuthorizationFailed, "\(access.principal) may not change topic \(resource.name)")
            }
            try changeTopic(in: broker, validateOnly: validateOnly)
        case ConfigResource.broker:
            guard access.isAuthorized(.alterConfigs, .cluster) else {
                throw ConfigRefusal(.clusterAuthorizationFailed, "\(access.principal) may not change brokers")
            }
            try changeBroker(broker, validateOnly: validateOnly)
        default:
            throw ConfigRefusal(.invalidRequest, "resource type \(resource.type) is neither topic (2) nor broker (4)")
        }
    }

    private func changeTopic(in broker: Broker, validateOnly: Bool) throws(ConfigRefusal) {
        guard !resource.name.isEmpty else { throw ConfigRefusal(.invalidRequest, "a topic's name is missing; settings of all topics are the broker's") }
        guard let topic = broker.storage.topic(named: resource.name) else {
            throw ConfigRefusal(.unknownTopicOrPartition, "there is no topic \(resource.name)")
        }
        let inherited = topic.configuration.entries()
        let overrides = try edit.applied(
            to: topic.overrides, isList: { ConfigurationTable.key(ofTopics: $0)?.isList },
            inherited: { key in inherited.first { $0.key == key }?.value })
        do throws(StorageError) {
            if validateOnly { return _ = try broker.storage.configuration(with: overrides) }
            _ = try broker.storage.setOverrides(overrides, ofTopic: resource.name)
        } catch { throw ConfigRefusal(ErrorCode(error), "\(error)") }
        broker.log.info("topic \(resource.name) is kept with \(ConfigChange.text(overrides))")
    }

    private func changeBroker(_ broker: Broker, validateOnly: Bool) throws(ConfigRefusal) {
        let isForAll = resource.name == BrokerSettings.everyBroker
        if !isForAll { try broker.storage.checkNode(resource.name) }
        let settings = broker.settings
        let values = try edit.applied(
            to: isForAll ? settings.forAll : settings.own, isList: { ConfigurationTable.key(named: $0)?.isList },
            inherited: { ConfigurationTable.key(named: $0)?.read(settings.inForce) })
        for name in values.keys.sorted() {
            guard let key = ConfigurationTable.key(named: name) else {
                throw ConfigRefusal(.invalidConfig, "there is no setting \(name)")
            }
            guard key.isDynamic else { throw ConfigRefusal(.invalidRequest, "\(name) can't be changed while the broker runs") }
        }
        let changed: BrokerSettings
        do throws(ConfigurationError) {
            changed = try BrokerSettings(
                told: settings.told, forAll: isForAll ? values : settings.forAll, own: isForAll ? settings.own : values)
        } catch { throw ConfigRefusal(.invalidRequest, error.description) }
        if validateOnly { return }
        do throws(StorageError) { try broker.change(changed, of: resource.name) } catch {
            throw ConfigRefusal(ErrorCode(error), "\(error)")
        }
        broker.log.info("\(isForAll ? "all brokers are" : "broker \(resource.name) is") set to \(ConfigChange.text(values))")
    }

    /// For the log. No key that can be changed is secret.
    private static func text(_ values: [String: String]) -> String {
        values.isEmpty ? "nothing of its own" : values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

extension ConfigurationKey {
    fileprivate var isList: Bool { kind == .list }
}
