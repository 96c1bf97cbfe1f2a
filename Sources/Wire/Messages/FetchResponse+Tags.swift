// The small structs of a fetch response's partition: three that travel as tags, and aborted transactions.
package import Vocabulary

extension FetchResponse {
    /// Where the leader's log parts from the fetcher's: the end of the largest epoch both know.
    package struct EpochEndOffset: WireStruct {
        package static let minimumSize = 12
        package var epoch: LeaderEpoch
        package var endOffset: Offset

        package init(epoch: LeaderEpoch, endOffset: Offset) {
            self.epoch = epoch
            self.endOffset = endOffset
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            epoch = try fields.int32()
            endOffset = try fields.int64()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(epoch)
            fields.int64(endOffset)
            fields.noTags()
        }
    }

    /// Who leads now, told to one that asked the wrong node.
    package struct LeaderIDAndEpoch: WireStruct {
        package static let minimumSize = 8
        package var leaderID: Int32
        package var leaderEpoch: LeaderEpoch

        package init(leaderID: Int32, leaderEpoch: LeaderEpoch) {
            self.leaderID = leaderID
            self.leaderEpoch = leaderEpoch
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            leaderID = try fields.int32()
            leaderEpoch = try fields.int32()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int32(leaderID)
            fields.int32(leaderEpoch)
            fields.noTags()
        }
    }

    package struct SnapshotID: WireStruct {
        package static let minimumSize = 12
        package var endOffset: Offset
        package var epoch: LeaderEpoch

        package init(endOffset: Offset, epoch: LeaderEpoch) {
            self.endOffset = endOffset
            self.epoch = epoch
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            endOffset = try fields.int64()
            epoch = try fields.int32()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int64(endOffset)
            fields.int32(epoch)
            fields.noTags()
        }
    }

    package struct AbortedTransaction: WireStruct {
        package static let minimumSize = 16
        package var producerID: ProducerID
        package var firstOffset: Offset

        package init(producerID: ProducerID, firstOffset: Offset) {
            self.producerID = producerID
            self.firstOffset = firstOffset
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            producerID = try fields.int64()
            firstOffset = try fields.int64()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.int64(producerID)
            fields.int64(firstOffset)
            fields.noTags()
        }
    }
}
