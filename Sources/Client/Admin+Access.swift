// What the broker's rules let this user do, asked before it is tried.
package import Vocabulary
internal import Wire

extension Admin {
    /// Which of `operations` this user may not do to a topic.
    ///
    /// - Returns: empty where all are allowed, and where the broker does not tell: from version 8 of Metadata on they do.
    package func denied(_ operations: [Vocabulary.Operation], on topic: String) throws(ClientError) -> [Vocabulary.Operation] {
        let request = MetadataRequest(topics: [.init(name: topic)], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true)
        let response: MetadataResponse = try connection.call(request)
        guard let found = response.topics.first(where: { $0.name == topic }) else { throw .malformed(broker, "Metadata without topic \(topic)") }
        guard found.errorCode == .none else {
            throw .refused(found.errorCode, "look topic \(topic) up", needs: NeededAccess(.describe, on: .topic(topic)))
        }
        // The smallest number: not told. None at all would be an error, so that is a broker which has the field and not its meaning.
        let allowed = found.topicAuthorizedOperations
        guard allowed != .min, allowed != 0 else { return [] }
        return operations.filter { allowed & 1 << Int32($0.rawValue) == 0 }
    }
}
