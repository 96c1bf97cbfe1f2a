// What is forgotten, by request or by time: always in the log first, as tombstones.
internal import Vocabulary

extension GroupCoordinator {
    mutating func deleteGroup(_ name: String, _ token: ReplyToken, _ turn: inout GroupTurn) {
        guard let group = groups[name] else {
            return turn.reply(token, .deleteGroup(name.isEmpty ? .invalidGroupID : .groupIDNotFound))
        }
        guard group.machine.state == .empty else { return turn.reply(token, .deleteGroup(.nonEmptyGroup)) }
        guard writes.count < settings.maximumWritesInFlight else {
            return turn.reply(token, .deleteGroup(.coordinatorLoadInProgress))
        }
        var tombstones = group.offsets.known.map { GroupRecord.offset(group: name, $0, nil) }
        if group.machine.generation > 0 { tombstones.append(.group(name, nil)) }
        remove(name)
        guard !tombstones.isEmpty else { return turn.reply(token, .deleteGroup(nil)) }
        writes[turn.write(name, tombstones)] = .deletion(token, succeeded: .deleteGroup(nil))
    }

    mutating func remove(_ name: String) {
        let producers = groups.removeValue(forKey: name).map { Array($0.offsets.transactional.keys) } ?? []
        for producer in producers {
            transactionalGroups[producer]?.remove(name)
            if transactionalGroups[producer]?.isEmpty ?? false { transactionalGroups[producer] = nil }
        }
    }

    /// An active group of consumers keeps the offsets of what it subscribes to (KIP-496).
    mutating func deleteOffsets(
        of name: String, _ partitions: [TopicPartition], _ token: ReplyToken, _ turn: inout GroupTurn
    ) {
        guard let group = groups[name] else {
            return turn.reply(token, .deleteOffsets(name.isEmpty ? .invalidGroupID : .groupIDNotFound, []))
        }
        guard writes.count < settings.maximumWritesInFlight else {
            return turn.reply(token, .deleteOffsets(.coordinatorLoadInProgress, []))
        }
        let isActive = group.machine.state != .empty
        guard !isActive || group.machine.protocolType == ConsumerSubscription.protocolType else {
            return turn.reply(token, .deleteOffsets(.nonEmptyGroup, []))
        }
        let errors = partitions.map { partition -> CoordinationError? in
            // A subscription that can't be read might name it.
            isActive && group.machine.subscribedTopics?.contains(partition.topic) ?? true ? .groupSubscribedToTopic : nil
        }
        let deleted = zip(partitions, errors).filter { $0.1 == nil }.map(\.0)
        let reply = GroupReply.deleteOffsets(nil, errors)
        guard let write = bury(deleted, of: name, &turn) else { return turn.reply(token, reply) }
        writes[write] = .deletion(token, succeeded: reply)
    }

    /// Removes those of `partitions` that the group knows.
    private mutating func bury(_ partitions: [TopicPartition], of name: String, _ turn: inout GroupTurn) -> WriteID? {
        let known = Set(partitions).filter { groups[name]?.offsets.knows($0) ?? false }.inOrder
        guard !known.isEmpty else { return nil }
        let write = turn.write(name, known.map { .offset(group: name, $0, nil) })
        for partition in known { groups[name]?.offsets.delete(partition, order: write.rawValue) }
        return write
    }

    mutating func forget(_ partitions: [TopicPartition], _ turn: inout GroupTurn) {
        for name in groups.keys.sorted() { _ = bury(partitions, of: name, &turn) }
    }

    mutating func expire(_ turn: inout GroupTurn) {
        for name in groups.keys.sorted() {
            guard let group = groups[name] else { continue }
            let expired = group.offsets.expired(
                in: group.machine, wallMilliseconds: turn.now.wallMilliseconds,
                retentionMilliseconds: settings.offsetsRetentionMilliseconds)
            _ = bury(expired, of: name, &turn)
            guard group.machine.state == .empty, group.machine.pending.isEmpty, groups[name]?.offsets.isEmpty ?? false else { continue }
            if group.machine.generation > 0 { _ = turn.write(name, [.group(name, nil)]) }
            remove(name)
        }
    }
}
