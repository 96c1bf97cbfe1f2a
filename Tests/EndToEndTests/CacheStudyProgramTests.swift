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
