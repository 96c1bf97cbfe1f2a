// Fetch (1), response, as values. A broker writes FetchResponseWriter, a consumer reads FetchResponseView.
package import Vocabulary

package struct FetchResponse: WireMessage {
    package static let key = APIKey.fetch
    package var throttleMilliseconds: Int32
    /// From version 7.
    package var errorCode: ErrorCode
    /// From version 7. 0 keeps no session.
    package var sessionID: Int32
    package var topics: [Topic]

    package init(throttleMilliseconds: Int32 = 0, errorCode: ErrorCode = .none, sessionID: Int32 = 0, topics: [Topic]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.errorCode = errorCode
        self.sessionID = sessionID
        self.topics = topics
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        errorCode = fields.version >= 7 ? try fields.errorCode() : .none
        sessionID = fields.version >= 7 ? try fields.int32() : 0
        topics = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        if fields.version >= 7 {
            fields.errorCode(errorCode)
            fields.int32(sessionID)
        }
        fields.array(topics)
        fields.noTags()
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
        package static let minimumSize = 30
        package var index: Int32
        package var errorCode: ErrorCode
        package var highWatermark: Offset
        package var lastStableOffset: Offset
        /// From version 5.
        package var logStartOffset: Offset
        /// From version 12, as are the following two; tags, only where they are not nil.
        package var divergingEpoch: EpochEndOffset?
        package var currentLeader: LeaderIDAndEpoch?
        package var snapshotID: SnapshotID?
        package var abortedTransactions: [AbortedTransaction]?
        /// From version 11.
        package var preferredReadReplica: Int32
        /// Whole batches, the last of which may be cut short.
        package var records: [UInt8]?

        package init(
            index: Int32, errorCode: ErrorCode = .none, highWatermark: Offset, lastStableOffset: Offset = -1,
            logStartOffset: Offset = -1, divergingEpoch: EpochEndOffset? = nil,
            currentLeader: LeaderIDAndEpoch? = nil, snapshotID: SnapshotID? = nil,
            abortedTransactions: [AbortedTransaction]? = nil, preferredReadReplica: Int32 = -1, records: [UInt8]?
        ) {
            self.index = index
            self.errorCode = errorCode
            self.highWatermark = highWatermark
            self.lastStableOffset = lastStableOffset
            self.logStartOffset = logStartOffset
            self.divergingEpoch = divergingEpoch
            self.currentLeader = currentLeader
            self.snapshotID = snapshotID
            self.abortedTransactions = abortedTransactions
            self.preferredReadReplica = preferredReadReplica
            self.records = records
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            index = try fields.int32()
            errorCode = try fields.errorCode()
            highWatermark = try fields.int64()
            lastStableOffset = try fields.int64()
            logStartOffset = fields.version >= 5 ? try fields.int64() : -1
            abortedTransactions = try fields.nullableArray()
            preferredReadReplica = fields.version >= 11 ? try fields.int32() : -1
            records = try fields.records()
            var diverging: EpochEndOffset?
            var leader: LeaderIDAndEpoch?
            var snapshot: SnapshotID?
            try fields.tags { (number: UInt32, fields: inout FieldReader) throws(WireError) in
                switch number {
                case 0: diverging = try EpochEndOffset(from: &fields)
                case 1: leader = try LeaderIDAndEpoch(from: &fields)
                case 2: snapshot = try SnapshotID(from: &fields)
                default: break
                }
            }
            divergingEpoch = diverging
            currentLeader = leader
            snapshotID = snapshot
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(index)
            fields.errorCode(errorCode)
            fields.int64(highWatermark)
            fields.int64(lastStableOffset)
            if fields.version >= 5 { fields.int64(logStartOffset) }
            fields.array(abortedTransactions)
            if fields.version >= 11 { fields.int32(preferredReadReplica) }
            fields.records(records)
            guard fields.isFlexible else { return }
            fields.tagCount((divergingEpoch == nil ? 0 : 1) + (currentLeader == nil ? 0 : 1) + (snapshotID == nil ? 0 : 1))
            if let divergingEpoch { fields.tag(0) { divergingEpoch.encode(into: &$0) } }
            if let currentLeader { fields.tag(1) { currentLeader.encode(into: &$0) } }
            if let snapshotID { fields.tag(2) { snapshotID.encode(into: &$0) } }
        }
    }
}
