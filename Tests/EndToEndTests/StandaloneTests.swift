// A broker that was started apart from any run.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct StandaloneTests {
    @Test func `a broker that runs out of descriptors turns peers away without spinning, and serves when others leave`() throws {
        let broker = try StandaloneBroker(openFiles: 64)
        let first = try RawConnection(port: broker.port)
        #expect(first.isServed())
        var others = try (0..<150).map { _ in try RawConnection(port: broker.port) }
        usleep(300_000)
        #expect(broker.process.isRunning)
        let served = others.prefix(20).count { $0.isServed() }
        #expect(served == 20, "those that came before the limit are served")
        #expect(!others[149].isServed(), "64 descriptors cannot hold 150 connections")
        #expect(first.isServed())
        let before = broker.cpuTicks
        sleep(1)
        #expect(broker.cpuTicks - before < 30, "of 100 ticks a second: it spins at the limit")
        others.removeAll()
        usleep(300_000)
        let late = try (0..<20).map { _ in try RawConnection(port: broker.port) }
        #expect(late.allSatisfy { $0.isServed() })
        #expect(first.isServed())
        #expect(broker.stop() == 0)
    }

    @Test func `a run against a broker of somebody else's has a verdict, its cost and its cache, and leaves no topic behind`() throws {
        let broker = try StandaloneBroker()
        let options = [
            "--bootstrap", "127.0.0.1:\(broker.port)", "--broker-pid", "\(broker.process.processIdentifier)", "--broker-data-dir", broker.base + "/data",
            "--full",
        ]
        var run = try Harnessed("smoke", options: options)
        defer { run.remove() }
        var code = run.finish()
        for _ in 0..<2 where code == 5 {
            run.remove()
            run = try Harnessed("smoke", options: options)
            code = run.finish()
        }
        let record = try run.record()
        #expect(code == 0 && record.verdict?.outcome != .invalid, "\(run.printed)")
        #expect(record.complete && record.facts.first?.audit == .passed)
        #expect(record.software.broker == "external broker at 127.0.0.1:\(broker.port)" && record.software.brokerCommit == nil)
        let steady = try record.phase("steady")
        #expect((steady.counters["acknowledged_records"] ?? 0) > 14_000)
        let costs = try #require(steady.costs)
        #expect(try #require(costs.broker).cpuSeconds > 0 && costs.rows.broker ?? 0 > 0 && costs.rows.clients > 0)
        for name in ["cpu_ns_per_record", "cpu_s_per_gb_in", "context_switches", "major_faults", "rss_peak"] {
            #expect(costs.metrics.first { $0.name == name }?.value != nil, "\(name)")
        }
        // Only a broker of ours tells its system calls.
        #expect(costs.metrics.first { $0.name == "syscalls" }?.unavailable == "the broker counts none")
        let resident = try #require(steady.counters["log_resident_bytes"])
        #expect(resident > 7_000_000 && resident <= steady.counters["log_file_bytes"] ?? 0)
        func left() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: broker.base + "/data").filter { $0.hasPrefix("tidemark-") }
        }
        let deadline = Date().addingTimeInterval(5)
        while try !left().isEmpty, Date() < deadline { usleep(50_000) }
        #expect(try left() == [], "the run's topic is removed")
        // It is not ours to stop.
        #expect(broker.process.isRunning)
        #expect(try RawConnection(port: broker.port).isServed())
        #expect(run.leftFolders == [])
        #expect(broker.stop() == 0)
    }

    @Test func `a probe beside a broker of somebody else's fills in what the run could not read`() throws {
        let broker = try StandaloneBroker()
        let file = broker.base + "/probe.ndjson"
        let probe = Process()
        probe.executableURL = Harnessed.products.appending(path: "tidemark")
        probe.arguments = ["probe", "--pid", "\(broker.process.processIdentifier)", "--data-dir", broker.base + "/data", "--out", file]
        probe.standardError = FileHandle.nullDevice
        try probe.run()
        defer { if probe.isRunning { kill(probe.processIdentifier, SIGKILL) } }
        let deadline = Date().addingTimeInterval(20)
        while !((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").contains("\n") {
            try #require(Date() < deadline && probe.isRunning)
            usleep(10_000)
        }
        let run = try Harnessed("smoke", options: ["--bootstrap", "127.0.0.1:\(broker.port)", "--probe", file, "--full"])
        defer { run.remove() }
        #expect([0, 5].contains(run.finish()), "\(run.printed)")
        let record = try run.record()
        let costs = try #require(try record.phase("steady").costs)
        for name in ["cpu_ns_per_record", "cpu_s_per_gb_in", "cpu_s_per_gb_out", "context_switches", "rss_peak", "segments_resident", "hit_rate_by_process"] {
            let metric = try #require(costs.metrics.first { $0.name == name })
            #expect(metric.value != nil && metric.note?.hasPrefix("probe") == true, "\(metric)")
        }
        let joined = try #require(record.probes?.first)
        #expect(joined.clock == .sameBoot && joined.program == "tidemarkd" && joined.phases.map(\.name) == ["steady"])
        #expect(joined.phases[0].cpuSeconds > 0 && joined.phases[0].cpuUncertaintyShare < 0.3, "\(joined)")
        #expect(costs.rows.broker == joined.phases[0].cpuSeconds)
        #expect(run.printed.contains("probe; ± "), "\(run.printed)")
        // It is told to end, and says so; the broker is not its to stop.
        kill(probe.processIdentifier, SIGINT)
        probe.waitUntilExit()
        #expect(probe.terminationStatus == 0 && broker.process.isRunning)
        #expect(broker.stop() == 0)
    }

    @Test func `an address where nobody listens ends the run with the reason`() throws {
        let run = try Harnessed("smoke", options: ["--bootstrap", "127.0.0.1:1"])
        defer { run.remove() }
        #expect(run.finish() == 1)
        #expect(run.printed.contains("cannot connect to broker 127.0.0.1:1"), "\(run.printed)")
    }
}
