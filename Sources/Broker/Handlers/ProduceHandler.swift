// Produce: batches are staged where they were received; the response is written at once and sent after the tick's write.
internal import Bytes
internal import Reactor
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func produce(_ frame: UnsafeMutableRawBufferPointer, _ header: RequestHeaderView) throws(WireError) {
        var view = try ProduceRequestView(
            frame: UnsafeRawBufferPointer(frame), bodyPosition: header.bodyPosition, version: header.version)
        _ = try view.check()
        if let refusal = refusal(view) { return try refuseProduce(frame, header, refusal) }

        let parts = shard.response
        parts.begin(.produce, header.version, header.correlationID)
        var request = ProduceRequestState(firstStaged: shard.staged.count)
        request.transactionalID = view.transactionalID.flatMap { String(validating: $0, as: UTF8.self) }
        var response = ProduceResponseWriter(into: &parts.bytes, version: header.version, topicCount: view.topicCount)
        while let name = try view.nextTopic() {
            response.topic(name.name, partitionCount: name.partitionCount, into: &parts.bytes)
            let topic = shard.topic(name.name)
            let isAllowed = isAuthorized(.write, topic: name.name)
            while let partition = try view.nextPartition() {
                let outcome = isAllowed ? append(partition, frame, topic, &request) : fail(.topicAuthorizationFailed)
                let position = response.partition(
                    index: partition.index, errorCode: outcome.errorCode, baseOffset: outcome.baseOffset,
                    logAppendTimeMilliseconds: outcome.logAppendTimeMilliseconds,
                    logStartOffset: outcome.logStartOffset, into: &parts.bytes)
                note(position, outcome, &request)
            }
        }
        response.finish(throttleMilliseconds: throttleProduce(header, bytes: frame.count), into: &parts.bytes)
        parts.end()
        reply(parts, header, request, acks: view.acks)
    }

    private func refusal(_ view: ProduceRequestView) -> ErrorCode? {
        if let bytes = view.transactionalID {
            guard let transactionalID = String(validating: bytes, as: UTF8.self) else { return .invalidRequest }
            guard isAuthorized(.write, .transactionalID(transactionalID)) else { return .transactionalIDAuthorizationFailed }
        }
        return (-1...1).contains(view.acks) ? nil : .invalidRequiredAcks
    }

    /// Answers every partition of a request with the same error.
    func refuseProduce(_ frame: UnsafeMutableRawBufferPointer, _ header: RequestHeaderView, _ error: ErrorCode) throws(WireError) {
        var view = try ProduceRequestView(
            frame: UnsafeRawBufferPointer(frame), bodyPosition: header.bodyPosition, version: header.version)
        _ = try view.check()
        shard.counters.add(.errors)
        if view.acks == 0 { return refuse("\(peer): a produce request without acks is refused: \(error)") }
        let parts = shard.response
        parts.begin(.produce, header.version, header.correlationID)
        var response = ProduceResponseWriter(into: &parts.bytes, version: header.version, topicCount: view.topicCount)
        while let topic = try view.nextTopic() {
            response.topic(topic.name, partitionCount: topic.partitionCount, into: &parts.bytes)
            while let partition = try view.nextPartition() {
                response.partition(index: partition.index, errorCode: error, into: &parts.bytes)
            }
        }
        response.finish(into: &parts.bytes)
        parts.end()
        answer(parts)
    }

    /// Stages a partition's batch here, or notes that its shard or the recoder has to have it first.
    private func append(
        _ partition: ProduceRequestView.Partition, _ frame: UnsafeMutableRawBufferPointer, _ topic: ShardTopic?,
        _ request: inout ProduceRequestState
    ) -> ProduceOutcome {
        let place = shard.place(topic, partition.index)
        if case .nowhere = place { return fail(.unknownTopicOrPartition) }
        if let topic, topic.isInternal { return fail(.invalidTopic) }
        guard let records = partition.records else { return fail(.invalidRecord) }
        let batch = UnsafeMutableRawBufferPointer(rebasing: frame[records])
        switch place {
        case .nowhere: return fail(.unknownTopicOrPartition)
        case .here(let partition):
            if shard.isRecoded(batch, in: partition) {
                request.away.append(
                    ProduceRequestState.Away(
                        shard: shard.index, topic: partition.log.partition.topic, partition: partition.log.partition.partition,
                        batch: batch))
                return ProduceOutcome()
            }
            do throws(StageRefusal) {
                let staged = try shard.stage(batch, in: partition, of: request.transactionalID)
                shard.staged.append(staged)
                if staged.waitsForFlush { request.waitsForFlush = true }
                return ProduceOutcome(
                    baseOffset: staged.baseOffset, logAppendTimeMilliseconds: staged.logAppendTimeMilliseconds,
                    logStartOffset: partition.log.logStartOffset)
            } catch {
                return fail(error.code, logStartOffset: partition.log.logStartOffset)
            }
        case .shard(let owner, let topic):
            request.away.append(
                ProduceRequestState.Away(shard: owner, topic: topic.name, partition: partition.index, batch: batch))
            return ProduceOutcome()
        }
    }

    private func fail(_ error: ErrorCode, logStartOffset: Offset = -1) -> ProduceOutcome {
        shard.counters.add(.errors)
        return ProduceOutcome(errorCode: error, logStartOffset: logStartOffset)
    }

    private func note(_ position: Int, _ outcome: ProduceOutcome, _ request: inout ProduceRequestState) {
        if outcome.errorCode != .none {
            request.hasFailed = true
        } else if request.awayNoted < request.away.count {
            request.away[request.awayNoted].position = position
            request.awayNoted += 1
        } else {
            shard.staged[shard.staged.count - 1].position = position
        }
    }

    private func reply(_ parts: ResponseParts, _ header: RequestHeaderView, _ request: ProduceRequestState, acks: Int16) {
        if acks == 0 {
            parts.forget()
            if request.hasFailed { return refuse("\(peer): a batch without acks is refused") }
            // Nothing is sent, but the memory has to be held until those have written that do it elsewhere.
            if !request.away.isEmpty { sendAway(request, RequestSlot()) }
        } else if request.waitsForFlush || !request.away.isEmpty || hasUnanswered {
            replyLater(parts, header, request)
        } else {
            let start = parts.move(to: connection)
            connection.flush()
            for index in request.firstStaged..<shard.staged.count {
                shard.staged[index].position += start
                shard.staged[index].reply = .output(self, version: header.version)
            }
        }
    }

    /// The response waits for the write of every batch in it, or longer.
    private func replyLater(_ parts: ResponseParts, _ header: RequestHeaderView, _ request: ProduceRequestState) {
        let slot = wait()
        slot.version = header.version
        slot.parts.take(parts)
        let staged = request.firstStaged..<shard.staged.count
        if staged.isEmpty, request.away.isEmpty { return slot.complete() }
        slot.expect(staged.count)
        shard.stagedNeedOutcome = true
        for index in staged { shard.staged[index].reply = .slot(slot) }
        sendAway(request, slot)
    }

    private func sendAway(_ request: ProduceRequestState, _ slot: RequestSlot) {
        guard !request.away.isEmpty else { return }
        slot.expect(request.away.count)
        slot.pinned = connection.frameMemory
        slot.pinned?.pin()
        for away in request.away {
            guard away.shard != shard.index else {
                shard.append(
                    away.batch, away.topic, away.partition, request.transactionalID, shard.index, LoopBound(slot), away.position)
                continue
            }
            shard.send(
                .produce(
                    from: shard.index, slot: LoopBound(slot), position: away.position, topic: away.topic,
                    partition: away.partition, transactionalID: request.transactionalID, batch: LoopBound(away.batch)),
                to: away.shard)
        }
    }
}

/// What one produce request has come to so far.
struct ProduceRequestState {
    /// A batch for another shard, or one that this shard re-compresses first.
    struct Away {
        let shard: Int
        let topic: String
        let partition: Int32
        let batch: UnsafeMutableRawBufferPointer
        var position = 0
    }

    /// The request's batches stand in the shard's `staged` from here on.
    let firstStaged: Int
    /// nil: none of its batches may be part of a transaction.
    var transactionalID: String?
    var away: ContiguousArray<Away> = []
    /// Entries of `away` whose position is known.
    var awayNoted = 0
    /// A staged batch is answered only when it is durable.
    var waitsForFlush = false
    var hasFailed = false

    init(firstStaged: Int) { self.firstStaged = firstStaged }
}
