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
                if now >= socket.connectDeadline { socket.end(.timedOut(node.address, waitingFor: "connect")) }
            } else if let oldest = socket.awaiting.first, now > oldest.queuedAt, now &- oldest.queuedAt >= patience {
                socket.end(.timedOut(node.address, waitingFor: oldest.key.name))
            }
        }
        if wantsMetadata, !isMetadataInFlight { askForMetadata(now) }
    }

    private func connect(_ node: ProducerNode) {
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
        isMetadataInFlight = true
        wantsMetadata = false
        let frame = node.takeFrame()
        correlationID &+= 1
        frame.begin(.metadata, version: metadataVersion, correlationID: correlationID, clientID: options.clientID)
        MetadataRequest(topics: [.init(name: topic)], allowAutoTopicCreation: false).encode(into: &frame.head, version: metadataVersion)
        frame.end()
        socket.send(frame, now: now)
    }

    func adopt(_ cluster: ClusterMetadata) {
        guard let found = cluster.topic(topic), found.errorCode == .none else {
            wantsMetadata = true
            return
        }
        for (id, address) in cluster.brokers.sorted(by: { $0.key < $1.key }) {
            if let node = nodes.first(where: { $0.id == id }) {
                node.address = address
            } else {
                nodes.append(ProducerNode(id: id, address: address))
            }
        }
        for n in assignments.indices {
            guard let leader = found.partitions.first(where: { $0.index == assignments[n].partition })?.leader else {
                wantsMetadata = true
                continue
            }
            assignments[n].leader = leader
        }
    }
}
