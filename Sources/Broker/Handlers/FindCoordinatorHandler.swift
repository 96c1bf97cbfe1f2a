// FindCoordinator: this broker, once the topic is there in which its coordinator keeps things.
internal import Bytes
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func findCoordinator(_ request: FindCoordinatorRequest, _ header: RequestHeaderView) {
        let version = header.version
        let topic: InternalTopic
        switch request.keyType {
        case FindCoordinatorRequest.groupKeyType: topic = .consumerOffsets
        case FindCoordinatorRequest.transactionKeyType: topic = .transactionState
        default:
            let response = FindCoordinatorResponse(
                coordinators: request.keys.map { key in
                    .init(
                        key: key, errorCode: .invalidRequest,
                        errorMessage: "key type \(request.keyType) is neither a group (0) nor a transactional id (1)")
                })
            return answer(header) { response.encode(into: &$0, version: version) }
        }
        guard broker.storage.topic(named: topic.name) == nil, request.keys.contains(where: { isAuthorized(.describe, resource($0, topic)) })
        else {
            let response = coordinators(of: request.keys, topic, .none)
            return answer(header) { response.encode(into: &$0, version: version) }
        }
        let broker = broker
        answerLater(header) { () -> ErrorCode in
            do throws(StorageError) {
                try broker.ensure(topic)
                return .none
            } catch {
                broker.log.limited(.writeFailed, "internal topic \(topic.name) can't be made: \(error)")
                return .coordinatorNotAvailable
            }
        } encode: { client, failure, writer in
            client.coordinators(of: request.keys, topic, failure).encode(into: &writer, version: version)
        }
    }

    private func resource(_ key: String, _ topic: InternalTopic) -> Resource {
        topic == .consumerOffsets ? .group(key) : .transactionalID(key)
    }

    private func coordinators(of keys: [String], _ topic: InternalTopic, _ failure: ErrorCode) -> FindCoordinatorResponse {
        let endpoint = broker.endpoint(reachedBy: self)
        return FindCoordinatorResponse(
            coordinators: keys.map { key in
                guard isAuthorized(.describe, resource(key, topic)) else {
                    return .init(
                        key: key,
                        errorCode: topic == .consumerOffsets ? .groupAuthorizationFailed : .transactionalIDAuthorizationFailed)
                }
                guard failure == .none else { return .init(key: key, errorCode: failure) }
                return .init(key: key, nodeID: broker.storage.nodeID, host: endpoint.host, port: Int32(endpoint.port))
            })
    }
}
