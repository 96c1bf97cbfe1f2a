// Who decides when a record goes: the schedule, the answers, or the room in the buffers.
internal import Client
internal import Host
internal import Measurement
internal import Reactor

extension ProducerWorker {
    // MARK: open loop

    /// Hands over what is due, whatever the client does, then gives the client some of it.
    ///
    /// A lane that made up for a delay in one go would read no answer meanwhile, send no more than may be on its way without one, and
    /// pile the rest up in memory that no cache holds, which is slower still.
    func openLoop(_ now: UInt64) {
        let isMoreDue = handOver(dueBy: now)
        if feed() || isMoreDue { loop.soon() }
    }

    /// More at a time would leave the client little time where far more is asked than a lane can do.
    private static let handedPerLook = 256

    /// Records that the client gets between two looks at schedule and sockets: about as many as it copies in a tenth of a millisecond, for
    /// by so much the next ones are late.
    static func fedPerTurn(_ plan: ProducersPlan) -> Int { max(16, min(256, Int(65_536 / max(1, plan.sizes.mean)))) }

    /// - Returns: whether there may be more due.
    private func handOver(dueBy now: UInt64) -> Bool {
        guard let loadEnd, !isBudgetSpent(now), var arrivals = stream else { return false }
        // Taken out of the class for the while: each look at it there would count references, a record.
        stream = nil
        defer { stream = arrivals }
        var phase = phases[handing]
        for _ in 0..<Self.handedPerLook {
            guard let intended = arrivals.next, intended <= now, intended < loadEnd else { return false }
            let isQueued = queue.takeNext(of: &arrivals, at: now)
            while handing + 1 < phases.count, intended >= phases[handing + 1].origin {
                handing += 1
                phase = phases[handing]
            }
            let lag = now &- intended
            phase.scheduleLag.record(Int64(lag), at: now)
            phase.counts.scheduledRecords &+= 1
            handedRecords &+= 1
            let isOnTime = lag <= VerdictThresholds.onTimeNanoseconds
            // What enters the count beyond the queue's bound on time was handed over: a full queue is the broker's, not the lane's.
            if isOnTime { phase.counts.handedOverOnTime &+= 1 } else { phase.counts.handedOverLate &+= 1 }
            if !isQueued { phase.counts.beyondQueueRecords &+= 1 }
            if !isOnTime || !isQueued {
                phase.counts.lateRecords &+= 1
                lateRecords &+= 1
            }
        }
        return true
    }

    /// - Returns: whether there is more, and room for it.
    private func feed() -> Bool {
        for _ in 0..<fedPerTurn {
            guard let entry = queue.first, give(intended: entry.intended, at: entry.handed) else { return false }
            queue.removeFirst()
        }
        return !queue.isEmpty
    }

    /// One record to the client. False when it has no room.
    private func give(intended: UInt64, at now: UInt64) -> Bool {
        if chosenPartition == nil {
            nextTopic()
            if isKeyed { keys!.next(into: key) }
            if isVaried { drawSize() }
            chosenPartition = partitioner.partition(
                key: isKeyed ? UnsafeRawBufferPointer(key) : nil, recordBytes: chosenBytes)
        }
        guard hand(to: chosenPartition!, intended, now, isKeyed ? UnsafeRawBufferPointer(key) : nil) else { return false }
        chosenPartition = nil
        return true
    }

    @inline(__always)
    private func drawSize() {
        guard !sizes.isEmpty else { return }
        chosenBytes = Int(sizes[nextSize])
        nextSize = nextSize &+ 1 == sizes.count ? 0 : nextSize &+ 1
    }

    @inline(__always)
    private func hand(to partition: Int32, _ intended: UInt64, _ now: UInt64, _ key: UnsafeRawBufferPointer?) -> Bool {
        // Its topic keeps it: nothing is counted a record.
        Unmanaged.passUnretained(producer)._withUnsafeGuaranteedRef { producer in
            isVaried
                ? producer.send(partition: partition, valueBytes: chosenBytes, intended: intended, now: now, key: key)
                : producer.send(partition: partition, intended: intended, now: now, key: key)
        }
    }

    // MARK: closed loop

    /// A batch for every one that came back: `inFlight` batches' worth of records are on the way, no more.
    func closedLoop() {
        let bound = UInt64(setup.plan.inFlight * recordsPerBatch)
        var now = MonotonicClock.now()
        while unacknowledgedRecords &+ UInt64(recordsPerBatch) <= bound, let loadEnd, now < loadEnd, !isBudgetSpent(now) {
            guard giveRun(now) else { break }
            flush()
            poll(now)
            now = MonotonicClock.now()
        }
    }

    // MARK: maximum rate

    private static let runsPerTurn = 64

    /// Fills the client's buffers.
    func maximumRate() {
        var now = MonotonicClock.now()
        for _ in 0..<Self.runsPerTurn {
            guard let loadEnd, now < loadEnd, !isBudgetSpent(now), giveRun(now) else { return }
            poll(now)
            now = MonotonicClock.now()
        }
        // There is room still (answers are not waited for, or come at once): look at the sockets and go on.
        loop.soon()
    }

    /// A batch's worth of records, or the rest of one. False when the client has no room.
    private func giveRun(_ now: UInt64) -> Bool {
        let before = handedToClients
        defer { countSent(handedToClients &- before, now) }
        if isKeyed {
            for _ in 0..<recordsPerBatch {
                guard give(intended: now, at: now) else { return false }
            }
            return true
        }
        if runRest == 0 {
            nextTopic()
            runPartition = partitioner.partition(key: nil, recordBytes: setup.plan.batchBytes)
            runRest = recordsPerBatch
        }
        if let recordBudget { runRest = min(runRest, Int(recordBudget &- handedRecords)) }
        guard isVaried else {
            runRest -= producer.sendRun(partition: runPartition, count: runRest, intended: now, now: now)
            return runRest == 0
        }
        return giveVariedRun(now)
    }

    /// The rest of a run, record by record. `chosenPartition` says that the next has its size.
    private func giveVariedRun(_ now: UInt64) -> Bool {
        while runRest > 0 {
            if chosenPartition == nil { drawSize() }
            chosenPartition = runPartition
            guard hand(to: runPartition, now, now, nil) else { return false }
            chosenPartition = nil
            runRest -= 1
        }
        return true
    }

    /// What goes when it can is always on time.
    private func countSent(_ records: UInt64, _ now: UInt64) {
        while handing + 1 < phases.count, now >= phases[handing + 1].origin { handing += 1 }
        handedRecords &+= records
        phases[handing].counts.scheduledRecords &+= records
        phases[handing].counts.handedOverOnTime &+= records
    }
}
