// The engine's errors as Kafka numbers them. The one place where both are known.
internal import Records
internal import StorageEngine
internal import Wire

extension ErrorCode {
    init(_ error: StorageError) {
        switch error {
        case .record(let record): self.init(record)
        case .messageTooLarge: self = .messageTooLarge
        case .batchTooLarge: self = .recordListTooLarge
        case .outOfOrderSequence: self = .outOfOrderSequenceNumber
        case .producerFenced: self = .invalidProducerEpoch
        case .transactionMismatch, .transactionNotVerified: self = .invalidTxnState
        case .coordinatorFenced: self = .transactionCoordinatorFenced
        case .offsetOutOfRange: self = .offsetOutOfRange
        case .timestampOutOfRange, .timestampType: self = .invalidTimestamp
        case .deletionForbidden, .documentTooLarge: self = .policyViolation
        case .deleted, .unknownTopic: self = .unknownTopicOrPartition
        case .topicExists: self = .topicAlreadyExists
        case .invalidTopicName: self = .invalidTopic
        case .invalidPartitionCount, .notMorePartitions: self = .invalidPartitions
        case .tooManyPartitions: self = .policyViolation
        case .invalidConfiguration: self = .invalidConfig
        case .directoryFull, .fenced, .corrupt, .io, .directoryLocked, .newerFormat, .damagedCatalogue, .wrongDirectory,
            .missingDirectory, .noDirectoryLeft:
            self = .kafkaStorageError
        }
    }

    private init(_ error: RecordError) {
        switch error {
        case .truncated, .checksum, .compressed: self = .corruptMessage
        // Too short to be one batch is damage; more or less than one whole batch is a client's mistake.
        case .length(let length, _): self = length < Int32(BatchLayout.headerSize - BatchLayout.lengthOverhead) ? .corruptMessage : .invalidRecord
        case .magic, .count, .walkedCount, .offsetDelta, .record, .producer, .control, .keyless: self = .invalidRecord
        case .transactional: self = .invalidTxnState
        case .codec: self = .unsupportedCompressionType
        case .timestamps: self = .invalidTimestamp
        }
    }
}
