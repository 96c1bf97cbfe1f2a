// OffsetFetch (9): how far groups have read. From version 8 on several groups at once.
package import Vocabulary

package struct OffsetFetchRequest: WireMessage {
    package static let key = APIKey.offsetFetch
    /// Exactly one before version 8.
    package var groups: [Group]
    /// From version 7: rather an error than an offset that an open transaction may change.
    package var requireStable: Bool

    package init(groups: [Group], requireStable: Bool = false) {
        self.groups = groups
        self.requireStable = requireStable
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        groups = try fields.version >= 8 ? fields.array() : [Group(single: &fields)]
        requireStable = fields.version >= 7 ? try fields.bool() : false
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 8 {
            fields.array(groups)
        } else {
            precondition(groups.count == 1, "version \(fields.version) asks for one group, not \(groups.count)")
            fields.string(groups[0].groupID)
            fields.array(groups[0].topics)
        }
        if fields.version >= 7 { fields.bool(requireStable) }
        fields.noTags()
    }

    package struct Group: WireStruct {
        package static let minimumSize = 3
        package var groupID: String
        /// From version 9: of a member of the new group protocol; null and −1 otherwise.
        package var memberID: String?
        package var memberEpoch: Int32
        /// Null from version 2 on: everything that is committed.
        package var topics: [Topic]?

        package init(groupID: String, memberID: String? = nil, memberEpoch: Int32 = -1, topics: [Topic]?) {
            self.groupID = groupID
            self.memberID = memberID
            self.memberEpoch = memberEpoch
            self.topics = topics
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            groupID = try fields.string()
            memberID = fields.version >= 9 ? try fields.nullableString() : nil
            memberEpoch = fields.version >= 9 ? try fields.int32() : -1
            topics = try fields.nullableArray()
            try fields.skipTags()
        }

        /// The fields as they stand in the request itself before version 8.
        fileprivate init(single fields: inout FieldReader) throws(WireError) {
            groupID = try fields.string()
            memberID = nil
            memberEpoch = -1
            topics = try fields.version >= 2 ? fields.nullableArray() : fields.array()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(groupID)
            if fields.version >= 9 {
                fields.nullableString(memberID)
                fields.int32(memberEpoch)
            }
            fields.array(topics)
            fields.noTags()
        }
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 3
        package var name: String
        package var partitionIndexes: [Int32]

        package init(name: String, partitionIndexes: [Int32]) {
            self.name = name
            self.partitionIndexes = partitionIndexes
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            partitionIndexes = try fields.int32Array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.int32Array(partitionIndexes)
            fields.noTags()
        }
    }
}

package struct OffsetFetchResponse: WireMessage {
    package static let key = APIKey.offsetFetch
    package var throttleMilliseconds: Int32
    /// Exactly one before version 8.
    package var groups: [Group]

    package init(throttleMilliseconds: Int32 = 0, groups: [Group]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.groups = groups
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = fields.version >= 3 ? try fields.int32() : 0
        groups = try fields.version >= 8 ? fields.array() : [Group(single: &fields)]
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        if fields.version >= 3 { fields.int32(throttleMilliseconds) }
        if fields.version >= 8 {
            fields.array(groups)
        } else {
            precondition(groups.count == 1, "version \(fields.version) answers for one group, not \(groups.count)")
            fields.array(groups[0].topics)
            if fields.version >= 2 { fields.errorCode(groups[0].errorCode) }
        }
        fields.noTags()
    }

    package struct Group: WireStruct {
        package static let minimumSize = 5
        /// From version 8.
        package var groupID: String
        package var topics: [Topic]
        /// From version 2.
        package var errorCode: ErrorCode

        package init(groupID: String = "", topics: [Topic], errorCode: ErrorCode = .none) {
            self.groupID = groupID
            self.topics = topics
            self.errorCode = errorCode
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            groupID = try fields.string()
            topics = try fields.array()
            errorCode = try fields.errorCode()
            try fields.skipTags()
        }

        /// The fields as they stand in the response itself before version 8.
        fileprivate init(single fields: inout FieldReader) throws(WireError) {
            groupID = ""
            topics = try fields.array()
            errorCode = fields.version >= 2 ? try fields.errorCode() : .none
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(groupID)
            fields.array(topics)
            fields.errorCode(errorCode)
            fields.noTags()
        }
    }

    package struct Topic: WireStruct {
        package static let minimumSize = 3
        package var name: String
        package var partitions: [Partition]

        package init(name: String, partitions: [Partition]) {
            self.name = name
            self.partitions = partitions
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            partitions = try fields.array()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.array(partitions)
            fields.noTags()
        }
    }

    package struct Partition: WireStruct {
        package static let minimumSize = 16
        package var partitionIndex: Int32
        /// The next one to read; −1: none is committed.
        package var offset: Offset
        /// From version 5.
        package var leaderEpoch: LeaderEpoch
        package var metadata: String?
        package var errorCode: ErrorCode

        package init(
            partitionIndex: Int32, offset: Offset = -1, leaderEpoch: LeaderEpoch = -1, metadata: String? = "",
            errorCode: ErrorCode = .none
        ) {
            self.partitionIndex = partitionIndex
            self.offset = offset
            self.leaderEpoch = leaderEpoch
            self.metadata = metadata
            self.errorCode = errorCode
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            partitionIndex = try fields.int32()
            offset = try fields.int64()
            leaderEpoch = fields.version >= 5 ? try fields.int32() : -1
            metadata = try fields.nullableString()
            errorCode = try fields.errorCode()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(partitionIndex)
            fields.int64(offset)
            if fields.version >= 5 { fields.int32(leaderEpoch) }
            fields.nullableString(metadata)
            fields.errorCode(errorCode)
            fields.noTags()
        }
    }
}
