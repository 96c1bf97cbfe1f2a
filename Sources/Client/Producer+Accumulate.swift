// From record to sealed batch.
internal import Codecs
internal import Records

extension Producer {
    /// Adds one record of the pool, whose values are of one size, to a partition's open batch.
    ///
    /// - Parameters:
    ///   - intended: the schedule's time, which the stamp carries.
    ///   - now: the time of handing over.
    /// - Returns: false, with nothing taken, when memory is used up or a transaction ends: poll, let the loop run, try again.
    package func send(partition: Int32, intended: UInt64, now: UInt64, key: UnsafeRawBufferPointer? = nil) -> Bool {
        add(to: partition, intended, now) { builder, stamp, time in
            builder.append(stamp, from: pool, cursor: &cursor, key: key, timestampMilliseconds: time)
        }
    }

    /// As `send`, with a value of `valueBytes`, within the sizes of the pool, and the producer's headers.
    package func send(partition: Int32, valueBytes: Int, intended: UInt64, now: UInt64, key: UnsafeRawBufferPointer? = nil) -> Bool {
        let block = headers?.block(headerCursor)
        let isTaken = add(to: partition, intended, now) { builder, stamp, time in
            builder.append(
                stamp, valueSize: valueBytes, from: pool, position: &position, key: key, headers: block, timestampMilliseconds: time)
        }
        guard isTaken else { return false }
        // A partition that failed has no batch.
        if let slot = partitions[Int(partition)].open, let sizes = slots[slot].pointee.valueSizes {
            sizes[Int(slots[slot].pointee.builder.recordCount) &- 1] = UInt32(truncatingIfNeeded: valueBytes)
        }
        if let headers { headerCursor = headerCursor &+ 1 == headers.blockCount ? 0 : headerCursor &+ 1 }
        return true
    }

    /// - Parameter append: puts the record into a batch; false, with nothing written, when it does not fit.
    @inline(__always)
    private func add(
        to partition: Int32, _ intended: UInt64, _ now: UInt64, _ append: (inout BatchBuilder, PayloadStamp, Int64) -> Bool
    ) -> Bool {
        let state = partitions + Int(partition)
        guard state.pointee.failure == nil else {
            refuse(partition, intended: intended, now: now)
            return true
        }
        if let transaction, transaction.room == 0 { return false }
        let time = timestamp(now)
        let stamp = PayloadStamp(
            producer: producerNumber, sequence: state.pointee.nextSequence, intendedNanoseconds: intended,
            partition: UInt32(partition))
        var slot = state.pointee.open
        if let open = slot, !append(&slots[open].pointee.builder, stamp, time) {
            seal(open)
            slot = nil
        }
        if slot == nil {
            guard let fresh = openBatch(partition, intended: intended, now: now) else { return false }
            let fits = append(&slots[fresh].pointee.builder, stamp, time)
            precondition(fits, "a record of up to \(pool.valueSize) bytes is larger than a batch")
            slot = fresh
        }
        let pointer = slots[slot!]
        if let times = pointer.pointee.intended { times[Int(pointer.pointee.builder.recordCount) &- 1] = intended }
        state.pointee.nextSequence &+= 1
        counters.handedRecords &+= 1
        transaction?.took(1)
        return true
    }

    /// Adds up to `count` records with one intended time, into as many batches as they fill.
    ///
    /// - Returns: how many were taken: fewer when memory is used up or a transaction ends.
    package func sendRun(partition: Int32, count: Int, intended: UInt64, now: UInt64) -> Int {
        let state = partitions + Int(partition)
        let count = transaction.map { min(count, $0.room) } ?? count
        var taken = 0
        while taken < count, state.pointee.failure == nil {
            guard let slot = state.pointee.open ?? openBatch(partition, intended: intended, now: now) else { break }
            let pointer = slots[slot]
            let before = Int(pointer.pointee.builder.recordCount)
            let stamp = PayloadStamp(
                producer: producerNumber, sequence: state.pointee.nextSequence, intendedNanoseconds: intended,
                partition: UInt32(partition))
            let added = pointer.pointee.builder.appendRun(
                count - taken, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: timestamp(now))
            if let times = pointer.pointee.intended {
                (times + before).update(repeating: intended, count: added)
            }
            state.pointee.nextSequence &+= UInt64(added)
            taken += added
            if taken < count {
                precondition(before + added > 0, "a record of \(pool.valueSize) bytes is larger than a batch")
                seal(slot)
            }
        }
        counters.handedRecords &+= UInt64(taken)
        if taken > 0 { transaction?.took(taken) }
        return taken
    }

