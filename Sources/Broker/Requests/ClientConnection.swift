// A client's connection: requests in, answers out in the order of the requests.
internal import Bytes
internal import Host
internal import Reactor
internal import Vocabulary
internal import Wire

/// One accepted connection on its shard.
final class ClientConnection: FrameHandler {
    /// Unanswered requests of one connection; more stay in the socket.
    static let inFlightLimit = 1_024
    /// Bytes of answers that the peer has not read; with more, no further request is read.
    static let unsentLimitBytes = 16_777_216
    /// What a TLS handshake begins with, read as the front of a frame's length.
    private static let tlsHandshake = 0x160301

    let shard: Shard
    let origin: ClientOrigin
    var listener: Int { origin.listener }
    var peer: String { origin.peer }
    /// Who the client is, and what it may do.
    var access: Access
    var topicAccess = TopicAccess()
    /// nil where clients need not say who they are.
    let sasl: SaslSession?
    private(set) var connection: FramedConnection!
    /// In the order of the requests. Only the unanswered, and those answered behind one.
    private var slots: ContiguousArray<RequestSlot> = []
    private var slotsHead = 0
    /// Bytes of answers that are ready and wait for an earlier one.
    private var heldBytes = 0
    /// Memory of the request that is being handled, and of those that wait; see RequestMemory.
    var reservedBytes = 0
    var waitingBytes = 0
    /// Where this stands in the shard's list.
    var listIndex = 0
    private var isClosing = false
    /// nil until a quota is looked up for this client.
    var throttling: Throttling?
    var activity: ClientActivity

    init(shard: Shard, _ origin: ClientOrigin) {
        self.shard = shard
        self.origin = origin
        access = Access(shard.broker.authorizer, host: origin.address)
        sasl = shard.broker.configuration.listeners[origin.listener].security.isSasl ? SaslSession() : nil
        // Kafka's default: the whole distinguished name. A SASL listener's clients have other names.
        if sasl == nil, let subject = origin.certificateSubject { access.principal = "User:\(subject)" }
        activity = ClientActivity(at: shard.loop.now)
    }

    func start(_ fd: Int32) throws(SystemError) {
        var configuration = FramedConnection.Configuration()
        let isStranger = sasl != nil
        configuration.maxFrameBytes = isStranger ? broker.configuration.saslMaxReceiveBytes : broker.configuration.maxRequestBytes
        configuration.transfer = shard.broker.configuration.listeners[listener].transfer
        if origin.isRelayed {
            // By reference into the socket pair: the terminator's read is then the only copy.
            configuration.transfer = .sendfile
            configuration.findsDeadPeers = false
            configuration.leadsToPeer = false
        }
        connection = try FramedConnection(
            loop: shard.loop, accepted: fd, budget: shard.broker.budget, configuration: configuration, handler: self)
    }

    var broker: Broker { shard.broker }
    var hasUnanswered: Bool { slotsHead < slots.count }
    /// Whether a connection that ends waits for the next answer: not for one that waits for other clients.
    private var owesAnswer: Bool { hasUnanswered && !slots[slotsHead].isPatient }

    // MARK: requests

    func received(_ bytes: UnsafeMutableRawBufferPointer, frameBytes: Int, on connection: FramedConnection) {
        // One that has yet to say who it is has no more time for all its requests than for the first.
        if isAuthenticated { touch() }
        do {
            try dispatch(bytes)
        } catch {
            refuse("\(peer): request can't be read: \(error)")
        }
        limit()
    }

    /// The client is at work.
    func touch() {
        activity.lastAt = shard.loop.now
        activity.hasAsked = true
    }

