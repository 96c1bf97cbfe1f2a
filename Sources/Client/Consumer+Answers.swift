// From answer to batches.
internal import Bytes
internal import Host
internal import Records
internal import Vocabulary
internal import Wire

extension Consumer: ClientSocketUser {
    func opened(_ socket: ClientSocket) { mayFetch = true }

    func sent(_ request: OutgoingFrame, at now: UInt64, on socket: ClientSocket) {}

    func answered(_ request: OutgoingFrame, _ bytes: UnsafeRawBufferPointer, frameBytes: Int, at now: UInt64, on socket: ClientSocket) {
        guard let node = nodes.first(where: { $0.socket === socket }) else { return }
        mayFetch = true
        release(request)
        do throws(WireError) {
            var reader = ByteReader(bytes)
            let header = try ResponseHeader(from: &reader, key: request.key, version: request.version)
            guard header.correlationID == request.correlationID else {
                return socket.end(.malformed(socket.broker, "answer \(header.correlationID) to request \(request.correlationID)"))
            }
            if request.key == .metadata {
                isMetadataInFlight = false
                adopt(ClusterMetadata(try MetadataResponse(from: &reader, version: request.version)))
            } else {
                try deliver(request, bytes, bodyPosition: reader.position, now)
            }
        } catch {
            return socket.end(.malformed(socket.broker, "\(request.key.name): \(error)"))
        }
        node.giveBack(request)
    }

    func lost(_ requests: ContiguousArray<OutgoingFrame>, _ error: ClientError, on socket: ClientSocket) {
        guard let node = nodes.first(where: { $0.socket === socket }) else { return }
        if error.isLoss { counters.lostConnections &+= 1 }
        report(error, partition: nil)
        node.socket = nil
        node.connectAt = MonotonicClock.now() &+ options.reconnectBackoffNanoseconds
        wantsMetadata = true
        for request in requests {
            if request.key == .metadata { isMetadataInFlight = false }
            release(request)
            node.giveBack(request)
        }
    }

    private func release(_ request: OutgoingFrame) {
        for item in request.items {
            assignments[Int(item)].isInFlight = false
            assignments[Int(item)].wasStale = assignments[Int(item)].isStale
            assignments[Int(item)].isStale = false
        }
    }

    private func deliver(_ request: OutgoingFrame, _ bytes: UnsafeRawBufferPointer, bodyPosition: Int, _ now: UInt64) throws(WireError) {
        var view = try FetchResponseView(frame: bytes, bodyPosition: bodyPosition, version: request.version)
        let before = (counters.batches, counters.bytes)
        if view.errorCode != .none { report(.broker(view.errorCode, "fetch"), partition: nil) }
        while try view.nextTopic() != nil {
            while let answer = try view.nextPartition() {
                guard let place = assignments.firstIndex(where: { $0.partition == answer.index }) else { continue }
                guard !assignments[place].wasStale else { continue }
                if answer.errorCode == .none {
                    assignments[place].highWatermark = answer.highWatermark
                    deliver(UnsafeRawBufferPointer(rebasing: bytes[answer.records]), to: place, AbortedBatches(answer.abortedTransactions), now)
                    handler.advanced(answer.index, position: assignments[place].position, highWatermark: answer.highWatermark)
                } else {
                    refuse(place, answer.errorCode, now)
                }
            }
        }
        counters.answers &+= 1
        if counters.batches == before.0 { counters.emptyAnswers &+= 1 }
        handler.fetchEnded(
            FetchOutcome(
                batches: Int(counters.batches - before.0), bytes: Int(counters.bytes - before.1),
                requestedAt: request.firstByteAt, receivedAt: now))
    }

    /// Delivers whole batches; a last one that is cut short is fetched again, from its start.
    private func deliver(_ records: UnsafeRawBufferPointer, to place: Int, _ transactions: AbortedBatches, _ now: UInt64) {
        var aborted = transactions
        let partition = assignments[place].partition
        let position = assignments[place].position
        var rest = records
        var isFirst = true
        while rest.count > 0 {
            let batch: BatchView
            do throws(RecordError) {
                batch = try BatchValidation.frame(rest)
            } catch {
                if case .truncated = error {
                    if isFirst { askForMore(place, got: records.count, error) }
                } else {
                    giveUp(place, error)
                }
                return
            }
            if isFirst { (assignments[place].truncatedAnswers, assignments[place].truncatedBytes) = (0, 0) }
            isFirst = false
            rest = UnsafeRawBufferPointer(rebasing: rest[batch.size...])
            // Of a fetch inside a batch, or of batches that the broker sends although they end before the offset.
            if batch.nextOffset > position { assignments[place].position = batch.nextOffset }
            counters.batches &+= 1
            counters.bytes &+= UInt64(batch.size)
            // Ends of transactions are no records, and aborted ones not for everybody.
            if aborted.includes(batch) || batch.isControl { continue }
            if configuration.checksBatches, let error = check(batch) {
                counters.corruptBatches &+= 1
                handler.corrupt(batch, error, partition: partition)
                continue
            }
            counters.records &+= UInt64(max(0, batch.recordCount))
            handler.fetched(batch, partition: partition, position: position, at: now)
        }
    }

    /// Not even one batch fitted. Where asking for more brings no more, its length is not one.
    private func askForMore(_ place: Int, got bytes: Int, _ error: RecordError) {
        let isMore = bytes > assignments[place].truncatedBytes
        assignments[place].truncatedAnswers = isMore ? 1 : assignments[place].truncatedAnswers + 1
        assignments[place].truncatedBytes = bytes
        guard assignments[place].truncatedAnswers < Self.mostTruncatedAnswers else { return giveUp(place, error) }
        let doubled = assignments[place].maxBytes.multipliedReportingOverflow(by: 2)
        assignments[place].maxBytes = doubled.overflow ? .max : doubled.partialValue
    }

    private static var mostTruncatedAnswers: Int { 3 }

    private func giveUp(_ place: Int, _ error: RecordError) {
        let partition = assignments[place].partition
        assignments[place].isStopped = true
        report(.unknown("\(topic)-\(partition) at offset \(assignments[place].position): \(error)"), partition: partition)
    }

    private func check(_ batch: BatchView) -> RecordError? {
        do throws(RecordError) {
            _ = try BatchValidation.stored(batch.bytes)
            return nil
        } catch {
            return error
        }
    }

    private func refuse(_ place: Int, _ code: ErrorCode, _ now: UInt64) {
        let isHealable = code.isRetriable || code == .unknownTopicOrPartition || code == .fencedLeaderEpoch
        assignments[place].isStopped = assignments[place].isStopped || !isHealable
        report(.broker(code, "fetch of \(topic)-\(assignments[place].partition) at \(assignments[place].position)"), partition: assignments[place].partition)
        guard isHealable else { return }
        assignments[place].notBefore = now &+ configuration.retryBackoffNanoseconds
        wantsMetadata = true
    }

    func report(_ error: ClientError, partition: Int32?) {
        counters.count(error.name)
        handler.failed(error, partition: partition)
    }
}
