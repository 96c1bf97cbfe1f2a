// Disks by themselves, without any broker, and side by side with a log on each.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct DiskRunTests {
    @Test func `a disk that is asked by itself ends VALID: no record is there to be missed`() throws {
        let run = try Harnessed("disk", settings: ["headlines.disk={perItem: 50ms}"])
        defer { run.remove() }
        #expect(run.finish() == 0, "\(run.printed)")
        let record = try run.record()
        #expect(record.verdict?.outcome == .valid && record.facts.map(\.hasNoRecords) == [true], "\(record.facts)")
        #expect(record.calibration.before.contains { $0.name == "write_direct" && $0.value != nil })
    }

    @Test func `two disks stand side by side, each with its own limits and what a log got of it, and nothing is left on either`() throws {
        // Memory where there is room for what a calibration writes, as another disk than the tests' own.
        var space = statvfs()
        let hasRoom = statvfs("/dev/shm", &space) == 0 && UInt64(space.f_bavail) * UInt64(space.f_frsize) > 12 << 30
        let second = (hasRoom ? "/dev/shm" : "/var/tmp") + "/tidemark-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: second, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: second) }
        let run = try Harnessed(
            "disks",
            settings: [
                "tier=quick", "headlines.disk={perItem: 50ms, append: {atMost: 64MiB, engine: 200ms, warmUp: 100ms, steadyWait: 0s, steady: 1s, ceiling: 0s}}",
                "phases={warmUp: 200ms, steadyWait: 0s, steady: 1s, coolDown: 100ms}",
            ], options: ["--data-dir", second])
        defer { run.remove() }
        let code = run.finish()
        // 5: the machine was disturbed, which says nothing of what was measured where.
        #expect(code == 0 || code == 5, "\(run.printed)")
        let record = try run.record()
        #expect(record.disks.count == 2 && Set(record.disks.map(\.name)).count == 2, "\(record.disks.map(\.name))")
        for disk in record.disks {
            #expect(disk.calibration.contains { $0.name == "append_fdatasync_p50" && $0.value != nil }, "\(disk)")
            let log = try #require(disk.log, "\(run.printed)")
            #expect(log.append.rows.filter { $0.accepted.value != nil }.map(\.height) == [.engine, .broker] && log.append.directory == disk.name)
            #expect(log.acknowledged.samples > 0 && log.acknowledged.placement == disk.name)
            #expect(record.phases.contains { $0.name == "\(disk.name) steady" } && record.phases.contains { $0.name == "\(disk.name) append steady" })
        }
        #expect(!record.phases.contains { $0.name == "steady" } && record.facts.allSatisfy { $0.audit == .passed }, "\(record.facts)")
        #expect(run.printed.contains("broker append of disk"))
        let left = try FileManager.default.contentsOfDirectory(atPath: second + "/tidemark-runs").filter { !$0.hasPrefix(".") }
        #expect(left.isEmpty && run.leftFolders.isEmpty)
    }

    @Test func `a directory that is not there is refused by its name, and not made`() throws {
        let run = try Harnessed("disks", options: ["--data-dir", "/var/tmp/tidemark-test-nowhere"])
        defer { run.remove() }
        #expect(run.finish() == 1 && run.printed.contains("--data-dir /var/tmp/tidemark-test-nowhere can't be looked at"), "\(run.printed)")
        #expect(!FileManager.default.fileExists(atPath: "/var/tmp/tidemark-test-nowhere"))
    }
}
