import Host
import Records
@testable import StorageEngine
import Synchronization
import Testing
import Vocabulary

/// Segments in service, and files on their way out.
private func files(_ path: String) throws -> Int {
    try DiskFileSystem.shared.list("\(path)/t-0").count { $0.hasSuffix(".log") || $0.hasSuffix(".deleted") }
}

/// The pauses of removal, on threads of their own.
@Suite struct RemovalPaceTests {
    private func scratch() -> String { ".build/storage-pace-\(UInt64.random(in: 0 ... .max))" }

    private func log(_ storage: Storage, segments: Int, _ buffers: Buffers) throws -> PartitionLog {
        _ = try storage.createTopic(
            named: "t", partitionCount: 1, overrides: ["segment.bytes": "1100", "retention.ms": "0", "file.delete.delay.ms": "0"])
        let log = try #require(storage.log(of: TopicPartition(topic: "t", partition: 0)))
        for _ in 0...segments {
            _ = try log.stage(buffers.hold(batch(1, valueBytes: 900)))
            _ = try log.writeStaged()
        }
        return log
    }


    @Test func `a pause is as many times as long as the work before it, within bounds`() {
        #expect(RemovalPace.pause(after: 0) == StorageLimits.removalPauseNanoseconds)
        let work = StorageLimits.removalPauseNanoseconds
        #expect(RemovalPace.pause(after: work) == work * StorageLimits.removalRest)
        #expect(RemovalPace.pause(after: .max / 2) == StorageLimits.removalLongestPauseNanoseconds)
    }

    @Test func `who waits for removal, or closes, does not wait for its pauses`() throws {
        let path = scratch()
        defer { try? DiskFileSystem.shared.removeTree(path) }
        let buffers = Buffers()
        let storage = try Storage.open(directories: [path], configuration: .init())
        let log = try log(storage, segments: 40, buffers)
        storage.directories[0].background.drain()
        #expect(try log.enforceRetention(now: .max).segments == 41)
        let start = MonotonicClock.now()
        storage.directories[0].remover.drain()
        #expect(try DiskFileSystem.shared.list("\(path)/t-0").count { $0.hasSuffix(".log") } == 1)
        try storage.close()
        #expect(MonotonicClock.now() - start < 5_000_000_000)
        #expect(try files(path) >= 1)
    }

    @Test func `other background work goes on between two removed files`() throws {
        let path = scratch()
        defer { try? DiskFileSystem.shared.removeTree(path) }
        let buffers = Buffers()
        let storage = try Storage.open(directories: [path], configuration: .init())
        let log = try log(storage, segments: 60, buffers)
        storage.directories[0].background.drain()
        _ = try log.enforceRetention(now: .max)
        // The answer to DeleteRecords does not wait until every file has gone.
        let answer = Answer()
        _ = try log.deleteRecords(before: nil) { _ in answer.give((try? files(path)) ?? 0) }
        let deadline = MonotonicClock.now() + 20_000_000_000
        answer.flag.wait(until: deadline)
        #expect(answer.files > 1)
        while try files(path) > 1, MonotonicClock.now() < deadline { MonotonicClock.sleep(nanoseconds: 1_000_000) }
        #expect(try files(path) == 1)
        try storage.close()
    }

    @Test func `a disk without space is cleared without pauses`() throws {
        let path = scratch()
        defer { try? DiskFileSystem.shared.removeTree(path) }
        let directory = DataDirectory(path: path, minimumFreeBytes: .max, fileSystem: DiskFileSystem.shared, inline: false)
        defer { directory.stop() }
        let start = MonotonicClock.now()
        let done = StopFlag()
        directory.remover.enqueue {
            var pace = RemovalPace(directory, hurries: false)
            for _ in 0..<2000 { pace.next() }
            done.set()
        }
        done.wait(until: start + 10_000_000_000)
        #expect(done.isSet && MonotonicClock.now() - start < 1999 * StorageLimits.removalPauseNanoseconds)
    }
}

/// How many files there were when DeleteRecords was answered.
private final class Answer: Sendable {
    let flag = StopFlag()
    private let count = Mutex(0)

    var files: Int { count.withLock { $0 } }

    func give(_ files: Int) {
        count.withLock { $0 = files }
        flag.set()
    }
}
