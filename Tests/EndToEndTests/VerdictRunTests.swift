// Runs that something spoils end INVALID, and say what spoiled them.
import Foundation
import Measurement
import Results
import Testing

@Suite(.serialized) struct VerdictRunTests {
    @Test func `a foreign process that burns a CPU makes the run invalid`() throws {
        let hog = Process()
        hog.executableURL = URL(filePath: "/bin/sh")
        hog.arguments = ["-c", "while :; do :; done"]
        try hog.run()
        // Killed, not asked: a child may inherit blocked signals.
        defer {
            kill(hog.processIdentifier, SIGKILL)
            hog.waitUntilExit()
        }
        let run = try Harnessed("smoke")
        defer { run.remove() }
        #expect(run.finish() == 5, "\(run.printed)")
        let verdict = try #require(try run.record().verdict)
        #expect(verdict.reasons.contains { $0.rule == "foreignLoad" }, "\(verdict.reasons)")
        #expect(run.printed.contains("INVALID"))
    }

    @Test func `a generator that stands still 40 ms in every 100 makes the run invalid`() throws {
        let run = try Harnessed("smoke")
        defer { run.remove() }
        let generator = run.process.processIdentifier
        while isAlive(generator) {
            kill(generator, SIGSTOP)
            usleep(40_000)
            kill(generator, SIGCONT)
            usleep(60_000)
        }
        #expect(run.finish() == 5, "\(run.printed)")
        let verdict = try #require(try run.record().verdict)
        #expect(verdict.reasons.contains { $0.rule == "handOver" || $0.rule == "scheduleLag" }, "\(verdict.reasons)")
    }
}
