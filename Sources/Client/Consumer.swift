// A Kafka consumer for chosen partitions of one topic, on one loop and its thread.
internal import Bytes
internal import Host
package import Reactor
internal import Records
package import Vocabulary
internal import Wire

/// Fetches the assigned partitions in order, for ever, and hands each whole batch on as a view.
package final class Consumer {
    package let topic: String
    package let configuration: ConsumerConfiguration
    package let partitionCount: Int32
    package internal(set) var counters = ConsumerCounters()

    struct Assignment {
        let partition: Int32
        var leader: Int32
        /// The next offset to fetch.
        var position: Offset
        var highWatermark: Offset?
        var isInFlight = false
        var isStopped = false
        /// It was given up and perhaps taken again with a fetch on the way, whose answer is nobody's.
        var isStale = false
        /// Of the answer that is being read.
        var wasStale = false
        var notBefore: UInt64 = 0
        var maxBytes: Int32
        /// Answers in a row that held no whole batch, and the bytes of the last of them.
        var truncatedAnswers = 0
        var truncatedBytes = 0
    }

    let loop: Loop
    let options: ConnectionOptions
    unowned let handler: any FetchHandler
    var assignments: ContiguousArray<Assignment> = []
    var nodes: ContiguousArray<BrokerNode> = []
    let fetchVersion: Int16
    let metadataVersion: Int16
    var correlationID: Int32 = 0
    var mayFetch = false
    /// The assignment that the last fetch began with.
    private var lastFirst = -1
    /// While true nothing is fetched. Connections stay, and what is on the way is still delivered.
    package var isPaused = false {
        didSet { mayFetch = true }
    }
    var wantsMetadata = false
    var isMetadataInFlight = false
    var maintainAt: UInt64 = 0
    private let bootstrap: BrokerAddress
    private let leaders: [Int32: Int32]
    static let maintenanceNanoseconds: UInt64 = 10_000_000

    /// Negotiates and finds the leaders, blocking meanwhile.
    ///
    /// - Parameter handler: must outlive the consumer.
    package init(
        loop: Loop, bootstrap: BrokerAddress, topic: String, configuration: ConsumerConfiguration,
        options: ConnectionOptions, handler: any FetchHandler
    ) throws(ClientError) {
        let admin = try Admin(bootstrap, options)
        guard let fetch = admin.negotiation.version(of: .fetch) else { throw .unsupported(bootstrap, .fetch) }
        guard let metadata = admin.negotiation.version(of: .metadata) else { throw .unsupported(bootstrap, .metadata) }
        let cluster = try admin.metadata([topic])
        guard let found = cluster.topic(topic), found.errorCode == .none else {
            throw .refused(
                cluster.topic(topic)?.errorCode ?? .unknownTopicOrPartition, "look topic \(topic) up", needs: NeededAccess(.describe, on: .topic(topic)))
        }
        var leaders: [Int32: Int32] = [:]
        for partition in found.partitions { leaders[partition.index] = partition.leader }
        self.leaders = leaders
        self.loop = loop
        self.bootstrap = bootstrap
        self.topic = topic
        self.configuration = configuration
        self.options = options
        self.handler = handler
        fetchVersion = fetch
        metadataVersion = metadata
        partitionCount = Int32(found.partitions.count)
        nodes = ContiguousArray(cluster.brokers.sorted { $0.key < $1.key }.map { BrokerNode(id: $0.key, address: $0.value) })
    }

    deinit { close() }

    /// Adds a partition to those fetched. Blocks while it resolves `start`.
    package func assign(_ partition: Int32, from start: StartOffset) throws(ClientError) {
        guard let leader = leaders[partition] else { throw .unknown("\(topic)-\(partition) has no leader") }
        precondition(!assignments.contains { $0.partition == partition }, "\(topic)-\(partition) is assigned already")
        let place = TopicPartition(topic: topic, partition: partition)
        let address = nodes.first { $0.id == leader }?.address ?? bootstrap
        let position: Offset
        switch start {
        case .at(let offset): position = offset
        case .earliest: position = try Admin(address, options).earliestOffset(of: place)
        case .latest: position = try Admin(address, options).latestOffset(of: place)
        }
        _ = take(partition, at: position)
    }

    /// Takes a partition, or takes it again, from `offset` on. Blocks for nothing.
    ///
    /// - Returns: false for a partition that has no leader.
    package func take(_ partition: Int32, at offset: Offset) -> Bool {
        if let place = assignments.firstIndex(where: { $0.partition == partition }) {
            assignments[place].position = offset
            assignments[place].isStopped = false
            assignments[place].notBefore = 0
        } else {
            guard let leader = leaders[partition] else { return false }
            assignments.append(
                Assignment(partition: partition, leader: leader, position: offset, maxBytes: configuration.partitionMaxBytes))
        }
        mayFetch = true
        maintainAt = 0
        return true
    }

    /// Gives a partition up: what is on the way is not delivered.
    package func giveUp(_ partition: Int32) {
        guard let place = assignments.firstIndex(where: { $0.partition == partition }) else { return }
        assignments[place].isStopped = true
        assignments[place].isStale = assignments[place].isInFlight
    }

    /// The next offset that will be fetched: everything before it was delivered.
    package func position(of partition: Int32) -> Offset? {
        assignments.first { $0.partition == partition }?.position
    }

    /// As the last answer told; nil before the first.
    package func highWatermark(of partition: Int32) -> Offset? {
        assignments.first { $0.partition == partition }?.highWatermark
    }

    /// Stops fetching a partition: what is on the way is still delivered.
    package func stop(_ partition: Int32) {
        guard let place = assignments.firstIndex(where: { $0.partition == partition }) else { return }
        assignments[place].isStopped = true
    }

    /// Whether a partition is no longer fetched: `stop` was called, or an error was reported that no retry heals.
    package func isStopped(_ partition: Int32) -> Bool {
        assignments.first { $0.partition == partition }?.isStopped ?? true
    }

    /// Sends the fetches that may go. To be called after `assign` and after every run of the loop.
    package func poll(now: UInt64) {
        if now >= maintainAt { maintain(now) }
        guard mayFetch, !isPaused else { return }
        mayFetch = false
        for node in nodes { fetch(from: node, now) }
    }

    /// When `poll` has something to do at the latest, beyond what the loop reports.
    package var nextDeadline: UInt64? { assignments.isEmpty ? nil : maintainAt }

    /// Gives every connection up.
    package func close() {
        for node in nodes {
            node.socket?.close()
            node.socket = nil
            node.connectAt = .max
        }
    }

    private func fetch(from node: BrokerNode, _ now: UInt64) {
        while let socket = node.socket, socket.isOpen, socket.inFlight < configuration.pipelineDepth {
            var due = assignments.indices.filter { n in
                let assignment = assignments[n]
                return assignment.leader == node.id && !assignment.isInFlight && !assignment.isStopped && assignment.notBefore <= now
            }
            guard !due.isEmpty else { return }
            if configuration.rotatesPartitions, let first = due.firstIndex(where: { $0 > lastFirst }) { due = Array(due[first...] + due[..<first]) }
            lastFirst = due[0]
            let mine = assignments.reduce(0) { $0 + ($1.leader == node.id && !$1.isStopped ? 1 : 0) }
            let share = (mine + configuration.pipelineDepth - 1) / configuration.pipelineDepth
            send(Array(due.prefix(share)), on: socket, of: node, now)
        }
    }

    private func send(_ due: [Int], on socket: ClientSocket, of node: BrokerNode, _ now: UInt64) {
        let frame = node.takeFrame()
        correlationID &+= 1
        frame.begin(.fetch, version: fetchVersion, correlationID: correlationID, clientID: options.clientID)
        let asked = due.map {
            FetchRequest.Partition(
                partition: assignments[$0].partition, fetchOffset: assignments[$0].position,
                partitionMaxBytes: assignments[$0].maxBytes)
        }
        FetchRequest(
            maxWaitMilliseconds: configuration.maxWaitMilliseconds, minBytes: configuration.minBytes,
            maxBytes: configuration.maxBytes, isolationLevel: configuration.isCommittedOnly ? 1 : 0, topics: [.init(name: topic, partitions: asked)]
        ).encode(into: &frame.head, version: fetchVersion)
        frame.end()
        for n in due {
            assignments[n].isInFlight = true
            frame.items.append(Int32(n))
        }
        socket.send(frame, now: now)
    }
}
