// The curve over a reader's lag, the warm-up, the broker's own memory, and what zero-copy does besides: what the table says of them.
import Measurement
import Testing

@testable import Results

@Suite struct CacheStudyTableTests {
    private func full(_ record: RunRecord) -> String { ResultTable.text(record, .full, width: 120) }

    @Test func `a point a line, and a quantile without enough samples as such`() {
        let lines = full(Sample.cacheStudy()).split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.contains("PAGE CACHE BY LAG ÷ CACHE") && $0.contains("hit rate %") && $0.contains("producer p50") })
        let cold = lines.first { $0.contains("48.3 [47.9, 48.7]") } ?? ""
        #expect(cold.contains("4.00") && cold.contains("800 MiB") && cold.contains("610") && cold.contains("n/a") && cold.contains("24.0 ms"), "\(cold)")
        #expect(lines.contains { $0.contains("no reader") && $0.contains("900 µs") })
        #expect(lines.contains { $0.contains("cache 200 MiB of 256 MiB") && $0.contains("control group of version 1") })
        #expect(full(Sample.cacheStudy()).contains("within 0.32 %"))
        #expect(lines.contains("  looking at every range costs % of MB/s, by lag  0.500: 0.3 · 4.00: 2.0"), "\(lines)")
        #expect(lines.contains("  read ahead of being asked for, % of bytes served, by lag  0.500: 0.1 · 4.00: 51.5"), "\(lines)")
    }

    @Test func `a reader in earnest is told in a sentence`() {
        #expect(
            Sample.live.sentence
                == "a consumer kept 0.50 caches behind a producer of 13,000 records a second to the same topic, at its pace, was 0.49 behind in the end and found 99.8 % of its 52.0 MiB in memory; n/a was read ahead")
    }

    @Test func `what was to be found, how long it takes to warm up, and what the broker itself holds`() {
        let text = full(Sample.cacheStudy())
        #expect(text.contains("25.0 was to be found"))
        let warm = text.split(separator: "\n").filter { $0.contains("after a restart") || $0.contains("guest-cold") && $0.contains("48.0") }
        #expect(warm.count == 2 && warm[0].hasSuffix("0.00") && warm[1].hasSuffix("1.00"), "\(warm)")
        #expect(text.contains("DOUBLE CACHING  none: the broker's own memory grew by 1.00 MiB while 512 MiB of its log came into the page cache"))
    }

    @Test func `a machine without a control group says why there is no curve`() {
        var record = Sample.cacheStudy()
        record.headlines.hitRate!.lagCurve!.points = []
        record.headlines.hitRate!.lagCurve!.notes = ["no control group: mkdir /sys/fs/cgroup/x: Permission denied (errno 13)"]
        #expect(full(record).contains("PAGE CACHE BY LAG  n/a: no control group: mkdir"))
    }

    @Test func `zero-copy has its calls, switches and times, the C loop beside it, and a paragraph`() {
        let text = full(Sample.cacheStudy()).replacing(/\n +/, with: " ")
        for words in [
            "syscalls/GB", "2,000 [1,990, 2,010]", "90.0 µs", "n/a", "0.410 [0.400, 0.420]", "best copy over a C loop of pread and send: 1.02 [0.990, 1.04]", "fetches of 1.00 MiB", "client's CPU %", "41.0 [40.0, 44.0]",
            "with unattributed", "0.0600 [0.0500, 0.200]", "with unattributed %", "61.2 [59.8, 62.5]", "C loop of splice: 0.0491 [0.0488, 0.0494] CPU-s/GB, 10.7 GB/s", "throughput of splice over it: 0.977 [0.969, 0.985]",
            "least CPU: splice, 0.0503 [0.0497, 0.0509] CPU-s/GB; default splice: supported: the next, copy 1 MiB, costs 1.68 [1.63, 1.72] times as much",
            "1 consumer", "TCP itself", "in 2,002 system calls and 12 context switches a GB", "user s/GB", "0.00200 [0.00100, 0.00300]", "system s/GB", "fetch p99 x", "0.520 [0.480, 0.560]",
            "splice costs 0.0503, 1.12 [1.10, 1.13] times the floor", "and 0.597 [0.583, 0.612] times copy 1 MiB: pages go by reference",
        ] { #expect(text.contains(words), "\(words) in \(text)") }
        #expect(!full(Sample.finished()).contains("syscalls/GB") && !full(Sample.finished()).contains("C loop of splice") && !full(Sample.finished()).contains("with unattributed") && !full(Sample.finished()).contains("default splice"))
    }

    @Test func `memory that grows with the cache is double caching, and a cache that stays tells nothing`() {
        #expect(DoubleCaching(logInCacheBefore: 0, logInCacheAfter: 1 << 30, residentBefore: 1 << 20, residentHighest: 600 << 20).isAbsent == false)
        #expect(DoubleCaching(logInCacheBefore: 1 << 30, logInCacheAfter: 1 << 30, residentBefore: 1 << 20, residentHighest: 1 << 20).isAbsent == nil)
    }

    @Test func `a cache that is not warm when the passes end has no number of them`() {
        let cold = CacheWarmUp(state: "cold", residentBefore: 0, points: [.init(seconds: 1, passes: 1, hitRate: 40, megabytesPerSecond: 1)])
        #expect(cold.passesUntilWarm(99) == nil)
        #expect(Sample.lagCurve.cpuDisagreement.map { abs($0 - 0.00319) < 0.0001 } == true)
    }

    @Test func `a matrix of zero-copy runs has what is saved at each point`() {
        let rows = [SweepTable.Row(values: ["64KiB"], outcome: .measured(Sample.cacheStudy())), SweepTable.Row(values: ["1MiB"], outcome: .failed("no disk"))]
        let lines = SweepTable.text(axes: ["headlines.zeroCopy.fetchBytes"], rows, width: 300).split(separator: "\n").map(String.init)
        #expect(lines[1].contains("splice s/GB") && lines[1].contains("% saved") && lines[2].contains("0.0503") && lines[2].contains("40.3 [38.8, 41.7]"), "\(lines)")
        #expect(lines[3].contains("FAILED: no disk"))
        #expect(lines[1].contains("least CPU") && lines[1].contains("default") && lines.last == "  default splice: supported at 1 of 1 points", "\(lines)")
    }
}
