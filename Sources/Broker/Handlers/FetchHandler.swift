// Fetch: read now, or wait for records, or for the disk, or for other shards; then answer with file ranges.
//
//   fetch ──► read ──► satisfied? ── no ──► wait (timer, waiters) ──► read again …
//                          │ yes
//                          ▼
//                       all in memory? ── no ──► read ahead ──► encode
//                          │ yes                                  ▲
//                          └──────────────────────────────────────┘
internal import Bytes
internal import Host
internal import Reactor
internal import StorageEngine
internal import Vocabulary
internal import Wire

extension ClientConnection {
    func fetch(_ frame: UnsafeMutableRawBufferPointer, _ header: RequestHeaderView) throws(WireError) {
        let bytes = UnsafeRawBufferPointer(frame)
        let plan = shard.fetchPlan
        let view = try FetchRequestView(frame: bytes, bodyPosition: header.bodyPosition, version: header.version)
        _ = try view.check()
        plan.begin(view, header, limitBytes: broker.live.fetchMaxBytes, quota(.fetch, header))
        if view.isSessionless {
            try plan.load(view, bytes)
        } else if let refusal = try load(view, bytes, into: plan) {
            plan.clear()
            return refuseSession(header, refusal)
        }
        let isAllHere = readHere(plan, bytes)
        if isAllHere, plan.isSatisfied { return serve(plan, bytes) }
        guard let (own, slot) = detach(plan, bytes) else { return }
        if isAllHere { waitForRecords(own, slot) } else { readEverywhere(own, slot) }
    }

    /// Keeps a plan beyond its frame, in a slot. A client for whose request there is no memory is closed.
    private func detach(_ plan: FetchPlan, _ frame: UnsafeRawBufferPointer) -> (FetchPlan, RequestSlot)? {
        defer { plan.clear() }
        do throws(FetchPlan.NoMemory) {
            let own = try plan.detached(from: frame, broker.budget)
            let slot = wait()
            slot.plan = own
            return (own, slot)
        } catch {
            connection.close(.outOfMemoryBudget(wanted: error.bytes, limit: broker.budget.limitBytes))
            return nil
        }
    }

    // MARK: reading

    /// Reads the partitions of this shard, in the order of the request: the first records found may be more than
    /// was asked for, the later ones stay within what is left (KIP-74).
    ///
    /// - Returns: false when partitions of other shards are among them; then nothing was read.
    private func readHere(_ plan: FetchPlan, _ frame: UnsafeRawBufferPointer?) -> Bool {
        var left = plan.maxBytes
        var isFirst = true
        for index in plan.entries.indices {
            let entry = plan.entries[index]
            switch place(entry, of: plan, in: frame) {
            case .nowhere: plan.entries[index].outcome = ReadOutcome(errorCode: absence(of: entry, in: plan, frame))
            case .shard: return false
            case .here(let partition):
                let wanted = ReadRequest(
                    position: entry.position, limitBytes: left, atLeastOneBatch: isFirst, isCommitted: plan.isReadCommitted)
                let outcome = shard.read(partition, wanted)
                if let slice = outcome.slice {
                    left = max(0, left - slice.count)
                    isFirst = false
                }
                plan.entries[index].outcome = outcome
            }
        }
        return true
    }

    /// Where a partition lives. Nowhere too, for a client that may not read it.
    private func place(_ entry: FetchPlan.Entry, of plan: FetchPlan, in frame: UnsafeRawBufferPointer?) -> Shard.Place {
        plan.withName(entry.topic, in: frame) { name in
            isAuthorized(.read, topic: name) ? shard.place(shard.topic(name), entry.index) : .nowhere
        }
    }

    /// Why there is nothing of a partition to read.
    private func absence(of entry: FetchPlan.Entry, in plan: FetchPlan, _ frame: UnsafeRawBufferPointer?) -> ErrorCode {
        let isAllowed = plan.withName(entry.topic, in: frame) { isAuthorized(.read, topic: $0) }
        return isAllowed ? .unknownTopicOrPartition : .topicAuthorizationFailed
    }

    /// Reads all partitions, asking other shards for theirs. Goes on in `gathered`.
    private func readEverywhere(_ plan: FetchPlan, _ slot: RequestSlot) {
        shard.lastRound += 1
        plan.round = shard.lastRound
        plan.isCut = false
        plan.awaited = 1
        for index in plan.entries.indices { readEntry(index, limitBytes: plan.maxBytes, atLeastOneBatch: true, plan, slot) }
        gatheredOne(plan, slot)
    }

    /// Reads one partition, or has its shard do it, which is awaited then.
    private func readEntry(_ index: Int, limitBytes: Int, atLeastOneBatch: Bool, _ plan: FetchPlan, _ slot: RequestSlot) {
        let entry = plan.entries[index]
        let wanted = ReadRequest(
            position: entry.position, limitBytes: limitBytes, atLeastOneBatch: atLeastOneBatch, isCommitted: plan.isReadCommitted)
        switch place(entry, of: plan, in: nil) {
        case .nowhere: plan.entries[index].outcome = ReadOutcome(errorCode: absence(of: entry, in: plan, nil))
        case .here(let partition): plan.entries[index].outcome = shard.read(partition, wanted)
        case .shard(let owner, let topic):
            plan.awaited += 1
            shard.send(
                .read(
                    from: shard.index, slot: LoopBound(slot), round: plan.round, entry: index, topic: topic.name,
                    partition: entry.index, wanted: wanted), to: owner)
        }
    }

    /// Another shard has read.
    func planned(_ slot: RequestSlot, _ round: UInt64, _ entry: Int, _ outcome: ReadOutcome) {
        guard let plan = slot.plan, plan.round == round, !slot.isDone else { return }
        plan.entries[entry].outcome = outcome
        gatheredOne(plan, slot)
    }

