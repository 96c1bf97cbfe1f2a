// From answer to acknowledgement, retry or failure.
internal import Bytes
internal import Host
internal import Records
internal import Vocabulary
internal import Wire

extension Producer: ClientSocketUser {
    func opened(_ socket: ClientSocket) {}

    func answered(_ request: OutgoingFrame, _ bytes: UnsafeRawBufferPointer, frameBytes: Int, at now: UInt64, on socket: ClientSocket) {
        guard let node = nodes.first(where: { $0.socket === socket }) else { return }
        do throws(WireError) {
            var reader = ByteReader(bytes)
            let header = try ResponseHeader(from: &reader, key: request.key, version: request.version)
            guard header.correlationID == request.correlationID else {
                takeBack(request.items, .connectionLost, now)
                return socket.end(.malformed(socket.broker, "answer \(header.correlationID) to request \(request.correlationID)"))
            }
            if request.key == .metadata {
                adopt(ClusterMetadata(try MetadataResponse(from: &reader, version: request.version)))
            } else {
                try settle(request, bytes, bodyPosition: reader.position, now)
            }
        } catch {
            // What the request carried and was not settled goes back through `lost`.
            takeBack(request.items, .connectionLost, now)
            request.items.removeAll(keepingCapacity: true)
            return socket.end(.malformed(socket.broker, "\(request.key.name): \(error)"))
        }
        node.giveBack(request)
    }

    func sent(_ request: OutgoingFrame, at now: UInt64, on socket: ClientSocket) {
        counters.acknowledgedRequests &+= 1
        for (n, slot) in request.items.enumerated() {
            let partition = slots[slot].pointee.partition
            partitions[Int(partition)].inFlight &-= 1
            finish(slot, baseOffset: nil, failure: nil, sentAt: request.firstByteAt, at: now, startsRequest: n == 0)
            if hasDue(partition) { markReady(partition) }
        }
        nodes.first { $0.socket === socket }?.giveBack(request)
    }

    func lost(_ requests: ContiguousArray<OutgoingFrame>, _ error: ClientError, on socket: ClientSocket) {
        guard let node = nodes.first(where: { $0.socket === socket }) else { return }
        if error.isLoss { counters.lostConnections &+= 1 }
        counters.count(error.name)
        node.socket = nil
        let now = MonotonicClock.now()
        node.connectAt = now &+ options.reconnectBackoffNanoseconds
        maintainAt = min(maintainAt, node.connectAt)
        wantsMetadata = true
        for request in requests {
            if request.key == .metadata { isMetadataInFlight = false }
            takeBack(request.items, .connectionLost, now)
            node.giveBack(request)
        }
    }

    /// Gives each batch of a request its outcome. A batch without one in the answer counts as lost.
    private func settle(_ request: OutgoingFrame, _ bytes: UnsafeRawBufferPointer, bodyPosition: Int, _ now: UInt64) throws(WireError) {
        var view = try ProduceResponseView(frame: bytes, bodyPosition: bodyPosition, version: request.version)
        counters.acknowledgedRequests &+= 1
        var isFirst = true
        while try view.nextTopic() != nil {
            while let answer = try view.nextPartition() {
                guard let place = request.items.firstIndex(where: { slots[$0].pointee.partition == answer.index }) else { continue }
                // Answers come in the order of the request: the front, so nothing moves far.
                let slot = request.items.remove(at: place)
                settle(slot, answer, sentAt: request.firstByteAt, now, startsRequest: isFirst)
                isFirst = false
            }
        }
        takeBack(request.items, .connectionLost, now)
        request.items.removeAll(keepingCapacity: true)
    }

    private func settle(_ slot: Int32, _ answer: ProduceResponseView.Partition, sentAt: UInt64, _ now: UInt64, startsRequest: Bool) {
        // Kept: the handler may send, which takes the slot again.
        let partition = slots[slot].pointee.partition
        let state = partitions + Int(partition)
        switch answer.errorCode {
        case .none:
            state.pointee.inFlight &-= 1
            let offset = answer.baseOffset >= 0 ? answer.baseOffset : nil
            finish(slot, baseOffset: offset, failure: nil, sentAt: sentAt, at: now, startsRequest: startsRequest)
        case .duplicateSequenceNumber:
            // Appended by an attempt whose answer was lost; too long ago for the broker to know where.
            state.pointee.inFlight &-= 1
            finish(slot, baseOffset: nil, failure: nil, sentAt: sentAt, at: now, startsRequest: startsRequest)
        case let code:
            counters.count(code.name)
            if code == .notLeaderOrFollower || code == .unknownTopicOrPartition || code == .leaderNotAvailable
                || code == .fencedLeaderEpoch || code == .unknownLeaderEpoch || code == .kafkaStorageError
            {
                wantsMetadata = true
            }
            // A batch refused only because an earlier one must come again is not at fault.
            let follows = code == .outOfOrderSequenceNumber && configuration.isIdempotent && state.pointee.retrying > 0
            takeBack(slot, .broker(code), mayRetry: code.isRetriable || follows, sentAt: sentAt, now)
        }
        if hasDue(partition) { markReady(partition) }
    }

