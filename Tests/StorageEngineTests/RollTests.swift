import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct RollTests {
    private func bases(_ rig: Rig) -> [Offset] {
        rig.disk.paths().compactMap { $0.hasSuffix(".log") ? Offset($0.dropLast(4).suffix(20)) : nil }.sorted()
    }

    @Test func `a segment takes batches up to its size to the byte`() throws {
        let size = batch(1, valueBytes: 400).count
        for (limit, expected) in [(3 * size, [0, 3]), (3 * size - 1, [0, 2]), (3 * size + 1, [0, 3])] as [(Int, [Offset])] {
            let rig = try Rig(["segment.bytes": "\(limit)"])
            for _ in 0..<4 { try rig.append(batch(1, valueBytes: 400)) }
            #expect(bases(rig) == expected, "\(limit)")
        }
    }

    @Test func `one tick may fill several segments, each with one write`() throws {
        let rig = try Rig(["segment.bytes": "1024"])
        for _ in 0..<10 { _ = try rig.stage(batch(1, valueBytes: 400)) }
        let report = try rig.log.writeStaged()
        #expect(report.calls == 5)
        #expect(report.rolled == 5)
        #expect(bases(rig) == [0, 2, 4, 6, 8])
        #expect(try rig.readAll().map(\.baseOffset) == Array(0..<10))
    }

    @Test func `a segment spans no more record time than allowed, by the records' clock`() throws {
        let rig = try Rig(["segment.ms": "1000"])
        for timestamp: Int64 in [5000, 5500, 6000, 6001, 4000, 7002] { try rig.append(batch(1, timestamp: timestamp)) }
        // 6000 - 5000 is allowed; 6001 begins a segment; 4000 lies before it; 7002 - 6001 is too much.
        #expect(bases(rig) == [0, 3, 5])
    }

    @Test func `a batch without timestamps never rolls by time`() throws {
        let rig = try Rig(["segment.ms": "1000"])
        var bytes = batch(1, timestamp: -1)
        bytes = sealed(bytes)
        try rig.append(bytes)
        try rig.append(batch(1, timestamp: 1 << 40))
        #expect(bases(rig) == [0])
    }

    @Test func `a full index begins a segment`() throws {
        let rig = try Rig(["segment.index.bytes": "64", "index.interval.bytes": "0"])
        for index in 0..<20 { try rig.append(batch(1, timestamp: Int64(index))) }
        // 64 bytes hold 8 offsets or 5 times; the last time entry's place is kept for sealing.
        for path in rig.disk.paths() where path.hasSuffix("index") {
            #expect(rig.disk.bytes(of: path)!.count <= 64 + IndexSeal.byteCount, "\(path)")
        }
        #expect(bases(rig).count > 3)
        #expect(try rig.readAll().count == 20)
        for offset in 0..<Offset(20) { #expect(try rig.log.offset(forTimestamp: offset)?.offset == offset) }
    }

    @Test func `a run that may fill the index ends early, not the segment`() throws {
        let rig = try Rig(["segment.index.bytes": "64", "index.interval.bytes": "100000"])
        for _ in 0..<30 { _ = try rig.stage(batch(1)) }
        _ = try rig.log.writeStaged()
        #expect(bases(rig) == [0])
        #expect(try rig.readAll().count == 30)
    }

    @Test func `no segment spans more offsets than an index entry can tell`() {
        let policy = RollPolicy(LogConfiguration())
        batch(10).withUnsafeBytes { bytes in
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
            defer { memory.deallocate() }
            memory.copyMemory(from: bytes)
            for (base, rolls) in [(Offset(Int32.max) - 9, false), (Offset(Int32.max) - 8, true)] {
                MutableBatch(memory).assign(baseOffset: base, leaderEpoch: 0)
                let view = BatchView(unchecked: UnsafeRawBufferPointer(memory))
                #expect(policy.mustRoll(size: 1, baseOffset: 0, firstTimestamp: nil, before: view) == rolls)
            }
        }
    }

    @Test func `a sealed segment is cut to its batches and its indexes are whole`() throws {
        let rig = try Rig(["segment.bytes": "600000", "index.interval.bytes": "1000"])
        for index in 0..<120 { try rig.append(batch(1, timestamp: Int64(index), valueBytes: 10_000)) }
        let base = bases(rig)[1]
        let sealedSize = rig.disk.bytes(of: rig.path(0, ".log"))!.count
        #expect(sealedSize == Int(base) * batch(1, valueBytes: 10_000).count)
        #expect(rig.disk.bytes(of: rig.path(0, ".index"))!.count == (Int(base) - 1) * 8 + IndexSeal.byteCount)
        #expect(rig.disk.bytes(of: rig.path(base, ".snapshot")) != nil)
        // The active one is reserved ahead of its end once it has grown past the threshold.
        let active = bases(rig).last!
        #expect(rig.disk.bytes(of: rig.path(active, ".log"))!.count == 600_000)
    }

    @Test func `idle sealed segments hold no open files`() throws {
        let rig = try Rig(["segment.bytes": "1024"])
        for _ in 0..<100 { try rig.append(batch(1, valueBytes: 400)) }
        rig.forceSealed()
        _ = try rig.readAll()
        // The lock, the active segment, and a few sealed ones with two indexes each.
        #expect(rig.disk.openFiles <= 2 + 3 * (StorageLimits.openSealedSegments + 1))
        try rig.reopen()
        #expect(rig.disk.openFiles == 1)
    }
}

@Suite struct PreallocationTests {
    @Test func `an idle or slow partition reserves nothing`() throws {
        let rig = try Rig()
        for _ in 0..<20 { try rig.append(batch(1, valueBytes: 10_000)) }
        #expect(rig.disk.bytes(of: rig.path(0, ".log"))!.count == 20 * batch(1, valueBytes: 10_000).count)
    }

    @Test func `steps double while they are used up within a second and halve when they last`() {
        var pace = PreallocationPace()
        #expect(pace.request(size: 1000, allocatedEnd: 0, limit: 1 << 30, now: { 0 }) == nil)
        let mebibyte = 1 << 20
        #expect(pace.request(size: mebibyte, allocatedEnd: 0, limit: 1 << 30, now: { 0 }) == mebibyte..<(2 * mebibyte))
        #expect(pace.request(size: mebibyte, allocatedEnd: 2 * mebibyte, limit: 1 << 30, now: { 0 }) == nil)
        let second = pace.request(size: 2 * mebibyte, allocatedEnd: 2 * mebibyte, limit: 1 << 30, now: { 1000 })
        #expect(second == (2 * mebibyte)..<(4 * mebibyte))
        let slow = pace.request(size: 4 * mebibyte, allocatedEnd: 4 * mebibyte, limit: 1 << 30, now: { 5_000_001_000 })
        #expect(slow == (4 * mebibyte)..<(5 * mebibyte))
        #expect(pace.request(size: 5 * mebibyte, allocatedEnd: 5 * mebibyte, limit: 5 * mebibyte, now: { 0 }) == nil)
    }

    @Test func `a sealed segment is not reserved again behind its cut`() throws {
        let disk = SimulatedFileSystem()
        _ = disk.makeDirectory("d")
        let file = try disk.file("d/f", .create)
        let space = Preallocation()
        space.begin()
        _ = space.reserve(0..<100, of: file)
        #expect(try file.size() == 100 && space.allocatedEnd == 100 && !space.isPending)
        space.begin()
        space.seal()
        try file.truncate(to: 50)
        _ = space.reserve(100..<200, of: file)
        #expect(try file.size() == 50)
        #expect(!space.isPending)
    }

    @Test func `no step goes past the segment or past the largest`() {
        var pace = PreallocationPace()
        var end = 0
        var largest = 0
        for _ in 0..<20 {
            guard let range = pace.request(size: max(end, 1 << 20), allocatedEnd: end, limit: 300 << 20, now: { 5 }) else { continue }
            largest = max(largest, range.count)
            end = range.upperBound
        }
        #expect(end == 300 << 20)
        #expect(largest == StorageLimits.preallocationLargestStepBytes)
    }
}
