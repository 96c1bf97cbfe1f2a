// The page-cache and zero-copy studies on the real broker, small: what is known beforehand has to be found.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct CacheStudyProgramTests {
    /// On a file system in memory nothing can be dropped, and the run says so; the disk under /var/tmp is none here.
    @Test func `hit rates and device reads are within 2 points of what was put into the cache, which a restart keeps and no second copy fills`() throws {
        let run = try Harnessed("page-cache-warm-up", settings: ["headlines.pageCache.logBytes=96MiB", "headlines.pageCache.knownPercent=[30, 70]", "topic.segmentBytes=16MiB"])
        defer { run.remove() }
        _ = run.finish()
        let part = try #require(try run.record().headlines.hitRate, "\(run.printed)")
        for known in part.rows where known.expected != nil {
            let expected = try #require(known.expected?.value)
            #expect(known.byBroker.value.map { abs($0 - expected) <= 2 } == true, "\(known)")
            #expect(known.byProcess.value.map { abs($0 - expected) <= 2 } == true, "\(known)")
        }
        #expect(part.rows.map(\.state).suffix(2) == ["30 % resident", "70 % resident"])
        let warmUps = try #require(part.warmUps)
        #expect(warmUps.count == 2 && warmUps[0].residentBefore > 99 && warmUps[0].points.allSatisfy { ($0.hitRate ?? 0) > 99 }, "\(warmUps)")
        // A stretch's last bytes may be too few for the broker to have looked at one of them.
        let lastRate = try #require(warmUps[1].points.compactMap(\.hitRate).last, "\(warmUps)")
        #expect(warmUps[1].residentBefore < 1 && lastRate > 99, "\(warmUps)")
        let memory = try #require(part.doubleCaching)
        #expect(memory.cacheGrowth > 80 << 20 && memory.isAbsent == true, "\(memory)")
        #expect(run.printed.contains("after a restart of the broker") || run.printed.contains("PAGE-CACHE"), "\(run.printed)")
    }

    /// Needs a control group of its own, which root may make, and others where one was delegated; elsewhere it says why there is none.
    /// Version 2 is bounded by `Scripts/lab vm --bounded` where this machine has version 1.
    @Test func `in a bounded broker a reader within the cache finds everything there, and one two caches behind does not`() throws {
        let run = try Harnessed(
            "page-cache-lag",
            settings: [
                "headlines.pageCache.logBytes=16MiB", "headlines.pageCache.memory=96MiB", "headlines.pageCache.lag.shares=[0.25, 2]", "headlines.pageCache.lag.steady=1s",
                "headlines.pageCache.lag.fetchBytes=128KiB", "headlines.pageCache.lag.rate=1000", "topic.segmentBytes=32MiB", "headlines.pageCache.readahead=off",
            ])
        defer { run.remove() }
        _ = run.finish()
        let part = try #require(try run.record().headlines.hitRate, "\(run.printed)")
        let curve = try #require(part.lagCurve)
        guard let version = curve.controlGroup else {
            // What root can't have on a machine with a memory controller is a fault of ours.
            #expect(!mayMakeGroups, "\(curve.notes)")
            return print("not tested here: \(curve.notes.joined(separator: "; "))")
        }
        #expect(curve.limitBytes == 96 << 20 && curve.cacheBytes > 32 << 20 && curve.cacheBytes < 96 << 20, "version \(version): \(curve)")
        #expect(curve.points.map(\.lagShare) == [0.25, 2])
        let hits = try curve.points.map { try #require($0.hitRate.value, "\($0)") }
        // Nothing is read ahead, so the second finds what is resident of two caches: half of it at most, and some headers.
        #expect(hits[0] > 90 && hits[1] < 70, "version \(version): \(hits)")
        #expect(curve.readahead == "off" && part.rows.allSatisfy { $0.readahead == "off" && $0.prefetchShare == nil }, "\(part.rows)")
        // The circle's figure holds for a reader that goes on, too.
        let live = try #require(curve.live)
        #expect(live.lagShare == 0.5 && (0.3...0.8).contains(live.foundShare) && live.bytesRead > 1 << 20, "\(live)")
        #expect(live.hitRate.value.map { $0 > 90 } == true, "\(live)")
        let bounded = try #require(part.rows.last)
        #expect(bounded.group == "fetches at random places" && bounded.expected?.value.map { $0 < 60 } == true, "\(bounded)")
    }

    private var mayMakeGroups: Bool {
        guard geteuid() == 0 else { return false }
        // Version 1 has a directory of memory's own; in version 2 the root has to hand the controller on.
        let children = (try? String(contentsOfFile: "/sys/fs/cgroup/cgroup.subtree_control", encoding: .utf8)) ?? ""
        return FileManager.default.isWritableFile(atPath: "/sys/fs/cgroup/memory/memory.limit_in_bytes") || children.split(separator: " ").contains { $0.hasPrefix("memory") }
    }

    @Test func `every way of sending serves the same audited log beside a C loop and a floor`() throws {
        let run = try Harnessed(
            "zero-copy-modes",
            settings: [
                "headlines.zeroCopy.logBytes=24MiB", "headlines.zeroCopy.pairs=2", "headlines.zeroCopy.slice=400ms", "topic.segmentBytes=16MiB",
                "headlines.zeroCopy.consumers=2", "headlines.zeroCopy.placement=same-cpu",
            ])
        defer { run.remove() }
        _ = run.finish()
        let record = try run.record()
        let part = try #require(record.headlines.zeroCopy, "\(run.printed)")
        #expect(part.modes.map(\.mode) == ["splice", "sendfile", "mmap", "copy 64 KiB", "copy 128 KiB", "copy 1 MiB", "TLS"])
        for mode in part.modes { #expect(mode.throughput.value.map { $0 > 0 } == true && mode.fetchP50 != nil && mode.syscallsPerGB?.value != nil, "\(mode)") }
        for mode in part.modes { #expect(mode.clientShare?.value.map { (1...101).contains($0) } == true && mode.cpuSecondsPerGBWithUnattributed != nil, "\(mode)") }
        #expect(part.bareSplice?.throughput.value.map { $0 > 0 } == true && part.spliceOverBare != nil)
        #expect(part.consumers == 2 && part.fetchBytes == 1 << 20 && part.bestCopyOverC?.unavailable?.contains("1 s is needed") == true, "\(part)")
        #expect(Set(part.comparisons.map(\.baselineKind)) == ["idiomatic", "best", "mapped", "encrypted"])
        #expect(record.facts.filter { $0.phase == "zero-copy" }.map(\.audit) == [.passed])
    }
}