    private func dispatch(_ frame: UnsafeMutableRawBufferPointer) throws(WireError) {
        defer { settle() }
        if let sasl, sasl.expectsToken {
            guard reserve(frameBytes: frame.count) else { return }
            return saslToken(Array(frame), sasl)
        }
        var reader = ByteReader(UnsafeRawBufferPointer(frame))
        let header = try RequestHeaderView(from: &reader)
        guard let key = header.key else {
            return refuse("\(peer): unknown API key \(header.apiKey)")
        }
        if let sasl, !sasl.admits(key, now: shard.loop.now) {
            return refuse("\(peer): \(key.name) is not served before authentication, or after its time")
        }
        guard APIVersions.of(key).isServed(header.version) else {
            return try refuseVersion(key, header, frame)
        }
        if key != .produce, key != .fetch {
            guard reserve(frameBytes: frame.count) else { return }
        }
        shard.requests.received(key)
        defer { shard.requests.handled(key) }
        switch key {
        case .produce: try produce(frame, header)
        case .fetch: try fetch(frame, header)
        case .listOffsets: listOffsets(try ListOffsetsRequest(from: &reader, version: header.version), header)
        case .metadata: metadata(try MetadataRequest(from: &reader, version: header.version), header)
        case .offsetCommit: offsetCommit(try OffsetCommitRequest(from: &reader, version: header.version), header)
        case .offsetFetch: offsetFetch(try OffsetFetchRequest(from: &reader, version: header.version), header)
        case .findCoordinator: findCoordinator(try FindCoordinatorRequest(from: &reader, version: header.version), header)
        case .joinGroup: joinGroup(try JoinGroupRequest(from: &reader, version: header.version), header)
        case .heartbeat: heartbeat(try HeartbeatRequest(from: &reader, version: header.version), header)
        case .leaveGroup: leaveGroup(try LeaveGroupRequest(from: &reader, version: header.version), header)
        case .syncGroup: syncGroup(try SyncGroupRequest(from: &reader, version: header.version), header)
        case .describeGroups: describeGroups(try DescribeGroupsRequest(from: &reader, version: header.version), header)
        case .listGroups: listGroups(try ListGroupsRequest(from: &reader, version: header.version), header)
        case .saslHandshake: saslHandshake(try SaslHandshakeRequest(from: &reader, version: header.version), header)
        case .saslAuthenticate: saslAuthenticate(try SaslAuthenticateRequest(from: &reader, version: header.version), header)
        case .apiVersions: apiVersions(try ApiVersionsRequest(from: &reader, version: header.version), header)
        case .createTopics: createTopics(try CreateTopicsRequest(from: &reader, version: header.version), header)
        case .deleteTopics: deleteTopics(try DeleteTopicsRequest(from: &reader, version: header.version), header)
        case .deleteRecords: deleteRecords(try DeleteRecordsRequest(from: &reader, version: header.version), header)
        case .initProducerID: initProducerID(try InitProducerIDRequest(from: &reader, version: header.version), header)
        case .addPartitionsToTxn: addPartitionsToTxn(try AddPartitionsToTxnRequest(from: &reader, version: header.version), header)
        case .addOffsetsToTxn: addOffsetsToTxn(try AddOffsetsToTxnRequest(from: &reader, version: header.version), header)
        case .endTxn: endTxn(try EndTxnRequest(from: &reader, version: header.version), header)
        case .writeTxnMarkers: writeTxnMarkers(try WriteTxnMarkersRequest(from: &reader, version: header.version), header)
        case .txnOffsetCommit: txnOffsetCommit(try TxnOffsetCommitRequest(from: &reader, version: header.version), header)
        case .describeAcls: describeAcls(try DescribeAclsRequest(from: &reader, version: header.version), header)
        case .createAcls: createAcls(try CreateAclsRequest(from: &reader, version: header.version), header)
        case .deleteAcls: deleteAcls(try DeleteAclsRequest(from: &reader, version: header.version), header)
        case .offsetForLeaderEpoch: offsetForLeaderEpoch(try OffsetForLeaderEpochRequest(from: &reader, version: header.version), header)
        case .describeConfigs: describeConfigs(try DescribeConfigsRequest(from: &reader, version: header.version), header)
        case .deleteGroups: deleteGroups(try DeleteGroupsRequest(from: &reader, version: header.version), header)
        case .offsetDelete: offsetDelete(try OffsetDeleteRequest(from: &reader, version: header.version), header)
        case .describeClientQuotas:
            describeClientQuotas(try DescribeClientQuotasRequest(from: &reader, version: header.version), header)
        case .alterClientQuotas: alterClientQuotas(try AlterClientQuotasRequest(from: &reader, version: header.version), header)
        case .alterConfigs: alterConfigs(try AlterConfigsRequest(from: &reader, version: header.version), header)
        case .describeLogDirs: describeLogDirs(try DescribeLogDirsRequest(from: &reader, version: header.version), header)
        case .createPartitions: createPartitions(try CreatePartitionsRequest(from: &reader, version: header.version), header)
        case .incrementalAlterConfigs: incrementalAlterConfigs(try IncrementalAlterConfigsRequest(from: &reader, version: header.version), header)
        case .describeCluster: describeCluster(try DescribeClusterRequest(from: &reader, version: header.version), header)
        case .describeUserScramCredentials:
            describeUserScramCredentials(try DescribeUserScramCredentialsRequest(from: &reader, version: header.version), header)
        case .alterUserScramCredentials:
            alterUserScramCredentials(try AlterUserScramCredentialsRequest(from: &reader, version: header.version), header)
        case .describeProducers: describeProducers(try DescribeProducersRequest(from: &reader, version: header.version), header)
        case .describeTransactions:
            describeTransactions(try DescribeTransactionsRequest(from: &reader, version: header.version), header)
        case .listTransactions: listTransactions(try ListTransactionsRequest(from: &reader, version: header.version), header)
        }
        shard.counters.add(key == .produce ? .requestsProduce : key == .fetch ? .requestsFetch : .requestsOther)
    }

