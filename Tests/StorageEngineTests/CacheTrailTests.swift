import Host
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct CacheTrailTests {
    private let disk = SimulatedFileSystem()
    private let page = SimulatedFile.pageBytes

    /// Reads a file of 40 pages and 100 bytes, so many bytes at a time, with granules of four pages.
    private func read(_ step: Int, warmPages: Range<Int>, lookaheadPages: Int = 16) throws -> (trail: CacheTrail, resident: Set<Int>) {
        let size = 40 * page + 100
        disk.put([UInt8](repeating: 1, count: size), at: "f")
        disk.load("f", pages: warmPages)
        let file = try disk.file("f", .read)
        var trail = CacheTrail(file, size: size, granuleBytes: 4 * page, lookaheadBytes: lookaheadPages * page)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: step, alignment: 16)
        defer { memory.deallocate() }
        var position = 0
        while position < size {
            trail.approach(min(size, position + step))
            position += try file.read(into: memory, at: Int64(position))
            trail.leave(position)
        }
        return (trail, disk.residentPages(of: "f"))
    }

    @Test(arguments: [1000, 4096, 6 * 4096, 200_000])
    func `what a reading brought into the cache goes behind it, and what was there stays`(step: Int) throws {
        // Two pages of the third granule: all of it counts as wanted.
        let (trail, resident) = try read(step, warmPages: 9..<11)
        #expect(resident.isSuperset(of: 9..<11) && resident.isSubset(of: 8..<12))
        #expect(trail.coldBytes == 36 * page + 100)
    }

    @Test func `a file that was cached whole stays so`() throws {
        let (trail, resident) = try read(5000, warmPages: 0..<41)
        #expect(resident == Set(0..<41) && trail.coldBytes == 0)
    }

    @Test func `a look no further than the kernel reads ahead takes its pages for wanted ones`() throws {
        #expect(try read(4 * page, warmPages: 0..<0, lookaheadPages: 0).resident.isEmpty == false)
    }

    @Test func `where the kernel does not say what is cached nothing goes`() throws {
        disk.put([1, 2, 3], at: "f")
        disk.load("f", pages: 0..<1)
        let file = File(descriptor: -1, path: "f", fileSystem: disk)
        var trail = CacheTrail(file, size: 3)
        trail.approach(3)
        trail.leave(3)
        #expect(trail.coldBytes == 0 && disk.residentPages(of: "f") == [0])
    }
}

@Suite struct CompactionCacheTests {
    /// Full segments of keys that come again, or never do, all of them on the disk.
    private func rig(keys: Int) throws -> CompactionRig {
        let rig = try CompactionRig()
        for n in 0..<12 { try rig.append([("key-\(n % keys)", String(repeating: "x", count: 1300))]) }
        return rig
    }

    private func sealed(_ rig: CompactionRig) -> [String] {
        rig.log.segments.dropLast().map { rig.rig.path($0.baseOffset, ".log") }
    }

    @Test func `a pass leaves cold segments cold and warm ones warm`() throws {
        let rig = try rig(keys: 12)
        let disk = rig.rig.disk
        for path in sealed(rig).dropFirst(3) { disk.evict(path) }
        #expect(try #require(try rig.compact()).segmentsReplaced == 0)
        #expect(sealed(rig).map { disk.residentPages(of: $0).isEmpty } == [false, false, false] + [Bool](repeating: true, count: 8))
    }

    @Test(arguments: [true, false]) func `a replacement is as warm as what it replaces was`(isCold: Bool) throws {
        let rig = try rig(keys: 3)
        let disk = rig.rig.disk
        if isCold { for path in sealed(rig) { disk.evict(path) } }
        #expect(try #require(try rig.compact()).segmentsWritten > 0)
        let warm = sealed(rig).filter { disk.bytes(of: $0) != nil && !disk.residentPages(of: $0).isEmpty }
        #expect(warm.isEmpty == isCold)
        try rig.check()
    }
}
