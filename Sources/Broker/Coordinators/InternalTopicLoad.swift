// Reading an internal topic back: a lot is found on its partition's loop, read and taken apart on the control thread, and
// taken in on the coordinator's loop; then the next one. No loop waits for the disk, and one lot is in memory.
internal import Coordination
internal import Host
internal import StorageEngine
internal import Vocabulary

/// Belongs to the coordinator's loop; lives as long as a lot is under way.
final class InternalTopicLoad {
    /// Bytes of a lot, but for one batch that is larger: what the coordinator's loop takes in without a pause.
    fileprivate static let lotBytes = 131_072

    private unowned let home: Shard
    private let topic: InternalTopic
    private let partitionCount: Int32
    private let take: (Int32, [InternalEntry]) throws(StateRecordError) -> Void
    private let done: (Set<Int32>) -> Void
    private var partition: Int32 = 0
    /// Nil: from the partition's start.
    private var offset: Offset?
    private var unreadable: Set<Int32> = []

    /// What a partition has from an offset on.
    private enum Lot: Sendable {
        case entries([InternalEntry], next: Offset)
        case end
        case failure(StorageError)
    }

    init(
        _ log: InternalTopicLog, of home: Shard, _ take: @escaping (Int32, [InternalEntry]) throws(StateRecordError) -> Void,
        _ done: @escaping (Set<Int32>) -> Void
    ) {
        self.home = home
        topic = log.topic
        partitionCount = log.partitionCount
        self.take = take
        self.done = done
    }

    func next() {
        guard partition < partitionCount else { return done(unreadable) }
        let (homeIndex, bound, name, index, from) = (home.index, LoopBound(self), topic.name, partition, offset)
        let answer: @Sendable (Broker, Lot) -> Void = { broker, lot in
            broker.post(to: homeIndex) { _ in bound.value.took(lot) }
        }
        let find: @Sendable (Shard) -> Void = { shard in
            let broker = shard.broker
            do throws(StorageError) {
                guard let slice = try shard.slice(of: name, index, from: from) else { return answer(broker, .end) }
                let found = LoopBound(slice)
                broker.control.enqueue { answer(broker, Self.read(found.value)) }
            } catch { answer(broker, .failure(error)) }
        }
        switch home.place(home.topic(name), index) {
        case .nowhere: took(.failure(.unknownTopic(name)))
        case .here: find(home)
        case .shard(let owner, _): home.broker.post(to: owner, find)
        }
    }

    private static func read(_ slice: LogSlice) -> Lot {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: slice.count, alignment: 16)
        defer { memory.deallocate() }
        let count: Int
        do throws(SystemError) { count = try slice.file.read(into: memory, at: slice.position) } catch { return .failure(.io(error)) }
        do throws(StorageError) {
            return .entries(try InternalBatch.decode(UnsafeRawBufferPointer(rebasing: memory[..<count])), next: slice.nextOffset)
        } catch { return .failure(error) }
    }

    private func took(_ lot: Lot) {
        switch lot {
        case .end: finishPartition()
        case .failure(let error): abandon("\(error)")
        case .entries(let entries, let nextOffset):
            offset = nextOffset
            do throws(StateRecordError) { try take(partition, entries) } catch { return abandon("a record can't be read: \(error)") }
            next()
        }
    }

    private func abandon(_ why: String) {
        home.broker.log.error("\(topic.name)-\(partition) can't be read, what it keeps is not served: \(why)")
        unreadable.insert(partition)
        finishPartition()
    }

    private func finishPartition() {
        partition += 1
        offset = nil
        // In a tick of its own: thousands of empty partitions are no deep recursion.
        let bound = LoopBound(self)
        home.broker.post(to: home.index) { _ in bound.value.next() }
    }
}

extension Shard {
    /// A lot of an internal topic's partition of this shard, written or not yet on the disk; nil at its end.
    fileprivate func slice(of name: String, _ index: Int32, from offset: Offset?) throws(StorageError) -> LogSlice? {
        guard case .here(let partition) = place(topic(name), index) else { throw .unknownTopic(name) }
        let log = partition.log
        return try log.read(
            from: offset ?? log.logStartOffset, maxBytes: InternalTopicLoad.lotBytes, atLeastOneBatch: true,
            upTo: log.logEndOffset)
    }
}
