// One client of the null broker: requests in, answers out in request order.
internal import Bytes
internal import Host
internal import Reactor
internal import Records
internal import Vocabulary
internal import Wire

/// Answers each request as its frame arrives, or later where a fault holds the answer back.
final class NullConnection: FrameHandler {
    private unowned let broker: NullBroker
    private var connection: FramedConnection!
    private let loop: Loop
    /// Answers that are held back, in order, with the time they are due.
    private var held: [(due: UInt64, bytes: [UInt8], request: TakenRequest?)] = []
    private var timer: Timer?
    /// When the request that is being answered was taken up; 0 where no stamps are kept.
    private var takenAt: UInt64 = 0

    init(_ fd: Int32, loop: Loop, broker: NullBroker) throws(SystemError) {
        self.broker = broker
        self.loop = loop
        var configuration = FramedConnection.Configuration()
        configuration.transfer = .copy(bufferBytes: 65_536)
        connection = try FramedConnection(
            loop: loop, accepted: fd, budget: broker.budget, configuration: configuration, handler: self)
    }

    func close() { connection.close() }

    func closed(_ connection: FramedConnection, _ reason: CloseReason) {
        if let timer { loop.cancel(timer) }
        broker.forget(self)
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, frameBytes: Int, on connection: FramedConnection) {
        let frame = UnsafeRawBufferPointer(bytes)
        if broker.stamps != nil { takenAt = MonotonicClock.now() }
        do {
            var reader = ByteReader(frame)
            let header = try RequestHeaderView(from: &reader)
            guard let key = header.key, APIVersions.of(key).isServed(header.version) || key == .apiVersions else {
                return connection.close()
            }
            switch key {
            case .produce: try produce(frame, header)
            case .fetch: try fetch(frame, header)
            default: try answer(key, header, &reader)
            }
        } catch {
            connection.close()
        }
    }

    // MARK: produce

    private func produce(_ frame: UnsafeRawBufferPointer, _ header: RequestHeaderView) throws(WireError) {
        var request = try ProduceRequestView(frame: frame, bodyPosition: header.bodyPosition, version: header.version)
        _ = try request.check()
        broker.burn()
        let refusal = broker.faults.errorForNextRequest().map(ErrorCode.init(rawValue:))
        var closesInstead = false
        let start = beginAnswer(.produce, header)
        var writer = ProduceResponseWriter(into: &connection.output, version: header.version, topicCount: request.topicCount)
        while let topic = try request.nextTopic() {
            writer.topic(topic.name, partitionCount: topic.partitionCount, into: &connection.output)
            while let part = try request.nextPartition() {
                let result = refusal.map { ($0, Offset(-1)) } ?? append(topic.name, part, frame, &closesInstead)
                writer.partition(
                    index: part.index, errorCode: result.0, baseOffset: result.1, logStartOffset: 0, into: &connection.output)
            }
        }
        writer.finish(into: &connection.output)
        if closesInstead { return connection.close() }
        if request.acks == 0 { return connection.output.truncate(to: start) }
        endAnswer(at: start, TakenRequest(kind: .produce, at: takenAt))
    }

    private func append(
        _ topic: UnsafeRawBufferPointer, _ part: ProduceRequestView.Partition, _ frame: UnsafeRawBufferPointer,
        _ closesInstead: inout Bool
    ) -> (ErrorCode, Offset) {
        guard let partition = broker.topics.partition(topic, part.index) else { return (.unknownTopicOrPartition, -1) }
        guard let range = part.records else { return (.invalidRecord, -1) }
        let bytes = UnsafeRawBufferPointer(rebasing: frame[range])
        guard let batch = try? BatchValidation.produced(bytes) else { return (.corruptMessage, -1) }
        guard broker.topics.keepsRecords else { return (.none, partition.count(batch)) }
        if let earlier = partition.earlierOffset(of: batch) { return (.none, earlier) }
        guard partition.isNext(batch) else { return (.outOfOrderSequenceNumber, -1) }
        guard broker.topics.reserve(bytes.count) else { return (.kafkaStorageError, -1) }
        let offset = store(bytes, batch, in: partition, &closesInstead)
        partition.remember(batch, at: offset)
        return (.none, offset)
    }

