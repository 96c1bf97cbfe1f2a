// Connecting, timing out, following leaders.
internal import Bytes
internal import Host
internal import Wire

extension Consumer {
    func maintain(_ now: UInt64) {
        maintainAt = now &+ Self.maintenanceNanoseconds
        mayFetch = true
        // The broker may hold a fetch for its wait time before the clock of the time-out starts.
        let patience = options.requestTimeoutNanoseconds &+ UInt64(configuration.maxWaitMilliseconds) * 1_000_000
        for node in nodes {
            guard let socket = node.socket else {
                if now >= node.connectAt, assignments.contains(where: { $0.leader == node.id }) { connect(node) }
                continue
            }
            if !socket.isOpen {
                if now >= socket.connectDeadline { socket.end(.timedOut(node.address, waitingFor: socket.awaited)) }
            } else if let oldest = socket.awaiting.first, now > oldest.queuedAt, now &- oldest.queuedAt >= patience {
                socket.end(.timedOut(node.address, waitingFor: oldest.key.name))
            } else if socket.isSilent(now) {
                askForMetadata(node, socket, now)
            }
        }
        if wantsMetadata, !isMetadataInFlight { askForMetadata(now) }
    }

    private func connect(_ node: BrokerNode) {
        do throws(ClientError) {
            node.socket = try ClientSocket(
                loop: loop, broker: node.address, options: options,
                receiveBytes: Int(configuration.maxBytes) + Self.answerOverheadBytes, keptBytes: nil, user: self)
        } catch {
            report(error, partition: nil)
            node.connectAt = MonotonicClock.now() &+ options.reconnectBackoffNanoseconds
        }
    }

    /// What stands around the records of an answer, with room for its partitions.
    private static var answerOverheadBytes: Int { 65_536 }

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
        counters.metadataRequests &+= 1
    }

    func adopt(_ cluster: ClusterMetadata) {
        guard let found = cluster.topic(topic), found.errorCode == .none else {
            wantsMetadata = true
            return
        }
        nodes.adopt(cluster.brokers)
        for n in assignments.indices {
            guard let leader = found.partitions.first(where: { $0.index == assignments[n].partition })?.leader else {
                wantsMetadata = true
                continue
            }
            assignments[n].leader = leader
        }
    }
}
