// From sealed batch to socket.
internal import Bytes
internal import Records
internal import Wire

extension Producer {
    /// Sends what may go. To be called after `send` and after every run of the loop.
    package func poll(now: UInt64) {
        if now >= maintainAt { maintain(now) }
        transaction?.poll(now)
        if now >= waitingUntil { wake(now) }
        while let slot = lingering.head {
            guard isStarved || now &- slots[slot].pointee.handedAt >= configuration.lingerNanoseconds else { break }
            stopLingering(slot)
            markReady(slots[slot].pointee.partition)
        }
        isStarved = false
        for node in nodes where !node.ready.isEmpty { drain(node, now) }
        transaction?.advance(now)
    }

    /// When `poll` has something to do at the latest, beyond what the loop reports; nil: nothing is due.
    package var nextDeadline: UInt64? {
        var deadline = waitingUntil
        if let slot = lingering.head {
            deadline = min(deadline, slots[slot].pointee.handedAt &+ configuration.lingerNanoseconds)
        }
        if let transaction { deadline = min(deadline, transaction.nextDeadline) }
        // Time-outs and reconnects are looked after while anything is on its way.
        if unacknowledgedRecords > 0 || wantsMetadata { deadline = min(deadline, maintainAt) }
        return deadline == .max ? nil : deadline
    }

    private func drain(_ node: BrokerNode, _ now: UInt64) {
        while let socket = node.socket, socket.isOpen, socket.inFlight < configuration.maxInFlight, !node.ready.isEmpty {
            let frame = node.takeFrame()
            correlationID &+= 1
            frame.begin(.produce, version: produceVersion, correlationID: correlationID, clientID: options.clientID)
            collect(into: frame, from: node, now)
            guard !frame.items.isEmpty else {
                node.giveBack(frame)
                return
            }
            encode(frame)
            counters.sentRequests &+= 1
            socket.send(frame, now: now)
        }
    }

    /// One batch of each ready partition, up to the size of a request; at least one.
    private func collect(into frame: OutgoingFrame, from node: BrokerNode, _ now: UInt64) {
        var bytes = 0
        for _ in 0..<node.ready.count {
            guard bytes < configuration.maxRequestBytes, let partition = node.ready.popFirst() else { return }
            let state = partitions + Int(partition)
            guard !state.pointee.isHeld else {
                state.pointee.isReady = false
                continue
            }
            if state.pointee.notBefore > now {
                state.pointee.isReady = false
                waiting.append(partition)
                waitingUntil = min(waitingUntil, state.pointee.notBefore)
                continue
            }
            if let transaction, !transaction.admits(partition) {
                state.pointee.isReady = false
                continue
            }
            if state.pointee.sealed.isEmpty, let open = state.pointee.open { seal(open) }
            state.pointee.isReady = false
            guard let slot = state.pointee.sealed.head, let batch = slots[slot].pointee.batch else { continue }
            if !frame.items.isEmpty, bytes + batch.count > configuration.maxRequestBytes {
                requeue(partition, at: node)
                return
            }
            state.pointee.sealed.remove(slot, slots.slots)
            if slots[slot].pointee.attempts > 0 {
                state.pointee.retrying &-= 1
                counters.retriedBatches &+= 1
            }
            slots[slot].pointee.attempts &+= 1
            state.pointee.inFlight &+= 1
            frame.items.append(slot)
            bytes += batch.count
            if hasDue(partition) { requeue(partition, at: node) }
        }
    }

    private func requeue(_ partition: Int32, at node: BrokerNode) {
        guard !partitions[Int(partition)].isReady else { return }
        partitions[Int(partition)].isReady = true
        node.ready.append(partition)
    }

    private func encode(_ frame: OutgoingFrame) {
        frame.expectsResponse = configuration.acks != 0
        var request = ProduceRequestWriter(
            into: &frame.head, version: produceVersion, transactionalID: transaction?.plan.id, acks: configuration.acks,
            timeoutMilliseconds: configuration.brokerTimeoutMilliseconds, topicCount: 1)
        request.topic(UnsafeRawBufferPointer(topicName), partitionCount: frame.items.count, into: &frame.head)
        for slot in frame.items {
            let batch = slots[slot].pointee.batch!
            let cut = request.partition(index: slots[slot].pointee.partition, recordsCount: batch.count, into: &frame.head)
            frame.insert(batch, at: cut)
        }
        request.finish(into: &frame.head)
        frame.end(externalBytes: request.externalBytes)
    }

    /// Partitions whose time has come go back to their leader's queue.
    private func wake(_ now: UInt64) {
        waitingUntil = .max
        for _ in 0..<waiting.count {
            guard let partition = waiting.popFirst() else { return }
            let notBefore = partitions[Int(partition)].notBefore
            if notBefore <= now {
                if hasDue(partition) { markReady(partition) }
            } else {
                waiting.append(partition)
                waitingUntil = min(waitingUntil, notBefore)
            }
        }
    }
}
