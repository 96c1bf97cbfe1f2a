import Foundation
import Measurement
import Testing
@testable import Gate
@testable import Results
@testable import WebReport

/// Equal but for the last digits, in which two readers of decimal numbers may differ.
private func close(_ found: some Collection<Double?>, _ wanted: [Double?]) -> Bool {
    found.count == wanted.count && zip(found, wanted).allSatisfy { pair in
        guard let a = pair.0, let b = pair.1 else { return pair.0 == nil && pair.1 == nil }
        return abs(a - b) <= 1e-12 * abs(b)
    }
}

@Suite struct FigureTests {
    @Test func `percentile curves are the histogram's own quantiles, and end with its maximum`() throws {
        let stored = try Fixture.run()
        let page = Document(html: Fixture.html([.run(stored)]))
        let histogram = try #require(stored.record.phases.first { $0.name == "unpinned steady" }?.histograms["response"])
        let (places, values) = (try page.column(0, of: "latency"), try page.column(1, of: "latency"))
        for (place, quantile) in [(2.0, 0.5), (10, 0.9)] {
            let row = try #require(places.firstIndex(of: place))
            #expect(values[row] == histogram.value(at: quantile).map { Double($0) })
        }
        let last = try #require(values.lastIndex { $0 != nil })
        #expect(places[last] == Double(histogram.count))
        #expect(values[last] == histogram.value(at: 1).map { Double($0) })
        #expect(zip(values, values.dropFirst()).allSatisfy { $1 == nil || $0! <= $1! })
    }

    @Test func `a curve is dotted from where fewer than fifty requests lie above`() throws {
        let stored = try Fixture.run()
        let chart = try #require(try Document(html: Fixture.html([.run(stored)])).chart("latency"))
        let series = try #require(chart["series"] as? [[String: Any]])
        let phase = try #require(stored.record.phases.first { $0.name == "unpinned steady" })
        let events = min(phase.counters["acknowledged_requests"] ?? .max, phase.histograms["response"]!.count)
        #expect(series[0]["until"] as? Double == Double(events) / 50)
        #expect(series.last?["muted"] as? Bool == true)
    }

    @Test func `seconds are the phase's seconds, and no line crosses the gap between phases`() throws {
        let stored = try Fixture.run()
        let page = Document(html: Fixture.html([.run(stored)]))
        let drawn = try page.column(2, of: "throughput")
        let phases = stored.record.phases.filter { !$0.series.isEmpty }
        let wanted = phases.map { phase in phase.series.sorted { $0.second < $1.second }.map { Double?(Double($0.bytes) / 1e6) } }
        #expect(drawn == Array(wanted.joined(separator: [nil])))
        let heat = try page.column(2, of: "latency-heat")
        let unpinned = try #require(phases.first { $0.name == "unpinned steady" })
        #expect(heat.prefix(unpinned.series.count).elementsEqual(unpinned.series.map { $0.responseP99Nanoseconds.map { Double($0) } }))
    }

