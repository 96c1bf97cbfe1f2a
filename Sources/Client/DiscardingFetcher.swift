// A fetch load that never looks at records: it replays fetches whose answers are known and drops the records in
// the kernel, so that a broker's sending is measured and not a client's copying.
internal import Bytes
internal import Host
package import Reactor
package import Vocabulary
internal import Wire

/// One fetch of a plan.
package struct PlannedFetch: Sendable, Equatable {
    package let partition: Int32
    package let offset: Offset
    package let maxBytes: Int32

    package init(partition: Int32, offset: Offset, maxBytes: Int32) {
        self.partition = partition
        self.offset = offset
        self.maxBytes = maxBytes
    }
}

package struct DiscardCounters: Sendable, Equatable {
    package var answers: UInt64 = 0
    /// Of records, as the answers' headers say.
    package var recordBytes: UInt64 = 0
    /// Answers whose records field was empty.
    package var emptyAnswers: UInt64 = 0
    package var lostConnections: UInt64 = 0
    package var errors: [String: UInt64] = [:]
}

package protocol DiscardHandler: AnyObject {
    func discarded(_ fetch: PlannedFetch, recordBytes: Int, requestedAt: UInt64, receivedAt: UInt64)
}

/// Goes round a plan of fetches on one connection. Fetch version 11 at most: in later ones a field follows
/// the records, which would have to be read from behind what is dropped.
package final class DiscardingFetcher: ClientSocketUser {
    package let topic: String
    package private(set) var counters = DiscardCounters()
    private let options: ConnectionOptions
    private let plan: [PlannedFetch]
    private let inFlight: Int
    private weak var handler: (any DiscardHandler)?
    private var node: BrokerNode
    private let loop: Loop
    private var next = 0
    private var correlationID: Int32 = 0
    private let version: Int16
    private static let lastUsableVersion: Int16 = 11
    /// Fetches sent so far.
    private var sentFetches: UInt64 = 0
    /// So many are sent at most, until it is raised: what holds a fetcher to a schedule.
    package var sendLimit: UInt64 = .max

    /// Negotiates, blocking meanwhile.
    ///
    /// - Parameters:
    ///   - plan: gone round in order; offsets at which batches begin, of partitions with one leader.
    ///   - inFlight: fetches on the way at once.
    ///   - first: the place in the plan to begin at.
    package convenience init(
        loop: Loop, bootstrap: BrokerAddress, topic: String, plan: [PlannedFetch], inFlight: Int, startingAt first: Int = 0,
        options: ConnectionOptions, handler: (any DiscardHandler)? = nil
    ) throws(ClientError) {
        let admin = try Admin(bootstrap, options)
        guard let fetch = admin.negotiation.version(of: .fetch) else { throw .unsupported(bootstrap, .fetch) }
        let cluster = try admin.metadata([topic])
        let partitions = Set(plan.map(\.partition))
        let leaders = Set(partitions.map { index in cluster.topic(topic)?.partitions.first { $0.index == index }?.leader })
        guard leaders.count == 1, let leader = leaders.first ?? nil, let address = cluster.brokers[leader] else {
            throw .unknown("partitions \(partitions.sorted()) of \(topic) have no leader in common")
        }
        self.init(
            loop: loop, node: BrokerNode(id: leader, address: address), version: min(fetch, Self.lastUsableVersion), topic: topic, plan: plan,
            inFlight: inFlight, startingAt: first, options: options, handler: handler)
    }

    /// For a server that understands fetches and nothing else: it is asked neither for its versions nor for leaders.
    package convenience init(
        loop: Loop, server: BrokerAddress, topic: String, plan: [PlannedFetch], inFlight: Int, options: ConnectionOptions,
        handler: (any DiscardHandler)? = nil
    ) {
        self.init(
            loop: loop, node: BrokerNode(id: 0, address: server), version: Self.lastUsableVersion, topic: topic, plan: plan, inFlight: inFlight,
            startingAt: 0, options: options, handler: handler)
    }

    private init(
        loop: Loop, node: BrokerNode, version: Int16, topic: String, plan: [PlannedFetch], inFlight: Int, startingAt first: Int,
        options: ConnectionOptions, handler: (any DiscardHandler)?
    ) {
        precondition(!plan.isEmpty && inFlight > 0, "a plan of \(plan.count) fetches, \(inFlight) in flight")
        self.loop = loop
        self.topic = topic
        self.plan = plan
        self.inFlight = inFlight
        self.options = options
        self.handler = handler
        self.version = version
        self.node = node
        next = first % plan.count
    }

    deinit { close() }

    /// To be called before the first run of the loop and after every one.
    package func poll(now: UInt64) {
        if node.socket == nil, now >= node.connectAt { connect(now) }
        while let socket = node.socket, socket.isOpen, socket.inFlight < inFlight, sentFetches < sendLimit { send(on: socket, now) }
    }

    package func close() {
        node.socket?.close()
        node.socket = nil
        node.connectAt = .max
    }

    private func connect(_ now: UInt64) {
        do throws(ClientError) {
            node.socket = try ClientSocket(
                loop: loop, broker: node.address, options: options, receiveBytes: 4096, keptBytes: headBytes, user: self)
        } catch {
            counters.errors["\(error)", default: 0] += 1
            node.connectAt = now &+ options.reconnectBackoffNanoseconds
        }
    }

    private func send(on socket: ClientSocket, _ now: UInt64) {
        let planned = plan[next]
        let frame = node.takeFrame()
        correlationID &+= 1
        frame.begin(.fetch, version: version, correlationID: correlationID, clientID: options.clientID)
        let asked = FetchRequest.Partition(
            partition: planned.partition, fetchOffset: planned.offset, partitionMaxBytes: planned.maxBytes)
        FetchRequest(
            maxWaitMilliseconds: 0, minBytes: 1, maxBytes: planned.maxBytes, topics: [.init(name: topic, partitions: [asked])]
        ).encode(into: &frame.head, version: version)
        frame.end()
        frame.items.append(Int32(next))
        next = next + 1 == plan.count ? 0 : next + 1
        sentFetches &+= 1
        socket.send(frame, now: now)
    }

    func opened(_ socket: ClientSocket) { poll(now: loop.now) }

    func sent(_ request: OutgoingFrame, at now: UInt64, on socket: ClientSocket) {}

    func answered(_ request: OutgoingFrame, _ bytes: UnsafeRawBufferPointer, frameBytes: Int, at now: UInt64, on socket: ClientSocket) {
        let planned = plan[Int(request.items[0])]
        do {
            var reader = ByteReader(bytes)
            let (code, recordBytes) = try head(&reader, request.correlationID)
            // What the head says must be what followed it, to the byte.
            guard reader.position + recordBytes == frameBytes else { throw WireError.invalidLength(recordBytes, position: reader.position) }
            counters.answers &+= 1
            counters.recordBytes &+= UInt64(recordBytes)
            if code != .none { counters.errors[code.name, default: 0] += 1 }
            if recordBytes == 0 { counters.emptyAnswers &+= 1 }
            handler?.discarded(planned, recordBytes: recordBytes, requestedAt: request.firstByteAt, receivedAt: now)
        } catch {
            return socket.end(.malformed(socket.broker, "Fetch: \(error)"))
        }
        node.giveBack(request)
        poll(now: now)
    }

    func lost(_ requests: ContiguousArray<OutgoingFrame>, _ error: ClientError, on socket: ClientSocket) {
        if error.isLoss { counters.lostConnections &+= 1 }
        counters.errors["\(error)", default: 0] += 1
        node.socket = nil
        node.connectAt = MonotonicClock.now() &+ options.reconnectBackoffNanoseconds
    }

    /// Bytes of an answer up to its records, for one partition without aborted transactions.
    private var headBytes: Int {
        let responseFields = 4 + 4 + (version >= 7 ? 6 : 0) + 4
        let partitionFields = 2 + topic.utf8.count + 4 + 4 + 2 + 8 + 8 + (version >= 5 ? 8 : 0) + 4 + (version >= 11 ? 4 : 0) + 4
        return responseFields + partitionFields
    }

    /// Reads an answer's head: the partition's error, or the answer's, and the length of its records.
    private func head(_ reader: inout ByteReader, _ correlation: Int32) throws -> (ErrorCode, Int) {
        guard try reader.int32() == correlation else { throw WireError.invalidLength(Int(correlation), position: 0) }
        try reader.skip(4)
        let whole = version >= 7 ? ErrorCode(rawValue: try reader.int16()) : .none
        if version >= 7 { try reader.skip(4) }
        guard try reader.int32() == 1 else { throw WireError.countExceedsFrame(count: 0, remaining: reader.remaining, position: reader.position) }
        try reader.skip(Int(try reader.int16()))
        guard try reader.int32() == 1 else { throw WireError.countExceedsFrame(count: 0, remaining: reader.remaining, position: reader.position) }
        try reader.skip(4)
        let code = ErrorCode(rawValue: try reader.int16())
        try reader.skip(version >= 5 ? 24 : 16)
        // Aborted transactions: none, or null. More would move the records.
        guard try reader.int32() <= 0 else { throw WireError.countExceedsFrame(count: 1, remaining: reader.remaining, position: reader.position) }
        if version >= 11 { try reader.skip(4) }
        return (whole == .none ? code : whole, Int(max(0, try reader.int32())))
    }
}
