// What can go wrong in the engine, by what the caller can do about it.
package import Host
package import Records
package import Vocabulary

/// A request that the engine refuses, a log that it can no longer serve, or a start that it will not make.
package enum StorageError: Error, Equatable, Sendable {
    // A produced batch is refused; the log is as before.
    case record(RecordError)
    case messageTooLarge(bytes: Int, limit: Int)
    case batchTooLarge(bytes: Int, segmentBytes: Int)
    case outOfOrderSequence(producer: ProducerID, got: Int32, expected: Int32)
    case producerFenced(producer: ProducerID, got: ProducerEpoch, current: ProducerEpoch)
    /// A record outside of a transaction from a producer that has one open.
    case transactionMismatch(producer: ProducerID)
    /// The first batch of a transaction that the coordinator has not confirmed, or no longer would.
    case transactionNotVerified(producer: ProducerID)
    /// A marker of a coordinator that another one has replaced.
    case coordinatorFenced(producer: ProducerID, got: Int32, current: Int32)
    /// The data directory has less free space than its reserve.
    case directoryFull(String, freeBytes: Int64)

    /// A record's time is too far from the broker's clock (milliseconds since 1970).
    case timestampOutOfRange(Int64, earliest: Int64, latest: Int64)
    /// A producer claims to know when the broker appends.
    case timestampType

    // A read is refused.
    case offsetOutOfRange(Offset, valid: Range<Offset>)

    /// Records of a log that is not cleaned by deletion are not deleted on request either.
    case deletionForbidden(CleanupPolicy)

    // The log can't be served.
    /// A write or fsync failed: what the disk holds of the last batches is unknown until the next recovery.
    case fenced(SystemError)
    /// The topic is deleted.
    case deleted
    /// A stored batch that can't be what was written, at a position in bytes of the file.
    case corrupt(path: String, position: Int64, RecordError)
    case io(SystemError)

    // A change of topics is refused.
    case topicExists(String)
    case unknownTopic(String)
    case invalidTopicName(String, why: String)
    case invalidPartitionCount(Int32)
    /// All topics together would have too many.
    case tooManyPartitions(Int, limit: Int)
    /// A topic can't shrink, nor grow to what it is.
    case notMorePartitions(Int32, present: Int32)
    case invalidConfiguration(key: String, value: String, why: String)
    case documentTooLarge(String, bytes: Int)

    // The start is refused.
    case directoryLocked(String)
    case newerFormat(path: String, found: Int32, supported: Int32)
    case damagedCatalogue(path: String, why: String)
    case wrongDirectory(path: String, why: String)
    case missingDirectory(String, why: String)
    /// Each of several data directories failed.
    case noDirectoryLeft([DeadDirectory])
}

extension StorageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .record(let error): "record batch refused: \(error)"
        case .messageTooLarge(let bytes, let limit): "batch of \(bytes) bytes is over max.message.bytes = \(limit)"
        case .batchTooLarge(let bytes, let limit): "batch of \(bytes) bytes does not fit segment.bytes = \(limit)"
        case .outOfOrderSequence(let producer, let got, let expected):
            "producer \(producer) sent sequence \(got) where \(expected) was next"
        case .producerFenced(let producer, let got, let current):
            "producer \(producer) of epoch \(got) is fenced by epoch \(current)"
        case .transactionMismatch(let producer):
            "producer \(producer) has a transaction open and sent a batch that is not part of it"
        case .transactionNotVerified(let producer):
            "producer \(producer) sent a batch that is not part of an ongoing transaction"
        case .coordinatorFenced(let producer, let got, let current):
            "the coordinator of producer \(producer) of epoch \(got) is fenced by epoch \(current)"
        case .timestampOutOfRange(let timestamp, let earliest, let latest):
            "record time \(timestamp) is outside \(earliest)...\(latest)"
        case .timestampType: "a producer can't set the log append time"
        case .deletionForbidden(let policy): "records can't be deleted with cleanup.policy=\(policy)"
        case .directoryFull(let path, let free): "\(path) has \(free) bytes free, less than its reserve"
        case .offsetOutOfRange(let offset, let valid):
            "offset \(offset) is outside \(valid.lowerBound)..<\(valid.upperBound)"
        case .fenced(let error): "partition is fenced until the broker restarts: \(error)"
        case .deleted: "topic is deleted"
        case .corrupt(let path, let position, let error): "\(path) at byte \(position): \(error)"
        case .io(let error): "\(error)"
        case .topicExists(let name): "topic \(name) exists"
        case .unknownTopic(let name): "no topic \(name)"
        case .invalidTopicName(let name, let why): "topic name \"\(name)\": \(why)"
        case .invalidPartitionCount(let count):
            "\(count) partitions; 1 to \(StorageLimits.partitionsPerTopic) are possible"
        case .tooManyPartitions(let count, let limit):
            "all topics together would have \(count) partitions; \(limit) are possible"
        case .notMorePartitions(let count, let present):
            count == present
                ? "the topic has \(present) partitions already" : "the topic has \(present) partitions; \(count) would not be an increase"
        case .invalidConfiguration(let key, let value, let why): "\(key)=\(value): \(why)"
        case .documentTooLarge(let name, let bytes):
            "\(name) would take \(bytes) bytes; \(StorageLimits.documentBytes) are possible"
        case .directoryLocked(let path):
            "\(path) is in use by another broker (it holds \(path)/\(DataDirectory.lockName)); stop it or give another --data-dir"
        case .newerFormat(let path, let found, let supported):
            "\(path) has format \(found), written by a newer version; this one reads up to \(supported)"
        case .damagedCatalogue(let path, let why): "\(path) is damaged: \(why); restore it from a copy"
        case .wrongDirectory(let path, let why): "\(path): \(why)"
        case .missingDirectory(let path, let why): "\(path): \(why)"
        case .noDirectoryLeft(let dead):
            "no data directory is left: " + dead.map { "\($0)" }.joined(separator: "; ")
        }
    }
}

/// Runs system calls and names their failure as the engine's.
@inline(__always)
func io<Result>(_ body: () throws(SystemError) -> Result) throws(StorageError) -> Result {
    do { return try body() } catch { throw .io(error) }
}