    private func store(
        _ bytes: UnsafeRawBufferPointer, _ batch: BatchView, in partition: NullPartition, _ closesInstead: inout Bool
    ) -> Offset {
        guard let spoiled = broker.faults.spoiled(batch) else { return storeWhole(bytes, in: partition, &closesInstead) }
        guard !spoiled.isEmpty else { return partition.nextOffset }
        return spoiled.withUnsafeBytes { storeWhole($0, in: partition, &closesInstead) }
    }

    private func storeWhole(_ bytes: UnsafeRawBufferPointer, in partition: NullPartition, _ closesInstead: inout Bool) -> Offset {
        switch broker.faults.forNextBatch() {
        case .dropAcknowledged: return partition.nextOffset
        case .duplicate:
            let offset = partition.store(bytes).offset
            _ = partition.store(bytes)
            return offset
        case .reorder: return partition.holdBack(bytes)
        case .flipBit:
            let stored = partition.store(bytes)
            stored.batch.flipBit()
            return stored.offset
        case .batchLength(let length, _):
            let stored = partition.store(bytes)
            stored.batch.overwriteLength(with: length)
            return stored.offset
        case .disconnect:
            closesInstead = true
            return partition.store(bytes).offset
        case .record, .shortFetch, .error, .delays, .stall, nil: return partition.store(bytes).offset
        }
    }

    // MARK: fetch

    /// How long a fetch that finds nothing waits before it is answered empty; the client asks again.
    private static let emptyAnswerNanoseconds: UInt64 = 2_000_000

    private func fetch(_ frame: UnsafeRawBufferPointer, _ header: RequestHeaderView) throws(WireError) {
        var request = try FetchRequestView(frame: frame, bodyPosition: header.bodyPosition, version: header.version)
        _ = try request.check()
        broker.burn()
        let start = beginAnswer(.fetch, header)
        var writer = FetchResponseWriter(
            into: &connection.output, version: header.version, isolationLevel: request.isolationLevel, topicCount: request.topicCount)
        var external: [(cut: Int, range: FileRange)] = []
        var left = Int(request.maxBytes)
        while let topic = try request.nextTopic() {
            writer.topic(topic.name, partitionCount: topic.partitionCount, into: &connection.output)
            while let part = try request.nextPartition() {
                guard let partition = broker.topics.partition(topic.name, part.index) else {
                    writer.partition(
                        index: part.index, errorCode: .unknownTopicOrPartition, highWatermark: -1, lastStableOffset: -1,
                        logStartOffset: -1, recordsCount: 0, into: &connection.output)
                    continue
                }
                let end = broker.topics.keepsRecords ? partition.nextOffset : Offset.max / 2
                let isInside = part.fetchOffset >= 0 && part.fetchOffset <= end
                let ranges = isInside ? records(of: partition, part, left) : []
                let count = ranges.reduce(0) { $0 + $1.count }
                left = max(0, left - count)
                let cut = writer.partition(
                    index: part.index, errorCode: isInside ? .none : .offsetOutOfRange, highWatermark: end, lastStableOffset: end, logStartOffset: 0, recordsCount: count,
                    into: &connection.output)
                external += ranges.map { (cut, $0) }
            }
        }
        writer.finish(into: &connection.output)
        finishFetch(start, external, writer.externalBytes)
    }

    private func records(of partition: NullPartition, _ part: FetchRequestView.Partition, _ left: Int) -> [FileRange] {
        guard left > 0 else { return [] }
        let limit = min(Int(part.maxBytes), left)
        guard broker.topics.keepsRecords else {
            return [FileRange(owner: broker.constant, memory: broker.constant.prefix(limit))]
        }
        let whole = partition.read(from: part.fetchOffset, maxBytes: limit)
        let isCut = whole.count > 1 && broker.faults.isNextFetchShort()
        return (isCut ? whole.prefix(1) : whole).map { FileRange(owner: $0, memory: UnsafeRawBufferPointer($0.bytes)) }
    }