    /// Kafka's ways with a version it does not serve: ApiVersions is answered in version 0, so that the client can
    /// try again; produce requests of old record formats get an error each; anything else ends the connection.
    private func refuseVersion(
        _ key: APIKey, _ header: RequestHeaderView, _ frame: UnsafeMutableRawBufferPointer
    ) throws(WireError) {
        shard.counters.add(.errors)
        if key == .apiVersions {
            shard.counters.add(.requestsOther)
            let parts = shard.response
            parts.begin(.apiVersions, 0, header.correlationID)
            ApiVersionsResponse.advertised(errorCode: .unsupportedVersion).encode(into: &parts.bytes, version: 0)
            parts.end()
            answer(parts)
        } else if key == .produce, APIVersions.of(.produce).isCoded(header.version) {
            shard.counters.add(.requestsProduce)
            try refuseProduce(frame, header, .unsupportedVersion)
        } else {
            refuse("\(peer): \(key.name) version \(header.version) is not served")
        }
    }

    /// As Kafka does, a client that names itself in a way that no metric could show is told so, and nothing else.
    private func apiVersions(_ request: ApiVersionsRequest, _ header: RequestHeaderView) {
        let response = request.isValid(version: header.version) ? ApiVersionsResponse.advertised() : .init(errorCode: .invalidRequest, apiKeys: [])
        answer(header) { response.encode(into: &$0, version: header.version) }
    }

    /// Ends the connection over bytes that no client of ours would send.
    func refuse(_ why: @autoclosure () -> String) {
        shard.counters.add(.errors)
        broker.log.limited(.badRequest, why(), BrokerLog.about(peer: peer))
        connection.close()
    }

    /// Reads no more from a peer that has much unanswered or unread.
    private func limit() {
        guard connection.isOpen else { return }
        if slots.count - slotsHead >= ClientConnection.inFlightLimit || waitsTooMuch
            || connection.unsentBytes + heldBytes > ClientConnection.unsentLimitBytes
        {
            connection.pauseReading()
        }
    }

    func unlimit() {
        guard connection.isReadingPaused, !isClosing, throttling?.isMuted != true,
            slots.count - slotsHead < ClientConnection.inFlightLimit / 2, waitsLittle,
            connection.unsentBytes + heldBytes <= ClientConnection.unsentLimitBytes / 2
        else { return }
        connection.resumeReading()
    }

    // MARK: answers

    /// Writes a response and sends it in its turn.
    func answer(_ header: RequestHeaderView, _ encode: (inout ByteWriter) -> Void) {
        guard let key = header.key else { return }
        let parts = shard.response
        parts.begin(key, header.version, header.correlationID)
        encode(&parts.bytes)
        parts.end()
        answer(parts)
    }

    /// Sends a response in its turn.
    ///
    /// - Returns: where it begins in the connection's output, or the slot that it waits in.
    @discardableResult
    func answer(_ parts: ResponseParts) -> AnswerPlace {
        if !hasUnanswered {
            let start = parts.move(to: connection)
            connection.flush()
            return .output(start)
        }
        let slot = wait()
        slot.parts.take(parts)
        slot.complete()
        return .slot(slot)
    }

    enum AnswerPlace {
        case output(Int)
        case slot(RequestSlot)
    }

    /// A slot behind all requests so far.
    func wait() -> RequestSlot {
        let slot = shard.spareSlots.popLast() ?? RequestSlot()
        slot.client = self
        slot.parts.errorTally = shard.requests.errors
        slot.key = shard.requests.waits()
        slot.since = shard.loop.now
        entrust(to: slot)
        slots.append(slot)
        return slot
    }

    /// The answer of a slot is ready.
    func completed(_ slot: RequestSlot) {
        heldBytes += slot.parts.bytes.count
        answerInOrder()
        limit()
    }

