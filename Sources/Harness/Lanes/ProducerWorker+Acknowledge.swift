// The clocks: what an answered batch says about each record's times.
internal import Client
internal import Measurement
internal import Vocabulary

extension ProducerWorker {
    func acknowledged(_ batch: Acknowledgement, of topic: ProducerTopic) {
        guard batch.failure == nil else {
            eachPhase(of: batch) { phase, records in phase.counts.failedRecords &+= UInt64(records.count) }
            return
        }
        guard !batch.isAborted else { return aborted(batch, of: topic) }
        topic.book.acknowledge(batch.partition, first: batch.firstSequence, count: batch.recordCount)
        noteEnd(of: batch, topic)
        timeBatch(batch)
        let now = batch.acknowledgedAt
        let bytes = valueBytes(of: batch, 0..<batch.recordCount)
        acknowledgedBytes &+= bytes
        if let index = phaseIndex(of: now) {
            phases[index].series.add(count: UInt64(batch.recordCount), bytes: bytes, at: now)
        }
        eachPhase(of: batch) { phase, records in
            let count = UInt64(records.count)
            phase.counts.acknowledgedRecords &+= count
            phase.counts.acknowledgedBytes &+= records.count == batch.recordCount ? bytes : valueBytes(of: batch, records)
            if let loadEnd, now <= loadEnd { phase.counts.acknowledgedInTime &+= count }
            timeRecords(records, of: batch, in: phase)
        }
    }

    private func noteEnd(of batch: Acknowledgement, _ topic: ProducerTopic) {
        guard let base = batch.baseOffset else { return }
        acknowledgedEnds.advance(topic.topic.firstPartition &+ batch.partition, to: base &+ Offset(batch.recordCount))
    }

    /// On purpose, with its transaction: what becomes of it is nobody's response, and in time it came all the same.
    private func aborted(_ batch: Acknowledgement, of topic: ProducerTopic) {
        topic.book.abort(batch.partition, first: batch.firstSequence, count: batch.recordCount)
        noteEnd(of: batch, topic)
        timeBatch(batch)
        eachPhase(of: batch) { phase, records in
            phase.counts.abortedRecords &+= UInt64(records.count)
            if let loadEnd, batch.acknowledgedAt <= loadEnd { phase.counts.acknowledgedInTime &+= UInt64(records.count) }
        }
    }

    func transactionEnded(_ transaction: EndedTransaction) {
        guard let phase = phaseIndex(of: transaction.startedAt).map({ phases[$0] }) else { return }
        if transaction.isCommitted { phase.counts.committedTransactions &+= 1 } else { phase.counts.abortedTransactions &+= 1 }
        phase.commit?.record(Int64(bitPattern: transaction.endedAt &- transaction.endAskedAt), at: transaction.endedAt)
    }

    /// Of some records of a batch.
    private func valueBytes(of batch: Acknowledgement, _ records: Range<Int>) -> UInt64 {
        let sizes = batch.valueSizes
        guard sizes.count > 0 else { return UInt64(records.count) &* UInt64(chosenBytes) }
        var sum: UInt64 = 0
        for n in records { sum &+= UInt64(sizes[n]) }
        return sum
    }

    /// The clocks that tick once a batch or a request.
    private func timeBatch(_ batch: Acknowledgement) {
        guard let phase = phaseIndex(of: batch.firstIntended).map({ phases[$0] }), batch.handedToSocket > 0 else { return }
        let now = batch.answeredAt
        phase.counts.batchBytes &+= UInt64(batch.batchBytes)
        phase.counts.uncompressedBatchBytes &+= UInt64(batch.uncompressedBytes)
        phase.clientDelay.record(Int64(bitPattern: batch.handedToSocket &- batch.handedToClient), at: now)
        guard batch.startsRequest else { return }
        phase.service.record(Int64(bitPattern: now &- batch.handedToSocket), at: now)
        phase.counts.acknowledgedRequests &+= 1
    }

    /// The response time of each record: from its own intended time.
    private func timeRecords(_ records: Range<Int>, of batch: Acknowledgement, in phase: ProducerRecorders) {
        let times = batch.intended
        let now = batch.acknowledgedAt
        var first = records.lowerBound
        while first < records.upperBound {
            let intended = times[first]
            var next = first &+ 1
            while next < records.upperBound, times[next] == intended { next &+= 1 }
            phase.response.record(Int64(bitPattern: now &- intended), count: UInt64(next &- first), at: now)
            first = next
        }
    }

    /// Calls `body` with each phase that has records of the batch, and which. Intended times ascend in a batch, and nearly
    /// all batches lie in one phase.
    @inline(__always)
    private func eachPhase(of batch: Acknowledgement, _ body: (ProducerRecorders, Range<Int>) -> Void) {
        let times = batch.intended
        guard times.count > 0 else {
            if let index = phaseIndex(of: batch.firstIntended) { body(phases[index], 0..<batch.recordCount) }
            return
        }
        var first = 0
        while first < times.count {
            let index = phaseIndex(of: times[first])
            let after = index.map { $0 + 1 } ?? 0
            let end = after < phases.count ? phases[after].origin : .max
            var next = times.count
            if times[next - 1] >= end {
                next = first + 1
                while next < times.count, times[next] < end { next += 1 }
            }
            if let index { body(phases[index], first..<next) }
            first = next
        }
    }

    /// The phase in which a time lies. nil for records from before the last `begin`: their late answers are
    /// in the book, and in no clock.
    private func phaseIndex(of time: UInt64) -> Int? {
        var index = phases.count - 1
        while index >= 0, time < phases[index].origin { index -= 1 }
        return index >= 0 ? index : nil
    }
}
