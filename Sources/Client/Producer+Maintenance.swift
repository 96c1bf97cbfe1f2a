// What does not happen on every request: connecting, timing out, following leaders.
internal import Host
internal import Wire

extension Producer {
    /// Connects; on failure the next attempt is set.
    func connect(_ node: BrokerNode) {
        do throws(ClientError) {
            node.socket = try ClientSocket(
                loop: loop, broker: node.address, options: options, receiveBytes: Self.answerBytes, keptBytes: nil, user: self)
        } catch {
            counters.count(error.name)
            node.connectAt = MonotonicClock.now() &+ options.reconnectBackoffNanoseconds
        }
    }

    private static var answerBytes: Int { 65_536 }

    func maintain(_ now: UInt64) {
        maintainAt = now &+ Self.maintenanceNanoseconds
        for (n, node) in nodes.enumerated() {
            guard let socket = node.socket else {
                if now >= node.connectAt, leads(n) { connect(node) }
                continue
            }
            if !socket.isOpen {
                if now >= socket.connectDeadline { socket.end(.timedOut(node.address, waitingFor: socket.awaited)) }
            } else if let oldest = socket.awaiting.first, now &- oldest.queuedAt >= options.requestTimeoutNanoseconds, now > oldest.queuedAt {
                socket.end(.timedOut(node.address, waitingFor: oldest.key.name))
            } else if socket.isSilent(now) {
                askForMetadata(node, socket, now)
            }
        }
        expire(now)
        if wantsMetadata, !isMetadataInFlight { askForMetadata(now) }
    }

    private func leads(_ node: Int) -> Bool {
        (0..<Int(partitionCount)).contains { partitions[$0].node == node }
    }

    /// Batches of a partition that cannot be sent give up at their delivery timeout.
    private func expire(_ now: UInt64) {
        guard unacknowledgedRecords > 0 else { return }
        for partition in 0..<Int(partitionCount) {
            let state = partitions + partition
            // What is in flight has the request's timeout, and comes back here through it.
            while let slot = state.pointee.sealed.head,
                now > slots[slot].pointee.handedAt,
                now &- slots[slot].pointee.handedAt >= configuration.deliveryTimeoutNanoseconds
            {
                state.pointee.sealed.remove(slot, slots.slots)
                if slots[slot].pointee.attempts > 0 { state.pointee.retrying &-= 1 }
                counters.count(ProduceFailure.timedOut.description)
                finish(slot, baseOffset: nil, failure: .timedOut, sentAt: 0, at: now, startsRequest: false)
                if configuration.isIdempotent { giveUp(Int32(partition), now) }
            }
        }
    }

    private func askForMetadata(_ now: UInt64) {
        guard let node = nodes.first(where: { $0.socket?.isOpen == true }), let socket = node.socket else { return }
        askForMetadata(node, socket, now)
    }

    private func askForMetadata(_ node: BrokerNode, _ socket: ClientSocket, _ now: UInt64) {
        isMetadataInFlight = true
        wantsMetadata = false
        let frame = node.takeFrame()
        correlationID &+= 1
        frame.askForMetadata(of: topic, version: metadataVersion, correlationID: correlationID, clientID: options.clientID)
        socket.send(frame, now: now)
    }

    /// Sends partitions to the leaders they have now.
    func adopt(_ cluster: ClusterMetadata) {
        isMetadataInFlight = false
        guard let found = cluster.topic(topic), found.errorCode == .none else {
            wantsMetadata = true
            return
        }
        nodes.adopt(cluster.brokers)
        for partition in found.partitions where partition.index < partitionCount {
            guard let leader = partition.leader, let node = nodes.firstIndex(where: { $0.id == leader }) else {
                wantsMetadata = true
                continue
            }
            partitions[Int(partition.index)].node = node
        }
        for node in nodes { node.ready.removeAll() }
        for partition in 0..<partitionCount {
            partitions[Int(partition)].isReady = false
            if hasDue(partition) { markReady(partition) }
        }
    }
}