    private func takeBack(_ items: ContiguousArray<Int32>, _ failure: ProduceFailure, _ now: UInt64) {
        for slot in items { takeBack(slot, failure, mayRetry: true, sentAt: 0, now) }
    }

    /// A batch came back without success: it takes its old place among the sealed ones, or fails for good.
    private func takeBack(_ slot: Int32, _ failure: ProduceFailure, mayRetry: Bool, sentAt: UInt64, _ now: UInt64) {
        let pointer = slots[slot]
        let partition = pointer.pointee.partition
        let state = partitions + Int(partition)
        state.pointee.inFlight &-= 1
        let isLate = now &- pointer.pointee.handedAt >= configuration.deliveryTimeoutNanoseconds
        let attemptsLeft = configuration.retries.map { pointer.pointee.attempts <= $0 } ?? true
        guard mayRetry, attemptsLeft, !isLate, state.pointee.failure == nil else {
            finish(slot, baseOffset: nil, failure: isLate ? .timedOut : failure, sentAt: sentAt, at: now, startsRequest: false)
            if configuration.isIdempotent { giveUp(partition, now) }
            return
        }
        var place: Int32?
        var next = state.pointee.sealed.head
        while let candidate = next, slots[candidate].pointee.ordinal < pointer.pointee.ordinal {
            place = candidate
            next = slots[candidate].pointee.next
        }
        state.pointee.sealed.insert(slot, behind: place, slots.slots)
        state.pointee.retrying &+= 1
        state.pointee.notBefore = now &+ configuration.retryBackoffNanoseconds
        markReady(partition)
    }

    /// An idempotent partition that lost a batch for good: what follows has sequences that can never be next.
    func giveUp(_ partition: Int32, _ now: UInt64) {
        let state = partitions + Int(partition)
        guard state.pointee.failure == nil else { return }
        state.pointee.failure = .abandoned
        if let open = state.pointee.open { seal(open) }
        while let slot = state.pointee.sealed.head {
            state.pointee.sealed.remove(slot, slots.slots)
            if slots[slot].pointee.attempts > 0 { state.pointee.retrying &-= 1 }
            finish(slot, baseOffset: nil, failure: .abandoned, sentAt: 0, at: now, startsRequest: false)
        }
    }

    /// A batch has its outcome: reported now or, of a transaction, when that has ended.
    func finish(_ slot: Int32, baseOffset: Offset?, failure: ProduceFailure?, sentAt: UInt64, at now: UInt64, startsRequest: Bool) {
        let answer = BatchAnswer(baseOffset: baseOffset, sentAt: sentAt, at: now, startsRequest: startsRequest)
        if let transaction {
            if failure != nil { transaction.mustAbort() } else if !transaction.plan.reportsAnswers { return keep(slot, answer) }
        }
        report(slot, answer, failure: failure, isAborted: false, at: now)
    }

    /// Reports a batch and frees its memory.
    func report(_ slot: Int32, _ answer: BatchAnswer, failure: ProduceFailure?, isAborted: Bool, at now: UInt64) {
        let pointer = slots[slot]
        let count = Int(pointer.pointee.builder.recordCount)
        if failure != nil {
            counters.failedRecords &+= UInt64(count)
        } else if isAborted {
            counters.abortedRecords &+= UInt64(count)
        } else {
            counters.acknowledgedRecords &+= UInt64(count)
            counters.acknowledgedBatches &+= 1
            counters.acknowledgedBytes &+= UInt64(pointer.pointee.builder.byteCount)
        }
        handler.acknowledged(
            Acknowledgement(
                partition: pointer.pointee.partition, baseOffset: answer.baseOffset, firstSequence: pointer.pointee.firstSequence,
                recordCount: count, batchBytes: pointer.pointee.builder.byteCount, uncompressedBytes: pointer.pointee.builder.uncompressedByteCount,
                firstIntended: pointer.pointee.firstIntended,
                handedToClient: pointer.pointee.handedAt, handedToSocket: answer.sentAt, answeredAt: answer.at, acknowledgedAt: now,
                intended: UnsafeBufferPointer(start: pointer.pointee.intended, count: pointer.pointee.intended == nil ? 0 : count),
                valueSizes: UnsafeBufferPointer(start: pointer.pointee.valueSizes, count: pointer.pointee.valueSizes == nil ? 0 : count),
                failure: failure, isAborted: isAborted, attempts: pointer.pointee.attempts, startsRequest: answer.startsRequest))
        slots.giveBack(slot)
    }
}
