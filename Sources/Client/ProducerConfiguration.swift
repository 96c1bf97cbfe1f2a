package import Codecs
internal import Records

/// How a producer batches, sends and retries.
package struct ProducerConfiguration: Sendable {
    /// Room for one batch, header included. A record that needs more gets a batch that fits it.
    package var batchBytes = 65_536
    /// How long an open batch waits for more records. 0: it goes as soon as a request may.
    package var lingerNanoseconds: UInt64 = 0
    /// Requests without an answer on one connection; 5 at most for an idempotent producer.
    package var maxInFlight = 5
    /// 0: no answer, 1: the leader has it, -1: all in-sync replicas have it.
    package var acks: Int16 = -1
    package var isIdempotent = true
    /// How records are cut into transactions; nil: they are not. A record counts as acknowledged when its transaction is committed,
    /// unless the plan reports answers.
    package var transaction: TransactionPlan?
    /// Memory for batches. When it is used up, nothing is taken until an answer frees some.
    package var bufferMemoryBytes = 32 << 20
    /// Of that and of the memory for times, each: so much has its pages before the first record, the rest when a record comes to it.
    package var preparedBytes = 32 << 20
    /// Batches of several partitions share a request up to this size.
    package var maxRequestBytes = 1 << 20
    /// Times a batch is sent again after a retriable error or a lost connection; nil: until its delivery timeout.
    /// Without idempotence 0 means at most once, anything else at least once.
    package var retries: Int?
    package var retryBackoffNanoseconds: UInt64 = 20_000_000
    /// From the first record's handing over to giving up.
    package var deliveryTimeoutNanoseconds: UInt64 = 120_000_000_000
    /// How long the broker may wait for replicas.
    package var brokerTimeoutMilliseconds: Int32 = 30_000
    /// Of whole batches, when they are sealed: `batchBytes` is what they have before.
    package var codec = Codec.none
    /// One of `Compressor.levels(codec)`; nil: the library's own.
    package var compressionLevel: Int?
    /// Hand each record's intended time back with its acknowledgement. Costs eight bytes a record.
    package var keepsIntendedTimes = true

    package init() {}

    func check() {
        precondition(batchBytes > 0 && maxInFlight > 0, "batches of \(batchBytes) bytes, \(maxInFlight) in flight")
        precondition(preparedBytes >= 0, "\(preparedBytes) bytes of memory prepared")
        precondition(acks >= -1 && acks <= 1, "acks \(acks)")
        precondition(!isIdempotent || (maxInFlight <= 5 && acks == -1), "an idempotent producer has acks -1 and at most 5 in flight")
        precondition(transaction == nil || isIdempotent, "a producer of transactions is idempotent")
    }
}
