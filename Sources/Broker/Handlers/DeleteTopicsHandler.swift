// DeleteTopics: by name, or by id from version 6 on.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func deleteTopics(_ request: DeleteTopicsRequest, _ header: RequestHeaderView) {
        let version = header.version
        let (broker, access) = (broker, access)
        answerLater(header) { () -> [DeleteTopicsResponse.Topic] in
            var names: [String: Int] = [:]
            var ids: [TopicID: Int] = [:]
            for topic in request.topics {
                if let name = topic.name { names[name, default: 0] += 1 } else { ids[topic.topicID, default: 0] += 1 }
            }
            return request.topics.map { topic in
                let isTwice = topic.name.map { names[$0] != 1 } ?? (ids[topic.topicID] != 1)
                if isTwice { return topic.refused(.invalidRequest, "the topic stands in the request more than once") }
                return delete(topic, in: broker, for: access)
            }
        } encode: { _, responses, writer in
            DeleteTopicsResponse(responses: responses).encode(into: &writer, version: version)
        }
    }
}

extension DeleteTopicsRequest.Topic {
    fileprivate func refused(_ error: ErrorCode, _ message: String) -> DeleteTopicsResponse.Topic {
        .init(name: name, topicID: topicID, errorCode: error, errorMessage: message)
    }
}

private func delete(
    _ topic: DeleteTopicsRequest.Topic, in broker: Broker, for access: Access
) -> DeleteTopicsResponse.Topic {
    if topic.name != nil, topic.topicID != .zero {
        return topic.refused(.invalidRequest, "a topic is named by its name or by its id, not by both")
    }
    if topic.name == nil, topic.topicID == .zero {
        return topic.refused(.invalidRequest, "a topic is named by its name or by its id, and has neither")
    }
    let found = topic.name.map { broker.storage.topic(named: $0) } ?? broker.storage.topic(id: topic.topicID)
    // Before it is said whether there is one.
    if let name = topic.name ?? found?.name {
        guard access.isAuthorized(.delete, .topic(name)) else {
            // Whoever knows an id only is not told the name.
            let isKnown = topic.name != nil || access.isAuthorized(.describe, .topic(name))
            return .init(
                name: isKnown ? name : nil, topicID: topic.topicID, errorCode: .topicAuthorizationFailed,
                errorMessage: "\(access.principal) may not delete the topic")
        }
    }
    guard let found else {
        return topic.refused(topic.name == nil ? .unknownTopicID : .unknownTopicOrPartition, "there is no such topic")
    }
    guard InternalTopic.named(found.name) == nil else {
        return .init(
            name: found.name, topicID: found.id, errorCode: .invalidTopic,
            errorMessage: "topic \(found.name) is the broker's own, and keeps what its clients rely on")
    }
    do {
        try broker.storage.deleteTopic(named: found.name)
        broker.forgetOffsets(of: found)
        broker.log.info("topic \(found.name) deleted")
        return .init(name: found.name, topicID: found.id)
    } catch {
        return .init(name: found.name, topicID: found.id, errorCode: ErrorCode(error), errorMessage: "\(error)")
    }
}