    @Test func `a phase that was set aside and one of the generator alone are not drawn`() throws {
        let page = Document(html: try Fixture.html { record in
            var aside = record.phases.first { $0.name == "unpinned steady" }!
            aside.name = "ceiling steady"
            record.phases.append(aside)
            aside.name = "unpinned steady, set aside 1"
            record.phases.append(aside)
        })
        let names = (try page.chart("latency")?["columns"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
        #expect(names == ["percentile", "unpinned", "timer overshoot (machine floor)"])
        #expect(page.html.contains("unpinned steady, set aside 1"))
    }

    @Test func `headline figures carry their intervals`() throws {
        let stored = try Fixture.run()
        let page = Document(html: Fixture.html([.run(stored)]))
        let part = try #require(stored.record.headlines.zeroCopy)
        let modes = part.modes.map(\.cpuSecondsPerGB)
        #expect(try close(page.column(1, of: "zero-copy").prefix(modes.count), modes.map(\.value)))
        #expect(try close(page.column(2, of: "zero-copy").prefix(modes.count), modes.map(\.interval?.lower)))
        #expect(try close(page.column(3, of: "zero-copy").prefix(modes.count), modes.map(\.interval?.upper)))
        #expect(try close(page.column(1, of: "zero-copy-saving"), part.comparisons.map(\.saving.value)))
        #expect(try page.column(1, of: "hit-rate") == stored.record.headlines.hitRate?.rows.map(\.byBroker.value))
        #expect(try page.column(1, of: "append") == stored.record.headlines.append?.rows.map(\.accepted.value))
    }

    @Test func `the page cache has its curves, and zero-copy its calls and its paragraph, where they were measured`() throws {
        func cell(_ q: Double, _ nanoseconds: UInt64) -> QuantileCell { QuantileCell(quantile: q, reading: .measured(nanoseconds: nanoseconds, bound: nil, episodes: nil)) }
        func percents(_ value: Double) -> Metric { .measured("figure", value, unit: "%", polarity: .neutral) }
        let points = [(0.5, 99.5), (4.0, 41.0)].map { share, hits in
            CacheLagPoint(
                lagShare: share, lagBytes: 1 << 20, residentBefore: 20, hitRate: percents(hits), deviceShare: percents(100 - hits), throughput: percents(900),
                fetch: [cell(0.5, 100), cell(0.99, 900)], producer: [cell(0.5, 200), QuantileCell(quantile: 0.99, reading: .unavailable(samples: 9))])
        }
        let page = Document(html: try Fixture.html { record in
            record.headlines.hitRate!.lagCurve = CacheLagCurve(
                controlGroup: 2, limitBytes: 1 << 28, cacheBytes: 1 << 27, producerRecordsPerSecond: 5_000, recordBytes: 1_024, fetchBytes: 1 << 18, alone: [cell(0.99, 150)],
                points: points, notes: ["a note of the curve"])
            record.headlines.hitRate!.warmUps = [
                CacheWarmUp(state: "cold", residentBefore: 0, points: [.init(seconds: 1, passes: 0.5, hitRate: 44, megabytesPerSecond: 10)]),
                CacheWarmUp(state: "restarted", residentBefore: 100, points: [.init(seconds: 1, passes: 1, hitRate: 100, megabytesPerSecond: 90)]),
            ]
            record.headlines.hitRate!.doubleCaching = DoubleCaching(logInCacheBefore: 0, logInCacheAfter: 1 << 29, residentBefore: 1 << 20, residentHighest: 2 << 20)
            record.headlines.zeroCopy!.modes[0].syscallsPerGB = .measured("syscalls_per_gb", 2_000, unit: "count", polarity: .lowerIsBetter)
        })
        #expect(try page.column(2, of: "cache-hit-curve") == [99.5, 41] && page.column(0, of: "cache-hit-curve") == [0.5, 4])
        #expect(try page.column(2, of: "cache-lag-times") == [900, 900] && page.column(4, of: "cache-lag-times") == [nil, nil])
        #expect(try page.column(3, of: "cache-warm-up") == [44, nil] && page.column(4, of: "cache-warm-up") == [nil, 100])
        #expect(try page.column(1, of: "zero-copy-calls").first == 2_000)
        for words in ["a note of the curve", "double caching: none", "TCP itself"] { #expect(page.html.contains(words), "\(words)") }
        #expect(try Document(html: Fixture.html()).chart("cache-hit-curve") == nil)
    }

    @Test func `what was done to the broker is marked where it happened, and told below`() throws {
        var started: UInt64 = 0
        let page = Document(html: try Fixture.html { record in
            let index = record.phases.firstIndex { $0.name == "unpinned steady" }!
            started = record.phases[index].startedNanoseconds
            record.phases[index].perturbations = [
                PerturbationRecord(kind: "pause", startedNanoseconds: started + 2_000_000_000, endedNanoseconds: started + 2_300_000_000),
                PerturbationRecord(kind: "dropCache", startedNanoseconds: started + 4_000_000_000, endedNanoseconds: started + 4_000_000_000),
            ]
        })
        func marks(_ id: String) throws -> [[String: Any]] { try page.chart(id)?["marks"] as? [[String: Any]] ?? [] }
        let drawn = try marks("throughput")
        let bands = try #require(try page.chart("throughput")?["bands"] as? [[String: Any]])
        let phase = try #require(bands.first { $0["name"] as? String == "unpinned steady" }?["from"] as? Double)
        #expect(drawn.map { $0["name"] as? String } == ["pause", "dropCache"])
        let ends = drawn.flatMap { [($0["from"] as? Double ?? 0) - phase, ($0["to"] as? Double ?? 0) - phase] }
        #expect(zip(ends, [2, 2.3, 4, 4]).allSatisfy { abs($0 - $1) < 1e-6 }, "\(ends)")
        let heat = try marks("latency-heat")
        #expect(heat.count == 2 && abs((heat[0]["from"] as? Double ?? 0) - 1.5) < 1e-6 && heat[1]["name"] as? String == "dropCache", "\(heat)")
        #expect(page.html.contains("unpinned steady: pause at 2.0 s for 300 ms: worst second&#39;s p99"))
        #expect(try Document(html: Fixture.html()).chart("throughput")?["marks"] as? [Int] == [])
    }

    @Test func `places of broker and client become a matrix where there are two of each`() throws {
        func row(_ placement: String, _ p99: UInt64) -> LatencyRow {
            let cells = [(0.5, p99 / 3), (0.99, p99)].map { QuantileCell(quantile: $0, reading: .measured(nanoseconds: $1, bound: nil, episodes: nil)) }
            return LatencyRow(placement: placement, clock: "response", eventsPerSecond: 5_000, cells: cells, samples: 40_000, verifiedShare: 1)
        }
        let rows = [row("unpinned", 1), row("broker node 0 · client node 0 · bind", 100), row("broker node 0 · client node 1 · bind", 200), row("broker node 1 · client node 0 · bind", 300)]
        let page = Document(html: try Fixture.html { $0.headlines.latency = LatencyHeadline(rows: rows, nodes: 2) })
        let matrix = try #require(try page.chart("matrix"))
        #expect((matrix["columns"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["client", "broker node 0 · bind", "broker node 1 · bind"])
        #expect(try page.column(1, of: "matrix") == [100, 200])
        #expect(try page.column(2, of: "matrix") == [300, nil])
        #expect(try Document(html: Fixture.html()).chart("matrix") == nil)
    }

    @Test func `disks stand in columns, each with its own calibration`() throws {
        let page = Document(html: try Fixture.html { record in
            var second = record.disks[0]
            second.name = "tmpfs"
            second.calibration = second.calibration.map { .measured($0.name, $0.value! * 3, unit: $0.unit, polarity: $0.polarity) }
            record.disks.append(second)
        })
        let (first, second) = (try page.column(1, of: "disks-throughput"), try page.column(4, of: "disks-throughput"))
        #expect(!first.isEmpty && close(second, first.map { $0.map { $0 * 3 } }))
        #expect(page.html.contains("<th scope=\"col\" class=\"t\">tmpfs</th>"))
    }
}

@Suite struct SeveralTests {
    @Test func `the second result stands relative to the first, with both intervals`() throws {
        let (first, second) = (try Fixture.run("a"), try Fixture.run("b") { $0.headlines.zeroCopy!.modes[0] = ModeRow(mode: $0.headlines.zeroCopy!.modes[0].mode, cpuSecondsPerGB: .measured("cpu", 0.2, unit: "CPU-s/GB", polarity: .lowerIsBetter), throughput: $0.headlines.zeroCopy!.modes[0].throughput) })
        let page = Document(html: Fixture.html([.run(first), .run(second)]))
        let base = try #require(first.record.headlines.zeroCopy?.modes[0].cpuSecondsPerGB)
        let chart = try #require(try page.charts().first { ($0["id"] as? String)?.hasSuffix("-zeroCopy") == true })
        let row = try #require((chart["rows"] as? [[Any]])?.first)
        #expect(row[1] as? Double == 1)
        #expect(close([row[2] as? Double, row[4] as? Double], [base.interval!.lower / base.value!, 0.2 / base.value!]))
        #expect(page.html.contains("B against A"))
        #expect(page.html.contains("id=\"r2-append-chapter\""))
    }

    @Test func `results that may not be compared stand for themselves`() throws {
        let page = Document(html: Fixture.html([.run(try Fixture.run("a")), .run(try Fixture.run("b") { $0.verdict = Verdict(reasons: [.init(rule: "x", outcome: .invalid, phase: nil, text: "foreign load")]) })]))
        #expect(page.html.contains("Nothing is compared here"))
        #expect(!page.html.contains("id=\"compare-figures\""))
        #expect(page.html.contains("id=\"r1-append-chapter\"") && page.html.contains("id=\"r2-append-chapter\""))
    }

    @Test func `a comparison of builds shows each ratio with its interval and its verdict in words`() throws {
        let page = Document(html: Fixture.html([.campaign(try Fixture.campaign(), name: "ab")]))
        #expect(try page.column(1, of: "ratios") == [0.954, 1.021, 1])
        #expect(try page.column(2, of: "ratios") == [0.95, 0.99, nil])
        #expect(page.html.contains("regression (1 of 2 gated metrics)") && page.html.contains("throughput ↑: REGRESSED") && page.html.contains("inconclusive, MDE 2.30 %"))
        #expect(try page.column(1, of: "groups").count == 12)
        #expect(page.html.contains("dropped: steal &gt; 20 %"))
        #expect(page.html.contains("tidemark ab Profiles/ab-max.yaml --base main"))
    }

    @Test func `one that did not end concludes nothing and shows its groups`() throws {
        let page = Document(html: Fixture.html([.campaign(try Fixture.campaign(finished: false), name: "ab")]))
        #expect(page.html.contains("unfinished: 12 groups so far"))
        #expect(try page.chart("ratios") == nil)
        #expect(try page.column(1, of: "groups").count == 12)
    }

    /// The browser reads this one.
    @Test func `the stored comparison that the browser is shown is the fixture`() throws {
        let place = Fixture.path("Tests/Golden/reports/ab.json")
        let record = try Fixture.campaign()
        if ProcessInfo.processInfo.environment["TIDEMARK_REWRITE_GOLDEN"] == "1" {
            let folder = FileManager.default.temporaryDirectory.appending(path: "tidemark-test-web-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            try CampaignStore(directory: folder).write(record)
            try Data(contentsOf: folder.appending(path: CampaignStore.recordName)).write(to: place)
        }
        let data = try Data(contentsOf: place)
        var stored = try JSONDecoder().decode(CampaignRecord.self, from: data)
        #expect(Seal.check(data, stated: stored.sha256) == .intact)
        stored.sha256 = nil
        #expect(stored == record)
    }
}
