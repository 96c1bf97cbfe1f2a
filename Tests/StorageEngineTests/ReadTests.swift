import StorageEngine
import Testing
import Vocabulary

@Suite struct ReadTests {
    @Test func `an offset outside the log is out of range and its end is empty`() throws {
        let rig = try Rig()
        #expect(try rig.log.read(from: 0, maxBytes: 100, atLeastOneBatch: true) == nil)
        try rig.append(batch(4))
        for offset: Offset in [-1, 5, .max] {
            #expect(throws: StorageError.offsetOutOfRange(offset, valid: 0..<4)) {
                _ = try rig.log.read(from: offset, maxBytes: 100, atLeastOneBatch: true)
            }
        }
        #expect(try rig.log.read(from: 4, maxBytes: 100, atLeastOneBatch: true) == nil)
    }

    @Test func `every offset leads to the batch that contains it, with any index interval`() throws {
        for interval in ["0", "100", "4096"] {
            let rig = try Rig(["index.interval.bytes": interval, "segment.bytes": "2000"])
            for index in 0..<60 { try rig.append(batch(1 + index % 4, timestamp: Int64(index))) }
            let all = try rig.readAll()
            for round in 0..<2 {
                if round == 1 { try rig.reopen() }
                for offset in 0..<rig.log.logEndOffset {
                    let slice = try #require(try rig.log.read(from: offset, maxBytes: 1, atLeastOneBatch: true))
                    let expected = all.last { $0.baseOffset <= offset }
                    #expect(try rig.contents(of: slice) == [expected], "interval \(interval) offset \(offset)")
                }
            }
        }
    }

    @Test func `a read ends at a batch boundary within its bytes`() throws {
        let rig = try Rig()
        try rig.append(batch(1), batch(1), batch(1))
        let size = batch(1).count
        for (maxBytes, batches) in [(size - 1, 1), (size, 1), (2 * size - 1, 1), (2 * size, 2), (3 * size, 3), (1 << 20, 3)] {
            let slice = try #require(try rig.log.read(from: 0, maxBytes: maxBytes, atLeastOneBatch: true))
            #expect(slice.count == batches * size, "\(maxBytes)")
            #expect(slice.nextOffset == Offset(batches))
        }
        #expect(try rig.log.read(from: 0, maxBytes: size - 1, atLeastOneBatch: false) == nil)
    }

    @Test func `a consumer that goes on where it ended searches nothing`() throws {
        let rig = try Rig(["index.interval.bytes": "100000"])
        for _ in 0..<100 { try rig.append(batch(10)) }
        let first = try #require(try rig.log.read(from: 0, maxBytes: 5000, atLeastOneBatch: true))
        let second = try #require(try rig.log.read(from: first.nextOffset, maxBytes: 1 << 20, atLeastOneBatch: true))
        try rig.append(batch(10))
        let reads = rig.disk.reads
        let tail = try #require(try rig.log.read(from: second.nextOffset, maxBytes: 1 << 20, atLeastOneBatch: true))
        #expect(tail.nextOffset == rig.log.logEndOffset)
        #expect(rig.disk.reads == reads)
    }

    @Test func `a slice outlives the deletion of its topic`() throws {
        let rig = try Rig()
        try rig.append(batch(3))
        let slice = try #require(try rig.log.read(from: 0, maxBytes: 100, atLeastOneBatch: true))
        let log = rig.log
        try rig.storage.deleteTopic(named: "t")
        #expect(throws: StorageError.deleted) { try log.read(from: 0, maxBytes: 100, atLeastOneBatch: true) }
        #expect(try rig.contents(of: slice).map(\.count) == [3])
    }

    @Test func `an upper bound hides the batches at and beyond it`() throws {
        let rig = try Rig(["index.interval.bytes": "0"])
        for _ in 0..<4 { try rig.append(batch(3)) }
        func visible(upTo: Offset) throws -> Offset? {
            try rig.log.read(from: 0, maxBytes: 1 << 20, atLeastOneBatch: true, upTo: upTo)?.nextOffset
        }
        #expect(try visible(upTo: 0) == nil)
        #expect(try visible(upTo: 3) == 3)
        #expect(try visible(upTo: 9) == 9)
        #expect(try visible(upTo: 100) == 12)
    }

    @Test func `offsets are found by timestamp across segments`() throws {
        let rig = try Rig(["segment.bytes": "1200", "index.interval.bytes": "0"])
        #expect(try rig.log.offset(forTimestamp: 0) == nil)
        #expect(try rig.log.offsetOfMaxTimestamp() == nil)
        for index in 0..<30 { try rig.append(batch(5, timestamp: Int64(index) * 10)) }
        for _ in 0..<2 {
            for timestamp: Int64 in 0..<300 {
                // Records of batch n have the timestamps 10n ... 10n + 4.
                let (tens, ones) = (timestamp / 10, timestamp % 10)
                let expected =
                    ones < 5
                    ? TimestampedOffset(offset: tens * 5 + ones, timestamp: timestamp)
                    : TimestampedOffset(offset: (tens + 1) * 5, timestamp: (tens + 1) * 10)
                #expect(try rig.log.offset(forTimestamp: timestamp) == (timestamp > 294 ? nil : expected), "\(timestamp)")
            }
            #expect(try rig.log.offset(forTimestamp: 295) == nil)
            #expect(try rig.log.offsetOfMaxTimestamp() == TimestampedOffset(offset: 149, timestamp: 294))
            try rig.reopen()
        }
    }

    @Test func `a late batch with old timestamps does not hide newer ones`() throws {
        let rig = try Rig(["index.interval.bytes": "0"])
        for timestamp: Int64 in [100, 500, 50, 300, 600] { try rig.append(batch(1, timestamp: timestamp)) }
        #expect(try rig.log.offset(forTimestamp: 40)?.offset == 0)
        #expect(try rig.log.offset(forTimestamp: 101)?.offset == 1)
        #expect(try rig.log.offset(forTimestamp: 501)?.offset == 4)
        #expect(try rig.log.offsetOfMaxTimestamp()?.offset == 4)
    }
}

extension LogSlice? {
    static func == (slice: LogSlice?, _: _OptionalNilComparisonType) -> Bool {
        if case .none = slice { true } else { false }
    }
}
