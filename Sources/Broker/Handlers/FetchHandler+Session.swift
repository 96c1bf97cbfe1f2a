// Fetch sessions: which one a request continues, opens or closes, and what its answer leaves out (KIP-227).
//
//   session id   epoch    the request
//   any          -1       names everything; a session of that id is closed
//   any           0       names everything and opens a session; one of that id is closed
//   a session's   n > 0   is the session's n-th, and names what changed
internal import Reactor
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    private static let opening: Int32 = 0

    /// Takes a request in that has to do with a session.
    ///
    /// - Returns: why it can't be done; the client opens a session anew then.
    func load(
        _ request: FetchRequestView, _ frame: UnsafeRawBufferPointer, into plan: FetchPlan
    ) throws(WireError) -> ErrorCode? {
        guard request.sessionEpoch > Self.opening else {
            if request.sessionID != 0 { closeSession(request.sessionID) }
            if request.sessionEpoch == Self.opening { plan.session = .opens }
            try plan.load(request, frame)
            return nil
        }
        guard let session = shard.fetchSessions.find(request.sessionID) else { return .fetchSessionIDNotFound }
        guard session.nextEpoch == request.sessionEpoch else { return .invalidFetchSessionEpoch }
        let before = session.partitions.count
        guard try change(session, by: request) else {
            closeSession(session.id)
            return .fetchSessionIDNotFound
        }
        guard shard.fetchSessions.changed(session, from: before) else { return .fetchSessionIDNotFound }
        countSessions()
        // Nothing is left of it: it is closed, and the answer as empty as the request.
        if session.partitions.isEmpty { return nil }
        session.advance()
        session.usedAt = shard.loop.now
        plan.session = .continues(session, epoch: session.nextEpoch)
        plan.load(session)
        return nil
    }

    /// - Returns: false for names that no topic has; nothing is remembered of such.
    private func change(_ session: FetchSession, by request: FetchRequestView) throws(WireError) -> Bool {
        var names = request
        while let topic = try names.nextTopic() {
            guard topic.name.count <= StorageLimits.topicNameBytes else { return false }
        }
        var view = request
        while let topic = try view.nextTopic() {
            while let partition = try view.nextPartition() {
                _ = session.put(topic.name, partition.index, FetchPosition(partition))
            }
        }
        var forgets = false
        try view.forgotten { topic, partition in
            forgets = true
            session.forget(topic, partition)
        }
        if forgets { session.removeForgotten() }
        return true
    }

    func refuseSession(_ header: RequestHeaderView, _ error: ErrorCode) {
        answer(header) { writer in
            var response = FetchResponseWriter(into: &writer, version: header.version, errorCode: error, topicCount: 0)
            response.finish(into: &writer)
        }
    }

    private func closeSession(_ id: Int32) {
        let home = FetchSessionCache.home(of: id, shardCount: shard.shardCount)
        guard home != shard.index else {
            shard.fetchSessions.close(id)
            return countSessions()
        }
        broker.post(to: home) { $0.fetchSessions.close(id) }
    }

    private func countSessions() {
        shard.counters.set(.fetchSessionsOpen, UInt64(shard.fetchSessions.count))
        shard.counters.set(.fetchSessionsEvicted, UInt64(shard.fetchSessions.evicted))
    }

    /// Opens the session that was asked for, or leaves out of a session's answer what is no news.
    ///
    /// - Returns: what the answer says of the session as a whole.
    func settleSession(_ plan: FetchPlan, _ frame: UnsafeRawBufferPointer?) -> (ErrorCode, sessionID: Int32) {
        switch plan.session {
        case .none: return (.none, 0)
        case .opens:
            defer { countSessions() }
            return (.none, open(plan, frame)?.id ?? 0)
        case .continues(let session, let epoch):
            guard session.nextEpoch == epoch else {
                // A later request of the session has been read: this one's answer has nobody who could use it.
                plan.keep { _ in false }
                return (.invalidFetchSessionEpoch, session.id)
            }
            let partitions = session.partitions
            var hadRecords = [Bool](repeating: false, count: partitions.count)
            var hasRecords = false
            for entry in plan.entries where entry.outcome.slice != nil {
                hadRecords[entry.number] = true
                hasRecords = true
            }
            plan.keep { partitions[$0.number].isNews($0.outcome) }
            if hasRecords { session.rotate { hadRecords[$0] } }
            return (.none, session.id)
        }
    }

    private func open(_ plan: FetchPlan, _ frame: UnsafeRawBufferPointer?) -> FetchSession? {
        guard plan.topics.allSatisfy({ $0.nameCount <= StorageLimits.topicNameBytes }),
            let session = shard.fetchSessions.open(partitions: plan.entries.count, now: shard.loop.now)
        else { return nil }
        for entry in plan.entries {
            let partition = plan.withName(entry.topic, in: frame) {
                session.put($0, entry.index, entry.position)
            }
            _ = partition.isNews(entry.outcome)
        }
        // Without a partition there is nothing to remember.
        guard shard.fetchSessions.changed(session, from: 0), !session.partitions.isEmpty else { return nil }
        return session
    }
}