    /// Open batches go as soon as requests may, whatever their linger.
    package func flush() {
        while let slot = lingering.head {
            stopLingering(slot)
            markReady(slots[slot].pointee.partition)
        }
    }

    func openBatch(_ partition: Int32, intended: UInt64, now: UInt64) -> Int32? {
        guard let slot = slots.take() else {
            isStarved = true
            // What a transaction has sent is kept until it ends, unless its answers are enough.
            if let transaction, !transaction.plan.reportsAnswers { transaction.flush() }
            return nil
        }
        let pointer = slots[slot]
        pointer.pointee.builder.begin(timestampMilliseconds: timestamp(now))
        pointer.pointee.batch = nil
        pointer.pointee.partition = partition
        pointer.pointee.firstSequence = partitions[Int(partition)].nextSequence
        pointer.pointee.firstIntended = intended
        pointer.pointee.handedAt = now
        pointer.pointee.attempts = 0
        pointer.pointee.isLingering = true
        lingering.append(slot, slots.slots)
        partitions[Int(partition)].open = slot
        return slot
    }

    /// Ends a partition's open batch: header, sequence, checksum. From here its bytes never change.
    func seal(_ slot: Int32) {
        let pointer = slots[slot]
        let state = partitions + Int(pointer.pointee.partition)
        stopLingering(slot)
        state.pointee.open = nil
        let baseSequence = configuration.isIdempotent ? state.pointee.nextBaseSequence : -1
        let (codec, level) = (configuration.codec, configuration.compressionLevel)
        pointer.pointee.batch = pointer.pointee.builder.finish(
            producerID: producerID, producerEpoch: producerEpoch, baseSequence: baseSequence, isTransactional: transaction != nil, codec: codec
        ) { [compressor] in try? compressor?.compress($0, codec, level: level) }
        // Sequences are 31 bits: behind Int32.max comes 0.
        let next = UInt32(bitPattern: state.pointee.nextBaseSequence) &+ UInt32(bitPattern: pointer.pointee.builder.recordCount)
        state.pointee.nextBaseSequence = Int32(bitPattern: next & 0x7fff_ffff)
        pointer.pointee.ordinal = state.pointee.nextOrdinal
        state.pointee.nextOrdinal &+= 1
        state.pointee.sealed.append(slot, slots.slots)
        markReady(pointer.pointee.partition)
    }

    /// Whether a partition has a batch that waits for nothing but a request.
    func hasDue(_ partition: Int32) -> Bool {
        let state = partitions + Int(partition)
        if !state.pointee.sealed.isEmpty { return true }
        guard let open = state.pointee.open else { return false }
        return !slots[open].pointee.isLingering
    }

    func stopLingering(_ slot: Int32) {
        guard slots[slot].pointee.isLingering else { return }
        slots[slot].pointee.isLingering = false
        lingering.remove(slot, slots.slots)
    }

    /// Puts a partition into its leader's queue, unless it stands there or has to wait.
    func markReady(_ partition: Int32) {
        let state = partitions + Int(partition)
        guard !state.pointee.isReady, !state.pointee.isHeld else { return }
        state.pointee.isReady = true
        nodes[state.pointee.node].ready.append(partition)
    }

    func refuse(_ partition: Int32, intended: UInt64, now: UInt64) {
        let sequence = partitions[Int(partition)].nextSequence
        partitions[Int(partition)].nextSequence &+= 1
        counters.handedRecords &+= 1
        counters.failedRecords &+= 1
        handler.acknowledged(
            Acknowledgement(
                partition: partition, baseOffset: nil, firstSequence: sequence, recordCount: 1, batchBytes: 0, uncompressedBytes: 0,
                firstIntended: intended, handedToClient: now, handedToSocket: 0, answeredAt: now, acknowledgedAt: now,
                intended: UnsafeBufferPointer(start: nil, count: 0), valueSizes: UnsafeBufferPointer(start: nil, count: 0), failure: .abandoned,
                isAborted: false, attempts: 0, startsRequest: false))
    }
}
