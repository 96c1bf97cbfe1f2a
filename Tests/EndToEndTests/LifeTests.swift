// A whole run, and what is left of one that was stopped or killed.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct LifeTests {
    @Test func `a run that is killed outright leaves a readable incomplete result, no broker, and a folder that the next run sweeps`() throws {
        let run = try Harnessed("smoke", settings: ["phases.steady=30s"])
        defer { run.remove() }
        try run.wait(for: "] steady")
        usleep(2_500_000)
        let broker = try run.broker()
        kill(run.process.processIdentifier, SIGKILL)
        #expect(run.finish() == 128 + SIGKILL)
        usleep(200_000)
        #expect(!isAlive(broker))
        let record = try run.record()
        #expect(!record.complete && record.verdict == nil)
        #expect(try record.phase("steady").series.count >= 2, "the seconds up to the kill are there")
        let stale = run.leftFolders
        #expect(stale.count == 1)

        let next = try Harnessed("smoke", settings: ["phases.steady=1s"], base: run.base)
        _ = next.finish()
        #expect(next.leftFolders == [], "\(next.printed)")
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a run that is told to stop ends its broker, removes its data and keeps what it has`(signal: Int32) throws {
        let run = try Harnessed("smoke", settings: ["phases.steady=30s"])
        defer { run.remove() }
        try run.wait(for: "] steady")
        let broker = try run.broker()
        usleep(1_500_000)
        kill(run.process.processIdentifier, signal)
        #expect(run.finish() == 5)
        #expect(!isAlive(broker))
        #expect(run.leftFolders == [])
        let record = try run.record()
        #expect(!record.complete && record.verdict == nil)
        #expect(record.notes.contains { $0.contains("interrupted by signal \(signal)") })
        #expect(try record.phase("warm-up").counters["acknowledged_records"] ?? 0 > 1000)
        // The phase under way is whole as far as it went: times, costs, lag and the audit.
        let steady = try record.phase("steady")
        #expect(!steady.complete && steady.seconds > 1 && steady.seconds < 10 && steady.series.count >= 1)
        #expect(steady.notes.contains { $0.hasPrefix("interrupted by signal \(signal) after ") && $0.hasSuffix(" of 30 s") }, "\(steady.notes)")
        let acknowledged = try #require(steady.counters["acknowledged_records"])
        #expect(acknowledged > 1000 && steady.histograms["response"]?.count == acknowledged && steady.costs != nil && steady.lag != nil)
        #expect(record.facts.first { $0.phase == "steady" }?.audit == .passed, "\(record.facts.map(\.audit))")
        #expect(run.printed.contains(" s, interrupted ") && run.printed.contains("response"), "\(run.printed)")
        #expect(run.printed.contains("VERDICT   none"), "\(run.printed)")
    }

    @Test func `a broker that dies during the run is named, and the run fails`() throws {
        let run = try Harnessed("smoke", settings: ["phases.steady=30s"])
        defer { run.remove() }
        try run.wait(for: "] steady")
        kill(try run.broker(), SIGKILL)
        #expect(run.finish() == 1)
        #expect(run.printed.contains("broker ended with exit code 137"), "\(run.printed)")
        #expect(run.leftFolders == [])
    }

    @Test func `a plan that would fill the disk is refused before anything starts`() throws {
        let run = try Harnessed("smoke", settings: ["phases.steady=100000h"])
        defer { run.remove() }
        #expect(run.finish() == 1)
        #expect(run.printed.contains("more than half of the"), "\(run.printed)")
        #expect(!FileManager.default.fileExists(atPath: run.base + "/results"))
    }

    @Test func `a wrong profile is usage, with its line`() throws {
        let run = try Harnessed("smoke", settings: ["producers.rat=3"])
        defer { run.remove() }
        #expect(run.finish() == 64)
        #expect(run.printed.contains("did you mean ‘rate’?"))
    }

    @Test func `a pause in the profile is carried out, is in the record, and shows in the tail`() throws {
        let run = try Harnessed("pause", settings: ["phases.steady=5s", "perturb=[{at: 2500ms, pause: 300ms}]"])
        defer { run.remove() }
        _ = run.finish()
        let steady = try run.record().phase("steady")
        let done = try #require(steady.perturbations)
        #expect(done.map(\.kind) == ["pause"])
        let length = Double(done[0].endedNanoseconds - done[0].startedNanoseconds) / 1e6
        #expect((300...300 + Harnessed.heldUpMilliseconds).contains(length), "\(length) ms")
        let started = Double(done[0].startedNanoseconds - steady.scheduleStartedNanoseconds) / 1e6
        #expect((2500...2500 + Harnessed.heldUpMilliseconds).contains(started), "at \(started) ms")
        let worst = Double(try #require(steady.histograms["response"]?.maximumNanoseconds)) / 1e6
        #expect((length - 10...length + 100).contains(worst), "the open loop waits as long as the pause: \(worst) of \(length) ms")
        #expect(run.printed.contains("pause at 2.5 s for 30"))
    }

    @Test func `a broker that is killed is started again on its port and data, and loses nothing that it had acknowledged`() throws {
        let run = try Harnessed("kill", settings: ["phases.steady=6s", "perturb=[{at: 2500ms, kill: true, restartAfter: 500ms}]"], options: ["--full"])
        defer { run.remove() }
        _ = run.finish()
        let record = try run.record()
        #expect(record.facts.first?.audit == .passed, "\(run.printed)")
        #expect(record.facts.first?.unexpectedErrors == [:])
        let steady = try record.phase("steady")
        let done = try #require(steady.perturbations)
        #expect(done.map(\.kind) == ["kill"])
        let restarted = try #require(done[0].restartedNanoseconds)
        let restartedAfter = Double(restarted - done[0].startedNanoseconds) / 1e6
        #expect((500...700 + Harnessed.heldUpMilliseconds).contains(restartedAfter) && restarted < done[0].endedNanoseconds, "\(restartedAfter) ms")
        let away = Double(done[0].endedNanoseconds - done[0].startedNanoseconds) / 1e6
        let worst = Double(try #require(steady.histograms["response"]?.maximumNanoseconds)) / 1e6
        #expect((away - 50...away + 500).contains(worst), "the open loop waits as long as the broker is away: \(worst) of \(away) ms")
        #expect(steady.notes.contains { $0.hasPrefix("expected errors: ") && $0.contains("CONNECTION_LOST") }, "\(steady.notes)")
        let scheduled = try #require(steady.counters["scheduled_records"])
        #expect(steady.counters["acknowledged_records"] == scheduled && steady.counters["consumed_records"] == scheduled)
        // Both of its processes count, and the page of counters goes on over them.
        #expect((steady.costs?.broker?.cpuSeconds ?? 0) > 0 && (steady.counters["records_in"] ?? 0) > scheduled * 9 / 10)
        #expect(run.printed.contains("kill at 2.5 s for ") && run.printed.contains("after its start): worst second's p99"), "\(run.printed)")
    }

    @Test func `compressed batches are audited record by record, and the table says how small they were`() throws {
        let run = try Harnessed(
            "append-by-codec", settings: ["producers.compression=lz4", "phases.steadyWait=0s", "phases.steady=1s", "topic.segmentBytes=64MiB"])
        defer { run.remove() }
        _ = run.finish()
        let record = try run.record()
        #expect(record.facts.first?.audit == .passed, "\(run.printed)")
        let steady = try record.phase("steady")
        let ratio = Double(try #require(steady.counters["uncompressed_batch_bytes"])) / Double(try #require(steady.counters["batch_bytes"]))
        #expect((1.8...2.2).contains(ratio))
        #expect(run.printed.contains("to 1:") && run.printed.contains("sent and stored"))
        #expect(steady.notes.contains { $0.hasPrefix("batches compressed by lz4") })
        // A load at maximum rate is judged by what its generator does against a broker that keeps nothing.
        let share = record.metrics.first { $0.name == RunRecord.ceilingShareName }?.value
        let isTold = record.metrics.first { $0.name == "load_generator_ceiling" }?.unavailable?.contains("faster than without a broker") == true
        #expect(isTold || share.map { $0 > 0.05 && $0 < 1.1 } == true, "\(record.metrics)")
        #expect(record.phases.filter { $0.name.hasPrefix("ceiling") && $0.kind == "steady" }.count >= 2)
    }

    @Test func `the smoke profile runs from end to end`() throws {
        var run = try Harnessed("smoke")
        defer { run.remove() }
        var code = run.finish()
        // A quiet machine gives a valid run 19 times in 20: a disturbed run is made again, twice at most.
        for _ in 0..<2 where code == 5 {
            run.remove()
            run = try Harnessed("smoke")
            code = run.finish()
        }
        let record = try run.record()
        #expect(code == 0 && record.verdict?.outcome != .invalid, "\(run.printed)")
        #expect(record.complete)
        #expect(record.facts.first?.audit == .passed)
        let steady = try record.phase("steady")
        let scheduled = try #require(steady.counters["scheduled_records"])
        #expect((14_000...16_000).contains(scheduled), "5000/s for 3 s, poisson: \(scheduled)")
        #expect(steady.counters["acknowledged_records"] == scheduled)
        #expect(steady.counters["consumed_records"] == scheduled)
        for clock in ["schedule_lag", "client_delay", "service", "response", "end_to_end", "hiccup"] {
            #expect((steady.histograms[clock]?.count ?? 0) > 1000, "\(clock)")
        }
        #expect((steady.costs?.broker?.cpuSeconds ?? 0) > 0)
        #expect(run.leftFolders == [])
    }
}
