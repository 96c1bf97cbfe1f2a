// The broker: the transport, the shards and the storage engine, put together and taken apart.
//
//   Broker                      assemble, run, drain
//   Configuration/              one table makes parser, help and DescribeConfigs
//   Connections/                who may connect and for how long; the TLS side of the listeners
//   Requests/                   a client's connection: frames in, answers out in order
//   Handlers/                   one file an API
//   Quotas/                     byte rates of users and client ids, and what those hear who exceed them
//   Security/                   who a client is and what it may do
//   Coordinators/               groups and transactions: their machines driven, their topics kept
//   Shards/                     a loop's partitions, the tick's write, what shards tell each other
//   Broker+Settings             what changes while it runs
//   WorkQueue · BrokerLog · BrokerCounters · ErrorCode+Storage
//
// A produce request is checked and staged where it was received; when the tick ends each partition
// makes one write, then the answers go. A fetch is answered with ranges of segment files.
package import CoreMetrics
package import Host
package import Logging
internal import Reactor
internal import Security
internal import StorageEngine
internal import Synchronization
internal import Vocabulary

/// A broker in this process. Made, started, drained and waited for by one thread.
package final class Broker: @unchecked Sendable {
    // @unchecked: a shard is touched by its loop's thread only, once its thread runs; the rest is set before
    // that and only read, or guards itself.
    /// What holds now; see Broker+Settings.
    let liveSettings: Mutex<BrokerSettings>
    /// What of the configuration is read for every request.
    let live: LiveSettings
    package let page: CounterPage
    /// Requests by API, their times, and errors by code: `RequestTally` has the layout.
    let requestTotals = SharedCounters(count: RequestTally.count)
    let storage: Storage
    let log: BrokerLog
    let budget: MemoryBudget
    let quotas: ClientQuotas
    /// nil: none is configured, and everything is allowed.
    let authorizer: Authorizer?
    let credentials: CredentialStore
    /// Compares passwords, which takes time on purpose.
    let authentication = WorkQueue(name: "authentication")
    /// Topic changes and producer ids, which wait for the disk.
    let control = WorkQueue(name: "control")
    /// Reads what is not in memory.
    private let readAheadQueue = WorkQueue(name: "read-ahead")
    /// Whether more than what was asked for is read from the disk.
    private let readsAhead: Bool
    private let readAheadScratch = LoopBound(UnsafeMutableRawBufferPointer.allocate(byteCount: 262_144, alignment: 4_096))

    private var shards: [Shard] = []
    /// On the first shard's loop.
    private(set) var transactions: TransactionDriver!
    private var listeners: [Listener] = []
    private var acceptors: [Acceptor] = []
    private var threads: [WorkerThread] = []
    private var tls: TLSListeners?
    let connections: ConnectionCounts
    private let turn = Atomic<Int>(0)
    private let undrained = Atomic<Int>(0)
    /// When a shutdown that has begun cuts what is left, in CLOCK_MONOTONIC nanoseconds.
    private let drainDeadline = Atomic<UInt64>(0)
    let openFileLimit: Int
    let startedAtMilliseconds = WallClock.milliseconds()
    let events: EventMetrics
    private let positionSource = Mutex<any GroupPositionSource>(NoGroupPositions())
    /// What the limit of connections is where none is set.
    let defaultConnectionLimit: Int

    /// Opens the storage and the listeners. No request is served before `start`.
    ///
    /// - Parameters:
    ///   - metrics: where rare events are counted; what the loops count is read by `BrokerEndpoint`.
    ///   - fileSystem: nil: the machine's, as the configuration has it.
    /// - Throws: `ConfigurationError`, or what the engine or the system refused, in words.
    package init(
        _ configuration: BrokerConfiguration, logger: Logger, metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        fileSystem: (any FileSystem)? = nil
    ) throws {
        readsAhead = configuration.readsAhead
        liveSettings = Mutex(try BrokerSettings(told: configuration))
        events = EventMetrics(metrics)
        log = BrokerLog(logger, events)
        budget = MemoryBudget(limitBytes: configuration.queuedMaxBytes)
        openFileLimit = try ProcessSetup.raiseOpenFileLimit()
        live = LiveSettings(configuration)
        // Half of the descriptors stay with the segments. A TLS connection takes three: the client's and a socket pair.
        let each = configuration.listeners.contains(where: \.security.isEncrypted) ? 3 : 1
        defaultConnectionLimit = max(16, openFileLimit / 2 / each)
        connections = ConnectionCounts(limit: configuration.maxConnections ?? defaultConnectionLimit, configuration.addressLimits)
        page = try CounterPage(path: configuration.countersPath, names: Counter.allCases.map(\.name))
        try configuration.checkSessionTimeouts()
        guard configuration.advertised.isEmpty || configuration.advertised.count == configuration.listeners.count else {
            throw ConfigurationError(
                "advertised.listeners has \(configuration.advertised.count) addresses for \(configuration.listeners.count) listeners")
        }
        storage = try Storage.open(
            directories: configuration.dataDirectories, configuration: try configuration.storage(),
            fileSystem: fileSystem ?? (configuration.readsAhead ? DiskFileSystem.shared : DiskFileSystem.withoutReadAhead))
        do {
            quotas = try ClientQuotas(configuration, storage)
            credentials = try CredentialStore(storage)
            authorizer = try configuration.authorizer(storage)
        } catch {
            try? storage.close()
            throw error
        }
        report()
        do {
            try assemble()
            restoreSettings()
        } catch {
            for listener in listeners { listener.close() }
            _ = tls?.stop(by: 0)
            try? storage.close()
            throw error
        }
    }

    deinit { readAheadScratch.value.deallocate() }

    private func report() {
        for warning in storage.warnings { log.warning("\(warning)") }
        let dropped = storage.recoveryReports.filter { $0.bytesDropped > 0 }
        for report in dropped {
            log.warning("\(report.partition): \(report.bytesDropped) bytes dropped in recovery: \(report.reason ?? "torn tail")",
                BrokerLog.about(report.partition))
        }
        for report in storage.recoveryReports {
            for complaint in report.complaints { log.warning("\(report.partition): \(complaint); made anew from the log", BrokerLog.about(report.partition)) }
        }
        if !storage.wasCleanShutdown, !storage.recoveryReports.isEmpty {
            let bytes = storage.recoveryReports.reduce(0) { $0 + $1.bytesScanned }
            log.info("recovered \(storage.recoveryReports.count) partitions, \(bytes) bytes scanned")
        }
    }

    private func assemble() throws {
        let count = configuration.loops ?? Broker.defaultLoops
        for index in 0..<count { shards.append(Shard(index: index, count: count, loop: try Loop(), broker: self)) }
        shards[Broker.groupsHome].groups = GroupDriver(home: shards[Broker.groupsHome])
        transactions = TransactionDriver(self, home: shards[0])
        groupPositions = DrivenGroupPositions(self)
        storage.setOwnerRunner { [unowned self] partition, work in onOwner(of: partition, work) }
        tls = try TLSListeners(configuration, threads: configuration.tlsThreads ?? count)
        let congestion = configuration.congestion == "system" ? nil : configuration.congestion
        for (index, specification) in configuration.listeners.enumerated() {
            let acceptor = Acceptor(broker: self, listener: index)
            listeners.append(
                try Listener(
                    loop: shards[0].loop, host: specification.endpoint.host, port: specification.endpoint.port,
                    congestion: congestion, handler: acceptor))
            acceptors.append(acceptor)
        }
    }

    /// One loop on up to two CPUs; else one CPU is left to the background threads.
    package static var defaultLoops: Int { ProcessSetup.onlineCPUs > 2 ? ProcessSetup.onlineCPUs - 1 : 1 }

    /// Where it listens, in the order of the configuration, with the ports that were found free.
    package var endpoints: [Endpoint] {
        zip(listeners, configuration.listeners).map { Endpoint(host: $1.endpoint.host, port: $0.port) }
    }

    // MARK: settings

    /// As it is now. Parts of it may change while the broker runs.
    package var configuration: BrokerConfiguration { inForce }

    /// Takes over what may change live of a configuration that has been read anew. What was changed by request counts
    /// before it, as before.
    package func reconfigure(_ new: BrokerConfiguration) -> Reconfiguration {
        let result = tell(new)
        events.configurationRead(isApplied: true)
        reloadCertificates()
        return result
    }

    /// The files may have been renewed where they lie.
    private func reloadCertificates() {
        guard let tls else { return }
        do throws(ConfigurationError) {
            try tls.reload(configuration)
            log.info("certificates are read again")
        } catch { log.error("certificates stay as they were: \(error)") }
    }

    /// A configuration that was read anew is not usable: everything stays as it is.
    package func reconfigurationFailed() { events.configurationRead(isApplied: false) }

    /// Where groups' offsets come from, for those who watch.
    var groupPositions: any GroupPositionSource {
        get { positionSource.withLock { $0 } }
        set { positionSource.withLock { $0 = newValue } }
    }

    // MARK: run

    /// Starts the loops on threads of their own.
    package func start() {
        undrained.store(shards.count, ordering: .relaxed)
        // The first thing that its loop does, before any request.
        post(to: Broker.groupsHome) { $0.groupDriver.start() }
        for shard in shards {
            let cpus = configuration.pinnedCPUs
            let pinned = cpus.isEmpty ? [] : [cpus[shard.index % cpus.count]]
            let bound = LoopBound(shard)
            threads.append(
                WorkerThread(name: "loop \(shard.index)", cpus: pinned) { [log] in
                    do { try bound.value.loop.run() } catch {
                        log.error("loop \(bound.value.index) has failed: \(error)")
                        fatalError("\(error)")
                    }
                })
        }
        post(to: 0) { $0.broker.transactions.load() }
        startCleaning()
    }

    /// Begins to compact what is to be compacted. What touches a log is done by the shard that owns it.
    private func startCleaning() {
        guard configuration.cleans else { return }
        storage.startCleaning { [log, events] report in
            events.compacted(report)
            let about = BrokerLog.about(report.partition)
            if report.failure == nil { log.info("\(report)", about) } else { log.limited(.compactionFailed, "\(report)", about) }
        }
    }

    /// Has `work` done on the loop of the shard that owns the partition.
    private func onOwner(of partition: TopicPartition, _ work: @escaping LogWork) {
        post(to: owner(of: partition)) { shard in
            shard.withLog(of: partition, work)
        }
    }

    /// The number of the shard that owns a partition.
    func owner(of partition: TopicPartition) -> Int {
        var topic = partition.topic
        let hash = topic.withUTF8 { TopicTable.hash(UnsafeRawBufferPointer($0)) }
        return shards[0].owner(of: hash, partition.partition)
    }

    var shardCount: Int { shards.count }

    /// Stops accepting, answers what is under way, closes the connections. From any thread; `wait` returns then.
    package func drain() {
        drainDeadline.store(MonotonicClock.now() + UInt64(configuration.drainMilliseconds) * 1_000_000, ordering: .relaxed)
        tls?.drain()
        for index in shards.indices { post(to: index) { $0.drain() } }
    }

    /// Returns when the broker is drained, flushed and marked as shut down cleanly.
    package func wait() throws {
        for thread in threads { thread.join() }
        threads = []
        for shard in shards { shard.recoder?.stop() }
        if let cut = tls?.stop(by: drainDeadline.load(ordering: .relaxed)), cut > 0 {
            log.warning("\(cut) TLS connections are cut: they did not take their answers in time")
        }
        control.stop()
        authentication.stop()
        readAheadQueue.stop()
        try storage.close()
    }

    /// Closes the listeners. On the first shard's loop, where they live.
    func closeListeners() { for listener in listeners { listener.close() } }

    /// A shard has no connection left. The last one stops all: until then they may need each other.
    func shardDrained(_ index: Int) {
        guard undrained.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        for shard in shards { shard.loop.stop() }
    }

    // MARK: between threads

    /// Runs `work` on a shard's loop.
    func post(to index: Int, _ work: @escaping @Sendable (Shard) -> Void) {
        let bound = LoopBound(shards[index])
        bound.value.loop.post { work(bound.value) }
    }

    /// Reads file ranges into the page cache, then goes on on a loop.
    func readAhead(_ ranges: [(file: File, range: Range<Int64>)], then loop: Loop, _ body: @escaping @Sendable () -> Void) {
        readAheadQueue.enqueue { [log, readsAhead, readAheadScratch] in
            for (file, range) in ranges {
                do { try PageCache.readAhead(file.descriptor, range, goesOn: readsAhead, through: readAheadScratch.value) } catch {
                    log.limited(.readFailed, "\(file.path): \(error)")
                }
            }
            loop.post(body)
        }
    }

    // MARK: connections

    /// Takes an accepted socket, unless there are too many. On the first shard's loop.
    fileprivate func accepted(_ fd: Int32, _ origin: ClientOrigin) -> Bool {
        if let refusal = connections.admit(origin.address) {
            shards[0].counters.add(.connectionsRefused)
            log.limited(.tooManyConnections, "\(origin.peer) is refused: \(refusal.reason)", BrokerLog.about(peer: origin.peer))
            return false
        }
        if let tls, let context = tls.context(of: origin.listener) {
            tls.accepted(fd, origin, context, self)
        } else if shards.count == 1 {
            shards[0].adopt(fd, origin)
        } else {
            deal(fd, origin)
        }
        return true
    }

    /// Deals sockets out to the shards in turn. From any thread.
    func deal(_ fd: Int32, _ origin: ClientOrigin) {
        post(to: turn.add(1, ordering: .relaxed).oldValue % shards.count) { $0.adopt(fd, origin) }
    }

    /// The client's socket is closed. From any thread.
    func connectionClosed(_ origin: ClientOrigin) { connections.release(origin.address) }

    /// What a client is told to connect to.
    func endpoint(reachedBy client: ClientConnection) -> Endpoint {
        if !configuration.advertised.isEmpty { return configuration.advertised[client.listener] }
        var endpoint = endpoints[client.listener]
        // Bound to every address: the one this client came by is one that it can reach.
        if endpoint.host == "0.0.0.0" || endpoint.host == "::", let host = client.origin.localHost ?? client.connection.localHost {
            endpoint.host = host
        }
        return endpoint
    }
}

/// Hands a listener's sockets to the broker.
private final class Acceptor: ListenerHandler {
    private unowned let broker: Broker
    private let index: Int

    init(broker: Broker, listener: Int) {
        self.broker = broker
        index = listener
    }

    func accepted(_ fd: Int32, peer: String, on listener: Listener) {
        if !broker.accepted(fd, ClientOrigin(listener: index, peer: peer)) { FramedConnection.refuse(fd) }
    }

    func acceptFailed(_ error: SystemError, on listener: Listener) {
        broker.log.limited(.acceptFailed, "a connection is refused: \(error)")
    }
}
