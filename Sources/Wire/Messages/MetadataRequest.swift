// Metadata (3), request: which topics a client wants to find the leaders of.
package import Vocabulary

package struct MetadataRequest: WireMessage {
    package static let key = APIKey.metadata
    /// nil asks for every topic. Version 0 cannot say nil: there an empty list asks for every topic, and reads as empty.
    package var topics: [Topic]?
    /// From version 4.
    package var allowAutoTopicCreation: Bool
    /// Versions 8-10.
    package var includeClusterAuthorizedOperations: Bool
    /// From version 8.
    package var includeTopicAuthorizedOperations: Bool

    package init(
        topics: [Topic]?, allowAutoTopicCreation: Bool = true, includeClusterAuthorizedOperations: Bool = false,
        includeTopicAuthorizedOperations: Bool = false
    ) {
        self.topics = topics
        self.allowAutoTopicCreation = allowAutoTopicCreation
        self.includeClusterAuthorizedOperations = includeClusterAuthorizedOperations
        self.includeTopicAuthorizedOperations = includeTopicAuthorizedOperations
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        topics = fields.version >= 1 ? try fields.nullableArray() : try fields.array()
        allowAutoTopicCreation = fields.version >= 4 ? try fields.bool() : true
        includeClusterAuthorizedOperations = (8...10).contains(fields.version) ? try fields.bool() : false
        includeTopicAuthorizedOperations = fields.version >= 8 ? try fields.bool() : false
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(fields.version >= 1 ? topics : topics ?? [])
        if fields.version >= 4 { fields.bool(allowAutoTopicCreation) }
        if (8...10).contains(fields.version) { fields.bool(includeClusterAuthorizedOperations) }
        if fields.version >= 8 { fields.bool(includeTopicAuthorizedOperations) }
        fields.noTags()
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 2
        /// From version 10; zero where the topic is named.
        package var topicID: TopicID
        /// May be nil from version 10, where the id says which topic.
        package var name: String?

        package init(topicID: TopicID = .zero, name: String?) {
            self.topicID = topicID
            self.name = name
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            topicID = fields.version >= 10 ? try fields.topicID() : .zero
            name = fields.version >= 10 ? try fields.nullableString() : try fields.string()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            if fields.version >= 10 {
                fields.topicID(topicID)
                fields.nullableString(name)
            } else {
                fields.string(name ?? "")
            }
            fields.noTags()
        }
    }
}
