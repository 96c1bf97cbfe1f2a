// A harness that is killed outright, at moments drawn over the whole of a run.
import Foundation
import Host
import Measurement
import Results
import Testing

@Suite(.serialized) struct KillMomentTests {
    /// A moment to be drawn: so long after the run has said `text`, or after its start.
    private struct Stretch {
        let text: String?
        let milliseconds: ClosedRange<UInt64>
    }

    private struct Killer {
        let run: Harnessed
        let text: String?
        /// Nanoseconds after it was said.
        let wait: UInt64
        var due: UInt64?

        var name: String { "\(wait / 1_000_000) ms after \(text.map { "‘\($0)’" } ?? "its start")" }

        mutating func look(at now: UInt64) {
            if due == nil, text.map(run.printed.contains) ?? true { due = now + wait }
            guard let due, now >= due, run.process.isRunning else { return }
            kill(run.process.processIdentifier, SIGKILL)
        }
    }

    /// Start-up; warm-up; the steady phase and its end; the backlog as it is built and drained; the audit, the last publication and the
    /// table behind it. In a debug build and on a busy machine they shift, which only draws other moments.
    private static let stretches = [
        Stretch(text: nil, milliseconds: 0...60), Stretch(text: nil, milliseconds: 60...500), Stretch(text: "] prepare", milliseconds: 0...900),
        Stretch(text: "] prepare", milliseconds: 900...2000), Stretch(text: "] backlog", milliseconds: 0...500),
        Stretch(text: "] auditing", milliseconds: 0...30), Stretch(text: "] auditing", milliseconds: 30...250),
    ]

    @Test func `whenever a run is killed, its result is not there or can be read and is marked incomplete`() throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        var random = SeededRandom(seed: seed)
        var found: [String] = []
        var incomplete = 0
        // All at once: each is its own process, with folders of its own.
        let runs = try Self.stretches.map { _ in
            try Harnessed(
                "smoke",
                settings: [
                    "producers.rate=2000", "phases={warmUp: 500ms, steadyWait: 0s, steady: 1s, coolDown: 0s}",
                    "backlog={bytes: 4MiB, rate: 8000, atMost: 5s, producers: running}",
                ])
        }
        defer { for run in runs { run.remove() } }
        var killers = zip(runs, Self.stretches).map { run, stretch in
            Killer(run: run, text: stretch.text, wait: UInt64.random(in: stretch.milliseconds, using: &random) * 1_000_000)
        }
        while killers.contains(where: { $0.run.process.isRunning }) {
            for index in killers.indices { killers[index].look(at: MonotonicClock.now()) }
            usleep(1000)
        }
        for killer in killers {
            let code = killer.run.finish()
            let store = ResultStore(root: URL(filePath: killer.run.base + "/results"))
            guard let place = store.list().first else {
                found.append("\(killer.name): no result")
                #expect(!killer.run.printed.contains("] auditing"), "seed \(seed), \(killer.name): no result of a run that had begun\n\(killer.run.printed)")
                continue
            }
            let record = try store.load(place)
            found.append("\(killer.name): \(record.phases.map(\.kind).joined(separator: " ")), complete \(record.complete)")
            // What was written as complete is whole: only printing was left to do.
            #expect(record.complete == (record.verdict != nil), "seed \(seed), \(killer.name)")
            #expect(code == 128 + SIGKILL || record.complete, "seed \(seed), \(killer.name): \(code)\n\(killer.run.printed)")
            if !record.complete { incomplete += 1 }
        }
        print("killed, seed \(seed):\n" + found.joined(separator: "\n"))
        #expect(incomplete >= 3, "\(found)")
    }
}
