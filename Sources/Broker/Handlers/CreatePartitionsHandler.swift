// CreatePartitions: topics get more partitions, which are there for everybody when the answer comes.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func createPartitions(_ request: CreatePartitionsRequest, _ header: RequestHeaderView) {
        let version = header.version
        let (broker, access) = (broker, access)
        answerLater(header) { () -> [CreatePartitionsResponse.Topic] in
            var counts: [String: Int] = [:]
            for topic in request.topics { counts[topic.name, default: 0] += 1 }
            return request.topics.map { topic in
                guard access.isAuthorized(.alter, .topic(topic.name)) else {
                    return refusal(topic.name, .topicAuthorizationFailed, "\(access.principal) may not change topic \(topic.name)")
                }
                guard counts[topic.name] == 1 else {
                    return refusal(topic.name, .invalidRequest, "topic \(topic.name) stands in the request more than once")
                }
                return grow(topic, in: broker, validateOnly: request.validateOnly)
            }
        } encode: { _, results, writer in
            CreatePartitionsResponse(results: results).encode(into: &writer, version: version)
        }
    }
}

private func refusal(_ name: String, _ error: ErrorCode, _ message: String) -> CreatePartitionsResponse.Topic {
    .init(name: name, errorCode: error, errorMessage: message)
}

private func grow(_ topic: CreatePartitionsRequest.Topic, in broker: Broker, validateOnly: Bool) -> CreatePartitionsResponse.Topic {
    guard InternalTopic.named(topic.name) == nil else {
        return refusal(topic.name, .invalidTopic, "topic \(topic.name) is the broker's own: what is where in it goes by its partitions")
    }
    do throws(StorageError) {
        let present = try broker.storage.checkGrowth(of: topic.name, to: topic.count)
        if let assignments = topic.assignments {
            let added = topic.count - present.partitionCount
            guard assignments.count == Int(added) else {
                return refusal(topic.name, .invalidReplicationAssignment, "\(added) partitions come, and \(assignments.count) assignments")
            }
            guard assignments.allSatisfy({ $0.brokerIDs == [broker.storage.nodeID] }) else {
                return refusal(topic.name, .invalidReplicationAssignment, "broker \(broker.storage.nodeID) alone can have the partitions")
            }
        }
        if validateOnly { return .init(name: topic.name) }
        let grown = try broker.storage.addPartitions(toTopic: topic.name, count: topic.count)
        broker.log.info("topic \(topic.name) has \(grown.partitionCount) partitions now, \(present.partitionCount) before")
        return .init(name: topic.name)
    } catch {
        return refusal(topic.name, ErrorCode(error), "\(error)")
    }
}
