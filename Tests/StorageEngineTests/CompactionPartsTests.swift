import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct KeyMapTests {
    @Test func `the hash is SipHash with 128 bits, as its authors print it`() {
        let hasher = KeyHasher((0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
        func hash(_ count: Int) -> [UInt8] {
            let input = (0..<count).map { UInt8($0) }
            let result = input.withUnsafeBytes { hasher.hash($0, rounds: 2, finalRounds: 4) }
            return [result.first, result.second].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
        }
        #expect(hash(0) == [0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93])
        #expect(hash(1) == [0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45])
    }

    @Test func `keys of every length differ, and under another secret too`() {
        var seen: Set<[UInt64]> = []
        for secret in UInt64(0)..<2 {
            let hasher = KeyHasher((secret, 7))
            for count in 0..<64 {
                for fill in UInt8(0)..<4 {
                    let key = [UInt8](repeating: fill, count: count)
                    let hash = key.withUnsafeBytes { hasher.hash($0) }
                    if count > 0 || fill == 0 { #expect(seen.insert([hash.first, hash.second]).inserted) }
                }
            }
        }
    }

    @Test func `a map answers as a dictionary does, until it is full and then for what it has`() {
        var generator = SplitMix(4)
        for limit in [48, 1000, 24 * 4096] {
            let map = KeyMap(limitBytes: limit)
            var model: [UInt64: Offset] = [:]
            for offset in Offset(0)..<6000 {
                let key = UInt64.random(in: 0..<3000, using: &generator)
                // Hashes that crowd at the end of the table, so that searches go round.
                let hash = KeyHash(first: ~(key / 8), second: key)
                let isTaken = map.put(hash, offset)
                #expect(isTaken == (model[key] != nil || model.count < map.capacity))
                if isTaken { model[key] = offset }
            }
            #expect(map.count == model.count && map.bytes <= max(48, limit))
            for key in UInt64(0)..<3000 { #expect(map.newest(KeyHash(first: ~(key / 8), second: key)) == model[key]) }
        }
    }
}

@Suite struct CompactionPlanTests {
    private func facts(_ base: Offset, _ next: Offset, size: Int = 100, time: Int64 = 1000, entries: Int = 1) -> SegmentFacts {
        SegmentFacts(
            base: base, nextOffset: next, size: size, firstTimestamp: time, largestTimestamp: time, offsetEntries: entries, timeEntries: entries,
            headersCrc: 0)
    }

    private func view(_ sealed: [SegmentFacts], stable: Offset = .max, start: Offset = 0, _ change: (inout LogConfiguration) -> Void = { _ in }) -> CompactionView {
        var configuration = LogConfiguration()
        change(&configuration)
        return CompactionView(
            partition: TopicPartition(topic: "t", partition: 0), topicID: .zero, configuration: configuration,
            directory: LogDirectory(path: "d", fileSystem: SimulatedFileSystem()), logStartOffset: start, cuts: 0, lowestCut: nil, sealed: sealed,
            stableOffset: stable)
    }

    private let three = [(0, 10), (10, 20), (20, 30)].map { (Offset($0.0), Offset($0.1)) }

    @Test(arguments: [
        (nil, Offset.max, Offset(0), Offset(0), Offset(30)), (10, .max, 0, 10, 30), (15, .max, 0, 15, 30), (30, .max, 0, 30, 30),
        // Beyond the log's end: another log. Below its start: what is there begins later.
        (31, .max, 0, 0, 30), (5, .max, 12, 12, 30),
        // Only whole segments below the stable offset.
        (nil, 29, 0, 0, 20), (nil, 9, 0, 0, 0), (20, 29, 0, 20, 20),
    ] as [(Offset?, Offset, Offset, Offset, Offset)])
    func `what is dirty lies between the checkpoint and the stable offset`(checkpoint: Offset?, stable: Offset, start: Offset, first: Offset, end: Offset) {
        let plan = CompactionPlan(view(three.map { facts($0.0, $0.1) }, stable: stable, start: start), checkpoint: checkpoint, now: 5000)
        #expect(plan.firstDirtyOffset == first && plan.endOffset == end)
        #expect((plan.dirtyBytes == 0) == (first == end))
    }

    @Test func `a log is due above its ratio, or when a record is overdue`() {
        let segments = [facts(0, 10, size: 300), facts(10, 20, size: 299, time: 2000)]
        func plan(ratio: Double = 0.5, minimumLag: Int64 = 0, maximumLag: Int64 = .max) -> CompactionPlan {
            let view = view(segments) {
                $0.compaction.minimumDirtyRatio = ratio
                $0.compaction.minimumLagMilliseconds = minimumLag
                $0.compaction.maximumLagMilliseconds = maximumLag
            }
            return CompactionPlan(view, checkpoint: 10, now: 5000)
        }
        #expect(!plan().isDue && abs(plan().dirtyRatio - 299.0 / 599) < 1e-9)
        #expect(plan(ratio: 0.49).isDue)
        #expect(!plan(maximumLag: 3000).isDue)
        #expect(plan(maximumLag: 2999).isDue)
        #expect(plan(minimumLag: 3001).dirtyBytes == 0)
        #expect(plan(minimumLag: 3000).dirtyBytes == 299)
    }

    @Test func `segments are grouped by bytes, index entries and span of offsets, to the last one that fits`() {
        func sizes(_ segments: [SegmentFacts], bytes: Int = 1 << 30, indexBytes: Int = 10 << 20) -> [Int] {
            var configuration = LogConfiguration()
            configuration.segmentBytes = bytes
            configuration.indexMaximumBytes = indexBytes
            return CompactionPlan.groups(segments, configuration).map(\.count)
        }
        let many = (0..<7).map { facts(Offset($0) * 10, Offset($0) * 10 + 10) }
        #expect(sizes(many, bytes: 300) == [3, 3, 1])
        #expect(sizes(many, bytes: 299) == [2, 2, 2, 1])
        #expect(sizes(many, bytes: 50) == [1, 1, 1, 1, 1, 1, 1])
        #expect(sizes(many, indexBytes: 12 * 4) == [4, 3])
        let limit = Offset(Int32.max)
        #expect(sizes([facts(0, 10), facts(10, limit + 1), facts(limit + 1, limit + 2)]) == [2, 1])
        #expect(sizes([facts(0, 10), facts(10, limit + 2)]) == [1, 1])
        #expect(sizes([]) == [])
    }
}

@Suite struct CompactedTransactionsTests {
    @Test func `data of an aborted transaction goes at once, its marker when none is left`() {
        let transaction = AbortedTransaction(producerID: 1, firstOffset: 10, lastOffset: 20, lastStableOffset: 21)
        func run(_ walk: inout CompactedTransactions, _ producer: ProducerID, _ offset: Offset, isTransactional: Bool = true) -> Bool {
            walk.isAborted(producer: producer, isTransactional: isTransactional, lastOffset: offset)
        }
        func end(_ walk: inout CompactedTransactions, _ outcome: EndTransactionMarker.Outcome, _ producer: ProducerID, _ offset: Offset) -> CompactedTransactions.Ended {
            walk.end(outcome, producer: producer, lastOffset: offset)
        }
        var first = CompactedTransactions(aborted: [transaction])
        #expect(!run(&first, 1, 5))
        #expect(end(&first, .commit, 1, 6) == .committed)
        #expect(run(&first, 1, 12))
        #expect(!run(&first, 2, 13))
        #expect(!run(&first, 1, 14, isTransactional: false))
        #expect(end(&first, .abort, 1, 20) == .aborted(transaction))
        #expect(!run(&first, 1, 25))
        #expect(end(&first, .commit, 2, 26) == .committed)
        // The next pass meets the markers alone.
        var second = CompactedTransactions(aborted: [transaction])
        #expect(end(&second, .abort, 1, 20) == .withoutData)
        #expect(end(&second, .commit, 2, 26) == .withoutData)
    }
}

@Suite struct IOThrottleTests {
    @Test func `bytes are spread over time at the rate, and idle time is not saved up`() {
        var throttle = IOThrottle(bytesPerSecond: 1000)
        var due: [UInt64] = []
        for (bytes, now) in [(500, 0), (500, 100_000_000), (100, 5_000_000_000)] { due.append(throttle.charge(bytes, now: UInt64(now))) }
        #expect(due == [500_000_000, 1_000_000_000, 5_100_000_000])
        var free = IOThrottle(bytesPerSecond: nil)
        let now = free.charge(1 << 30, now: 7)
        #expect(now == 7)
    }
}