    /// Sends the answers at the front that are there.
    func answerInOrder() {
        guard connection.isOpen else { return }
        while slotsHead < slots.count, slots[slotsHead].isDone {
            let slot = slots[slotsHead]
            slotsHead += 1
            heldBytes -= slot.parts.bytes.count
            slot.parts.move(to: connection)
            shard.requests.answered(slot.key, since: slot.since)
            slot.reset()
            shard.spare(slot)
        }
        if slotsHead == slots.count || slotsHead > ClientConnection.inFlightLimit {
            slots.removeFirst(slotsHead)
            slotsHead = 0
        }
        connection.flush()
        if isClosing, !owesAnswer { connection.closeWhenDrained() } else { unlimit() }
    }

    /// A produce response that is not sent yet turns out to be wrong.
    func patchOutput(_ position: Int, _ outcome: ProduceOutcome, _ version: Int16) {
        guard connection.isOpen else { return }
        ProduceResponseWriter.patch(
            position, errorCode: outcome.errorCode, baseOffset: outcome.baseOffset,
            logStartOffset: outcome.logStartOffset, version: version, in: &connection.output)
    }

    // MARK: the end

    func outputDrained(_ connection: FramedConnection) { unlimit() }

    /// The peer reads on, perhaps: it gets what it asked for, but nothing more is waited for.
    func inputEnded(_ connection: FramedConnection) { finish() }

    /// Answers what can be answered now, waits for what can't, then closes.
    func finish() {
        guard !isClosing else { return }
        isClosing = true
        connection.pauseReading()
        for slot in slots[slotsHead...] where slot.plan != nil && !slot.isDone { answerFetch(slot) }
        if connection.isOpen, !owesAnswer { connection.closeWhenDrained() }
    }

    func closed(_ connection: FramedConnection, _ reason: CloseReason) {
        switch reason {
        case .local, .peer: break
        case .frameLength(let length, let limit):
            shard.counters.add(.errors)
            let hint = length >> 8 == ClientConnection.tlsHandshake ? "; it looks like TLS, which this listener does not speak" : ""
            broker.log.limited(.badFrame, "\(peer): a frame of \(length) bytes is announced, 0 to \(limit) are possible\(hint)", BrokerLog.about(peer: peer))
        case .outOfMemoryBudget(let wanted, let limit):
            shard.counters.add(.errors)
            broker.log.limited(.memory, "\(peer): \(wanted) bytes for a request that is incomplete or waits are more than queued.max.bytes = \(limit) has left", BrokerLog.about(peer: peer))
        case .system(let error):
            broker.log.limited(.connectionError, "\(peer): \(error)", BrokerLog.about(peer: peer))
        case .fileEnded(let position, let missing):
            shard.counters.add(.errors)
            broker.log.limited(.readFailed, "\(peer): a segment ended at byte \(position), \(missing) bytes before its range did", BrokerLog.about(peer: peer))
        }
        for slot in slots[slotsHead...] {
            if let plan = slot.plan { leave(plan, slot) }
            slot.client = nil
            shard.requests.abandoned(slot.key)
            // A slot that another shard or the disk still answers is let go of, not reused.
        }
        slots.removeAll()
        slotsHead = 0
        throttling?.end()
        shard.remove(self)
    }
}

extension ResponseParts {
    /// Takes over another's response.
    func take(_ other: ResponseParts) {
        forget()
        bytes.write(other.bytes.bytes)
        for cut in other.cuts { self.cut(at: cut.position, cut.file) }
        other.forget()
    }
}

extension Shard {
    private static let spareSlotLimit = 256

    func spare(_ slot: RequestSlot) {
        if spareSlots.count < Shard.spareSlotLimit { spareSlots.append(slot) }
    }

    // MARK: connections

    /// Serves an accepted socket.
    func adopt(_ fd: Int32, _ origin: ClientOrigin) {
        let client = ClientConnection(shard: self, origin)
        do { try client.start(fd) } catch {
            if !origin.isRelayed { broker.connectionClosed(origin) }
            return broker.log.limited(.connectionError, "\(origin.peer): \(error)", BrokerLog.about(peer: origin.peer))
        }
        client.listIndex = clients.count
        clients.append(client)
        counters.add(.connectionsOpen)
        counters.add(.connectionsTotal)
        if isDraining { client.finish() }
    }

    func remove(_ client: ClientConnection) {
        let last = clients.removeLast()
        if last !== client {
            clients[client.listIndex] = last
            last.listIndex = client.listIndex
        }
        counters.add(.connectionsOpen, -1)
        // A relayed one is over when the client's own socket is closed.
        if !client.origin.isRelayed { broker.connectionClosed(client.origin) }
        tellDrained()
    }
}
