// OffsetCommit, TxnOffsetCommit and OffsetFetch, and what the end of a transaction does to offsets.
internal import Records
package import Vocabulary

extension GroupCoordinator {
    mutating func commit(_ request: OffsetCommitRequest, _ token: ReplyToken, _ turn: inout GroupTurn) {
        if let refusal = refusalOfCommit(request, turn.now) {
            discardIfNothing(request.group)
            return turn.reply(token, .commit(request.positions.map { _ in refusal }))
        }
        let errors = errorsOfPositions(in: request)
        let accepted = zip(request.positions, errors).filter { $0.1 == nil }.map(\.0)
        guard !accepted.isEmpty else {
            discardIfNothing(request.group)
            return turn.reply(token, .commit(errors))
        }
        // Of a partition named twice, the last counts, as it would in the log.
        let positions = accepted.map { ($0.partition, Self.stored($0, request.retentionMilliseconds, turn.now)) }
        let id = turn.write(
            request.group, positions.map { .offset(group: request.group, $0.0, $0.1) }, producer: request.producer)
        groups[request.group]?.offsets.began(positions.map(\.0), isTransactional: request.producer != nil)
        writes[id] = .commit(
            PendingCommit(token: token, errors: errors, positions: positions, producerID: request.producer?.producerID))
    }

    /// Why the whole commit is refused. A member that commits shows that it lives, even when it has to join first.
    private mutating func refusalOfCommit(_ request: OffsetCommitRequest, _ now: Moment) -> CoordinationError? {
        guard writes.count < settings.maximumWritesInFlight else { return .coordinatorLoadInProgress }
        if groups[request.group] == nil {
            if request.generation != nil { return .illegalGeneration }
            guard create(request.group) else { return .policyViolation }
        }
        let refusal = groups[request.group]?.machine.refusal(ofCommit: request)
        if refusal == nil || refusal == .rebalanceInProgress {
            groups[request.group]?.machine.touch(request.identity.memberID, now)
        }
        return refusal
    }

    private func errorsOfPositions(in request: OffsetCommitRequest) -> [CoordinationError?] {
        guard let offsets = groups[request.group]?.offsets else { preconditionFailure("no group \(request.group)") }
        var room = settings.maximumOffsetsPerGroup - offsets.size
        return request.positions.map { position in
            if position.metadata.utf8.count > settings.maximumOffsetMetadataBytes { return .offsetMetadataTooLarge }
            if offsets.knows(position.partition) { return nil }
            room -= 1
            return room < 0 ? .policyViolation : nil
        }
    }

    private static func stored(
        _ position: OffsetCommitRequest.Position, _ retentionMilliseconds: Int64?, _ now: Moment
    ) -> CommittedOffset {
        CommittedOffset(
            offset: position.offset, leaderEpoch: position.leaderEpoch, metadata: position.metadata,
            commitMilliseconds: now.wallMilliseconds,
            expireMilliseconds: retentionMilliseconds.map { now.wallMilliseconds.addingReportingOverflow(max($0, 0)) }
                .map { $0.overflow ? .max : $0.partialValue })
    }

    /// The log has answered for a commit.
    mutating func finish(
        _ commit: PendingCommit, _ group: String, order: UInt64, _ error: CoordinationError?, _ turn: inout GroupTurn
    ) {
        if let first = groups[group]?.firstOrder, first <= order {
            groups[group]?.offsets.ended(commit.positions, order: order, producerID: commit.producerID, isWritten: error == nil)
            if let producer = commit.producerID, groups[group]?.offsets.transactional[producer] != nil {
                transactionalGroups[producer, default: []].insert(group)
            }
            discardIfNothing(group)
        }
        turn.reply(commit.token, .commit(commit.errors.map { $0 ?? error }))
    }

    /// A marker on one partition of `__consumer_offsets` ends the transaction for the groups kept there.
    mutating func endTransaction(
        of producerID: ProducerID, _ outcome: EndTransactionMarker.Outcome, offsetsPartition: Int32
    ) {
        guard let names = transactionalGroups[producerID] else { return }
        let ended = names.filter { partition(of: $0) == offsetsPartition }
        for name in ended {
            groups[name]?.offsets.end(producerID, isCommitted: outcome == .commit)
            discardIfNothing(name)
        }
        let rest = names.subtracting(ended)
        transactionalGroups[producerID] = rest.isEmpty ? nil : rest
    }

    /// Committed offsets.
    ///
    /// - Parameters:
    ///   - partitions: in this order; nil for all that the group has committed, by name.
    ///   - requiresStable: answer `unstableOffsetCommit` where a transaction that has not ended may change the offset (KIP-447).
    package func fetch(_ group: String, _ partitions: [TopicPartition]? = nil, requiresStable: Bool = false) -> [FetchedOffset] {
        guard let offsets = groups[group]?.offsets else { return (partitions ?? []).map { FetchedOffset(partition: $0) } }
        return (partitions ?? offsets.committed.keys.inOrder).map { partition in
            if requiresStable, offsets.isUnstable(partition) {
                return FetchedOffset(partition: partition, error: .unstableOffsetCommit)
            }
            return FetchedOffset(partition: partition, committed: offsets.committed[partition]?.committed)
        }
    }
}
