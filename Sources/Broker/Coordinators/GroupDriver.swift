// Drives the group coordinator: events from every shard's connections go into the machine, its effects are performed.
//
// It lives on one loop. Requests come here and their answers go back as posted work; what is promised is in
// __consumer_offsets first; one timer a group wakes the machine when it asks for it.
internal import Coordination
internal import Host
internal import Reactor
internal import Records
internal import StorageEngine
internal import Vocabulary
internal import Wire

/// The groups of this broker. Touched by its home shard's loop only.
final class GroupDriver: TimerHandler {
    private unowned let home: Shard
    private let topic: InternalTopicLog
    private var coordinator: GroupCoordinator
    private var isLoading = true
    /// Partitions of __consumer_offsets whose groups are not served: they can't be read.
    private var unreadable: Set<Int32> = []
    /// What happened while the topic was being read.
    private var held: [GroupEvent] = []
    private var answers: [ReplyToken: (GroupReply) -> Void] = [:]
    private var lastToken: UInt64 = 0
    private var alarms: [String: GroupAlarm] = [:]
    private lazy var expiry = Timer(self)

    init(home: Shard) {
        self.home = home
        topic = InternalTopicLog(.consumerOffsets, of: home)
        var settings = home.broker.configuration.groups
        settings.offsetsPartitions = topic.partitionCount
        coordinator = GroupCoordinator(settings: settings)
    }

    private var now: Moment { Moment(nanoseconds: home.loop.now, wallMilliseconds: WallClock.milliseconds()) }

    // MARK: a start

    /// Reads what the last run left, then serves.
    func start() {
        topic.load { [unowned self] partition, entries throws(StateRecordError) in
            for entry in entries { try replay(entry, partition) }
        } done: { [unowned self] unreadable in
            loaded(unreadable)
        }
    }

    private func replay(_ entry: InternalEntry, _ partition: Int32) throws(StateRecordError) {
        switch entry {
        case .record(let record, let producerID):
            if let record = try GroupRecord(record) { coordinator.replay(StoredGroupRecord(record, producerID: producerID)) }
        case .marker(let marker):
            _ = coordinator.apply(.transactionEnded(marker.producerID, marker.outcome, offsetsPartition: partition), at: now)
        }
    }

    private func loaded(_ unreadable: Set<Int32>) {
        self.unreadable = unreadable
        for partition in unreadable { coordinator.forget(offsetsPartition: partition) }
        isLoading = false
        perform(coordinator.begin(at: now))
        // A crash may have come between a topic's deletion and the end of its offsets.
        let gone = coordinator.committedPartitions.filter { partition in
            home.broker.storage.topic(named: partition.topic).map { partition.partition >= $0.partitionCount } ?? true
        }
        if !gone.isEmpty { apply(.partitionsDeleted(Array(gone))) }
        for event in held { apply(event) }
        held = []
        armExpiry()
    }

    private func armExpiry() {
        home.loop.arm(expiry, at: home.loop.now + UInt64(home.broker.configuration.offsetsCheckMilliseconds) * 1_000_000)
    }

    /// Offsets and groups that nobody wants any more go.
    func timerFired(_ timer: Timer) {
        apply(.expire)
        armExpiry()
    }

    // MARK: events

    /// Why nothing is said about a group now; nil when it is served.
    func refusal(of group: String) -> CoordinationError? {
        if isLoading { return .coordinatorLoadInProgress }
        if unreadable.isEmpty { return nil }
        return unreadable.contains(coordinator.partition(of: group)) ? .coordinatorNotAvailable : nil
    }

    /// Why not all groups can be told of now.
    var refusalOfAll: CoordinationError? { isLoading ? .coordinatorLoadInProgress : nil }

    /// Puts a request to the coordinator, which has to be able to serve its group. `answer` is called once on this loop: now,
    /// or when others have done their part.
    func ask(_ event: (ReplyToken) -> GroupEvent, answer: @escaping (GroupReply) -> Void) {
        lastToken += 1
        let token = ReplyToken(lastToken)
        answers[token] = answer
        apply(event(token))
    }

    /// Topics, or the ends of them, are gone: so are their offsets.
    func partitionsDeleted(_ partitions: [TopicPartition]) { happen(.partitionsDeleted(partitions)) }

    /// A transaction's marker is in the log of a partition of __consumer_offsets: its offsets count, or never will.
    func transactionEnded(_ marker: EndTransactionMarker, offsetsPartition: Int32) {
        happen(.transactionEnded(marker.producerID, marker.outcome, offsetsPartition: offsetsPartition))
    }

    private func happen(_ event: GroupEvent) {
        if isLoading { held.append(event) } else { apply(event) }
    }

    fileprivate func rang(_ alarm: GroupAlarm) {
        apply(.tick(group: alarm.group))
        if !alarm.timer.isArmed { alarms[alarm.group] = nil }
    }

    private func apply(_ event: GroupEvent) { perform(coordinator.apply(event, at: now)) }

    // MARK: effects

    private func perform(_ effects: [GroupEffect]) {
        for effect in effects {
            switch effect {
            case .reply(let token, let reply): answers.removeValue(forKey: token)?(reply)
            case .write(let write): append(write)
            case .wake(let group, let deadline): wake(group, at: deadline)
            }
        }
    }

    private func append(_ write: GroupWrite) {
        var isCommit = false
        if case .offset? = write.records.first { isCommit = true }
        let (id, group) = (write.id, write.group)
        topic.append(
            write.records.map(\.encoded), to: coordinator.partition(of: group), transaction: write.producer
        ) { [unowned self] error in
            apply(.written(id, group: group, CoordinationError(append: error, isCommit: isCommit)))
        }
    }

    private func wake(_ group: String, at deadline: UInt64) {
        let alarm = alarms[group] ?? GroupAlarm(group, of: self)
        alarms[group] = alarm
        home.loop.arm(alarm.timer, at: deadline)
    }

    // MARK: questions

    func describe(_ group: String) -> GroupDescription { coordinator.describe(group) }

    func list(states: Set<GroupState>) -> [GroupListing] {
        let groups = coordinator.list(states: states)
        return unreadable.isEmpty ? groups : groups.filter { refusal(of: $0.group) == nil }
    }

    func offsets(_ group: String, _ partitions: [TopicPartition]?, requiresStable: Bool) -> [FetchedOffset] {
        coordinator.fetch(group, partitions, requiresStable: requiresStable)
    }
}

/// Wakes one group.
private final class GroupAlarm: TimerHandler {
    let group: String
    private unowned let driver: GroupDriver
    private(set) lazy var timer = Timer(self)

    init(_ group: String, of driver: GroupDriver) {
        self.group = group
        self.driver = driver
    }

    func timerFired(_ timer: Timer) { driver.rang(self) }
}

extension Shard {
    /// On the groups' home.
    var groupDriver: GroupDriver {
        guard let groups else { preconditionFailure("groups have their home on shard \(Broker.groupsHome), not \(index)") }
        return groups
    }
}

extension Broker {
    /// The shard whose loop drives the groups.
    static let groupsHome = 0

    /// A topic is gone. From any thread.
    func forgetOffsets(of topic: TopicDescription) {
        let partitions = (0..<topic.partitionCount).map { TopicPartition(topic: topic.name, partition: $0) }
        post(to: Self.groupsHome) { $0.groups?.partitionsDeleted(partitions) }
    }
}
