// Whether a partition may take the first batch of a transaction. A batch that arrives late, when its transaction is over,
// would begin one that no coordinator knows of and nobody ends (KIP-890): so the coordinator is asked, and a marker that
// is written meanwhile makes its answer worthless.
internal import Records
package import Vocabulary

/// How a batch of a transaction gets into the log.
package enum TransactionAdmission: Equatable, Sendable {
    /// Not at all.
    case none
    /// When its transaction has begun here; or else begins with it, which the coordinator has confirmed since
    /// `beginVerification` gave this.
    case verified(TransactionVerification?)
    /// Always: who asks knows that the transaction is open.
    case trusted
}

/// A question to the coordinator: does this producer's transaction have this partition?
package struct TransactionVerification: Equatable, Sendable {
    let number: UInt64
}

/// The questions that are open, one a producer.
struct TransactionVerifications {
    private struct Open {
        var verification: TransactionVerification
        var epoch: ProducerEpoch
        /// Of all batches that asked: a later one must not overtake it.
        var lowestSequence: Int32
        /// Whether the producer gets a new epoch with each transaction, and so begins at sequence 0.
        var beginsAtZero: Bool
    }

    private var open: [ProducerID: Open] = [:]
    private var lastNumber: UInt64 = 0
    private let limit: Int

    /// - Parameter limit: of open questions; past it the oldest counts for nothing.
    init(limit: Int = StorageLimits.verificationsPerPartition) { self.limit = limit }

    /// The producer's open question, or a new one.
    mutating func begin(
        _ producer: ProducerID, epoch: ProducerEpoch, sequence: Int32, beginsAtZero: Bool
    ) -> TransactionVerification {
        if var known = open[producer] {
            if epoch > known.epoch || (epoch == known.epoch && sequence < known.lowestSequence) {
                (known.epoch, known.lowestSequence) = (epoch, sequence)
                open[producer] = known
            }
            return known.verification
        }
        if open.count >= limit, let oldest = open.min(by: { $0.value.verification.number < $1.value.verification.number }) {
            open[oldest.key] = nil
        }
        lastNumber += 1
        let verification = TransactionVerification(number: lastNumber)
        open[producer] = Open(verification: verification, epoch: epoch, lowestSequence: sequence, beginsAtZero: beginsAtZero)
        return verification
    }

    /// A batch of the producer's transaction, or its end, is staged: what was asked before is settled.
    mutating func settle(_ producer: ProducerID) {
        if !open.isEmpty { open[producer] = nil }
    }

    /// Checks the first batch of a transaction.
    ///
    /// - Parameter isProducerKnown: whether a batch of the producer is remembered.
    /// - Throws: `.transactionNotVerified`, `.outOfOrderSequence`.
    func check(_ batch: BatchView, _ given: TransactionVerification?, isProducerKnown: Bool) throws(StorageError) {
        guard let given, let known = open[batch.producerID], known.verification == given else {
            throw .transactionNotVerified(producer: batch.producerID)
        }
        let first = batch.baseSequence
        if known.beginsAtZero, !isProducerKnown, first != 0 {
            throw .outOfOrderSequence(producer: batch.producerID, got: first, expected: 0)
        }
        if first > known.lowestSequence {
            throw .outOfOrderSequence(producer: batch.producerID, got: first, expected: known.lowestSequence)
        }
    }

    mutating func removeAll() { open = [:] }
}

extension PartitionLog {
    /// Asks whether a batch may begin its producer's transaction here. What is returned goes to `stage` with the batch
    /// when the coordinator has confirmed that the transaction has this partition.
    ///
    /// - Parameter beginsAtZero: whether the producer gets a new epoch with each transaction (transaction version 2).
    /// - Returns: nil when the transaction has begun already: the coordinator need not be asked.
    package func beginVerification(
        of producer: ProducerID, epoch: ProducerEpoch, sequence: Int32, beginsAtZero: Bool
    ) -> TransactionVerification? {
        checkOwner()
        if producers.ongoingTransaction(of: producer)?.producerEpoch == epoch { return nil }
        return producers.verifications.begin(producer, epoch: epoch, sequence: sequence, beginsAtZero: beginsAtZero)
    }
}

extension ProducerState {
    /// Whether a batch that passed `check` may be part of a transaction.
    ///
    /// - Throws: `.transactionNotVerified`, `.outOfOrderSequence`.
    func check(_ batch: BatchView, _ admission: TransactionAdmission) throws(StorageError) {
        guard batch.isTransactional, case .verified(let given) = admission else { return }
        let known = slots[batch.producerID].map { standing(of: $0) }
        if let known, known.transactionStart != nil, known.epoch == batch.producerEpoch { return }
        try verifications.check(batch, given, isProducerKnown: known?.lastSequence != nil)
    }
}