    private func gatheredOne(_ plan: FetchPlan, _ slot: RequestSlot) {
        plan.awaited -= 1
        guard plan.awaited == 0 else { return }
        if let cut = plan.trim() {
            plan.awaited = 1
            readEntry(cut.entry, limitBytes: cut.roomBytes, atLeastOneBatch: false, plan, slot)
            return gatheredOne(plan, slot)
        }
        if plan.isSatisfied || plan.isLastReading { serve(plan, slot) } else { waitForRecords(plan, slot) }
    }

    // MARK: waiting

    private func waitForRecords(_ plan: FetchPlan, _ slot: RequestSlot) {
        if !slot.timer.isArmed {
            shard.loop.arm(slot.timer, at: shard.loop.now + UInt64(plan.maxWaitMilliseconds) * 1_000_000)
        }
        guard plan.waitingAt.isEmpty, plan.watchedEntries.isEmpty else { return }
        var hasMore = false
        for index in plan.entries.indices {
            let entry = plan.entries[index]
            switch place(entry, of: plan, in: nil) {
            case .nowhere: break
            case .here(let partition):
                partition.fetchWaiters.append(slot)
                plan.waitingAt.append(partition)
                // Records that came while other shards were reading have woken nobody.
                if partition.log.highWatermark != entry.outcome.highWatermark { hasMore = true }
            case .shard(let owner, let topic):
                plan.watchedEntries.append(index)
                shard.send(
                    .watch(
                        from: shard.index, slot: LoopBound(slot), round: plan.round, topic: topic.name,
                        partition: entry.index, end: entry.outcome.highWatermark), to: owner)
            }
        }
        if hasMore { lookAgain(slot) }
    }

    /// Stops waiting.
    func leave(_ plan: FetchPlan, _ slot: RequestSlot) {
        shard.loop.cancel(slot.timer)
        for partition in plan.waitingAt { partition.fetchWaiters.removeAll { $0 === slot } }
        plan.waitingAt.removeAll()
        for index in plan.watchedEntries {
            let entry = plan.entries[index]
            let place = plan.withName(entry.topic, in: nil) { shard.place(shard.topic($0), entry.index) }
            guard case .shard(let owner, let topic) = place else { continue }
            shard.send(
                .unwatch(from: shard.index, slot: LoopBound(slot), topic: topic.name, partition: entry.index), to: owner)
        }
        plan.watchedEntries.removeAll()
    }

    /// A partition of this shard that the fetch waits for has got records.
    func lookAgain(_ slot: RequestSlot) {
        guard let plan = slot.plan, plan.awaited == 0, !plan.isReadingAhead, !slot.isDone else { return }
        if readHere(plan, nil) {
            if plan.isSatisfied { serve(plan, slot) }
        } else {
            leaveWatches(plan, slot)
            readEverywhere(plan, slot)
        }
    }

    /// A partition of another shard that the fetch waits for has got records.
    func woken(_ slot: RequestSlot, _ round: UInt64) {
        guard let plan = slot.plan, plan.round == round else { return }
        lookAgain(slot)
    }

    /// A new round asks for new watches.
    private func leaveWatches(_ plan: FetchPlan, _ slot: RequestSlot) {
        let deadline = slot.timer.deadline
        let wasArmed = slot.timer.isArmed
        leave(plan, slot)
        if wasArmed { shard.loop.arm(slot.timer, at: deadline) }
    }

    /// Answers a waiting fetch with what there is: its time is over, or the broker goes.
    func answerFetch(_ slot: RequestSlot) {
        guard let plan = slot.plan, !slot.isDone, !plan.isReadingAhead, !plan.isLastReading else { return }
        plan.isLastReading = true
        if plan.awaited > 0 { return }
        if readHere(plan, nil) { serve(plan, slot) } else { readEverywhere(plan, slot) }
    }

    // MARK: answering

    /// Answers a plan whose names lie in the frame.
    private func serve(_ plan: FetchPlan, _ frame: UnsafeRawBufferPointer) {
        if plan.entries.contains(where: { $0.outcome.slice != nil && !$0.outcome.isHot }) {
            guard let (own, slot) = detach(plan, frame) else { return }
            return readAhead(own, slot)
        }
        encode(plan, frame, into: shard.response)
        plan.clear()
        answer(shard.response)
    }

    private func serve(_ plan: FetchPlan, _ slot: RequestSlot) {
        leave(plan, slot)
        if plan.entries.contains(where: { $0.outcome.slice != nil && !$0.outcome.isHot }) { return readAhead(plan, slot) }
        encode(plan, nil, into: slot.parts)
        slot.complete()
    }

    /// Brings what is not in memory there, on the thread that may wait for the disk.
    private func readAhead(_ plan: FetchPlan, _ slot: RequestSlot) {
        plan.isReadingAhead = true
        slot.expect(1)
        shard.counters.add(.fetchColdOffloads)
        let ranges = plan.entries.compactMap { entry -> (file: File, range: Range<Int64>)? in
            guard let slice = entry.outcome.slice, !entry.outcome.isHot else { return nil }
            return (slice.file, slice.position..<(slice.position + Int64(slice.count)))
        }
        let bound = LoopBound(slot)
        broker.readAhead(ranges, then: shard.loop) { bound.value.client?.arrived(bound.value) ?? bound.value.finishOne() }
    }

    private func arrived(_ slot: RequestSlot) {
        guard let plan = slot.plan else { return slot.finishOne() }
        encode(plan, nil, into: slot.parts)
        slot.finishOne()
    }
}