    /// Puts the records where the writer left room for them: behind the cuts, as ranges of memory, or copied
    /// into the answer when it is held back.
    private func finishFetch(_ start: Int, _ external: [(cut: Int, range: FileRange)], _ externalBytes: Int) {
        let answer = Array(connection.output.bytes[start...])
        connection.output.truncate(to: start)
        var delay = broker.faults.delayForNextAnswer()
        if external.isEmpty { delay = max(delay, Self.emptyAnswerNanoseconds) }
        var framed = ByteWriter(capacity: 16)
        framed.int32(Int32(answer.count - Frame.lengthSize + externalBytes))
        var done = Frame.lengthSize
        var pieces: [UInt8] = Array(framed.bytes)
        let isHeld = delay > 0 || !held.isEmpty
        let request = TakenRequest(kind: .fetch, at: takenAt)
        for (cut, range) in external {
            pieces += answer[done..<cut - start]
            done = cut - start
            if isHeld {
                range.copy(into: &pieces)
            } else {
                connection.output.write(pieces)
                pieces = []
                connection.enqueue(range)
            }
        }
        pieces += answer[done...]
        if isHeld {
            hold(pieces, for: delay, request)
        } else {
            connection.output.write(pieces)
            send(request)
        }
    }

    // MARK: everything else

    private static let keys: [APIKey] = [.apiVersions, .produce, .fetch, .metadata, .createTopics, .deleteTopics, .listOffsets, .initProducerID]

    private func answer(_ key: APIKey, _ header: RequestHeaderView, _ reader: inout ByteReader) throws(WireError) {
        let version = header.version
        let start = beginAnswer(key, header)
        switch key {
        case .apiVersions:
            let isServed = APIVersions.of(.apiVersions).isServed(version)
            var response = ApiVersionsResponse.advertised(errorCode: isServed ? .none : .unsupportedVersion)
            // Whoever asks for groups or transactions learns that there are none, instead of being cut off.
            response.apiKeys.removeAll { range in !Self.keys.contains { $0.rawValue == range.apiKey } }
            response.encode(into: &connection.output, version: isServed ? version : 0)
        case .metadata:
            let request = try MetadataRequest(from: &reader, version: version)
            broker.metadata(request).encode(into: &connection.output, version: version)
        case .createTopics:
            let request = try CreateTopicsRequest(from: &reader, version: version)
            broker.create(request).encode(into: &connection.output, version: version)
        case .deleteTopics:
            let request = try DeleteTopicsRequest(from: &reader, version: version)
            broker.delete(request).encode(into: &connection.output, version: version)
        case .listOffsets:
            let request = try ListOffsetsRequest(from: &reader, version: version)
            broker.offsets(request).encode(into: &connection.output, version: version)
        case .initProducerID:
            InitProducerIDResponse(producerID: broker.allocateProducerID(), producerEpoch: 0)
                .encode(into: &connection.output, version: version)
        default:
            // Whatever a load doesn't ask for.
            return connection.close()
        }
        endAnswer(at: start)
    }

    private func beginAnswer(_ key: APIKey, _ header: RequestHeaderView) -> Int {
        let start = Frame.begin(&connection.output)
        // ApiVersions is answered at version 0 when the version asked for is not served; its header is always v0.
        ResponseHeader(correlationID: header.correlationID).encode(into: &connection.output, key: key, version: header.version)
        return start
    }

    /// - Parameter request: to be stamped; nil: one of the control plane.
    private func endAnswer(at start: Int, _ request: TakenRequest? = nil) {
        Frame.end(&connection.output, at: start)
        let delay = broker.faults.delayForNextAnswer()
        guard delay > 0 || !held.isEmpty else { return send(request) }
        let bytes = Array(connection.output.bytes[start...])
        connection.output.truncate(to: start)
        hold(bytes, for: delay, request)
    }

    /// Sends what was written when the tick ends. With stamps at once, and the clock is read just before: the broker's time ends before
    /// the client can have its answer.
    private func send(_ request: TakenRequest?) {
        guard let stamps = broker.stamps, let request else { return connection.flush() }
        stamps.record(request, sentAt: MonotonicClock.now())
        connection.flushNow()
    }

    // MARK: answers held back

    private func hold(_ bytes: [UInt8], for nanoseconds: UInt64, _ request: TakenRequest?) {
        held.append((max(held.last?.due ?? 0, loop.now + nanoseconds), bytes, request))
        arm()
    }

    private func arm() {
        guard let first = held.first else { return }
        let timer = timer ?? Timer(self)
        self.timer = timer
        loop.arm(timer, at: first.due)
    }
}

extension NullConnection: TimerHandler {
    func timerFired(_ timer: Timer) {
        let due = held.prefix { $0.due <= loop.now }
        held.removeFirst(due.count)
        for answer in due {
            connection.output.write(answer.bytes)
            send(answer.request)
        }
        arm()
    }
}
