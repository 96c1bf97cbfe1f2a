// A fetch's answer: what was found, less what a session's client knows, or nothing for now when a quota is used up.
internal import Bytes
internal import Host
internal import Reactor
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    /// - Parameter frame: where the plan's names lie; nil when it has a copy.
    func encode(_ plan: FetchPlan, _ frame: UnsafeRawBufferPointer?, into parts: ResponseParts) {
        parts.begin(.fetch, plan.version, plan.correlationID)
        let (isAdmitted, throttle) = admit(plan)
        mute(throttle)
        var errorCode = ErrorCode.none
        var sessionID: Int32 = 0
        if isAdmitted {
            (errorCode, sessionID) = settleSession(plan, frame)
        } else {
            // The answer is empty, as Kafka's, and what it would have said is asked for again when the time is over.
            if case .continues(let session, _) = plan.session { sessionID = session.id }
            plan.keep { _ in false }
        }
        var response = FetchResponseWriter(
            into: &parts.bytes, version: plan.version, throttleMilliseconds: throttle, errorCode: errorCode,
            sessionID: sessionID, isolationLevel: plan.isolationLevel, topicCount: plan.topics.count)
        var next = 0
        for (number, topic) in plan.topics.enumerated() {
            plan.withName(number, in: frame) { response.topic($0, partitionCount: topic.partitionCount, into: &parts.bytes) }
            for _ in 0..<topic.partitionCount {
                encode(plan.entries[next], &response, into: parts)
                next += 1
            }
        }
        response.finish(into: &parts.bytes)
        parts.end()
    }

    private func encode(_ entry: FetchPlan.Entry, _ response: inout FetchResponseWriter, into parts: ResponseParts) {
        let outcome = entry.outcome
        let position = response.partition(
            index: entry.index, errorCode: outcome.errorCode, highWatermark: outcome.highWatermark,
            lastStableOffset: outcome.lastStableOffset, logStartOffset: outcome.logStartOffset,
            abortedTransactions: outcome.slice == nil ? [] : outcome.aborted.map(FetchResponse.AbortedTransaction.init),
            divergingEpoch: outcome.divergence.map { .init(epoch: $0.epoch, endOffset: $0.endOffset) },
            recordsCount: outcome.slice?.count ?? 0, into: &parts.bytes)
        guard let slice = outcome.slice else { return }
        parts.cut(
            at: position,
            FileRange(owner: slice.file, descriptor: slice.file.descriptor, position: slice.position, count: slice.count))
    }

    /// Counts the records that were found against the client's quota.
    private func admit(_ plan: FetchPlan) -> (isAdmitted: Bool, throttleMilliseconds: Int32) {
        guard let quota = plan.quota else { return (true, 0) }
        return quota.meter.admit(plan.foundBytes, limit: quota.bytesPerSecond, at: shard.loop.now)
    }
}

extension FetchResponse.AbortedTransaction {
    fileprivate init(_ transaction: AbortedTransaction) {
        self.init(producerID: transaction.producerID, firstOffset: transaction.firstOffset)
    }
}
