// Processes over several lives and in trees, and two clocks at one instant.
import Foundation
import Glibc
@testable import Measurement
import Testing

@Suite struct ProcessLivesTests {
    private func sample(_ pid: Int32, at time: UInt64, cpu: UInt64, read: UInt64? = 0, peak: UInt64 = 10) -> ProcessSample {
        var io = ProcessIO("read_bytes: 0\nwrite_bytes: 0\n")
        io?.readBytes = read ?? 0
        return ProcessSample(
            time: time, pid: pid, cpuNanoseconds: cpu, userTicks: cpu / 30_000_000, systemTicks: cpu / 60_000_000, minorFaults: cpu / 1_000,
            majorFaults: 1, residentBytes: 5, peakResidentBytes: peak, io: read == nil ? nil : io, threads: [])
    }

    @Test func `a program that was killed used what each of its processes did`() {
        let start = sample(7, at: 1_000_000_000, cpu: 600_000_000, read: 100)
        let lives = [
            sample(7, at: 3_000_000_000, cpu: 1_800_000_000, read: 300, peak: 90), sample(8, at: 4_000_000_000, cpu: 300_000_000, read: 7),
            sample(9, at: 6_000_000_000, cpu: 900_000_000, read: 1_000, peak: 20),
        ]
        let usage = ProcessUsage(from: start, lives: lives)
        #expect(abs(usage.cpuSeconds - 2.4) < 1e-9 && usage.seconds == 5)
        #expect(usage.deviceReadBytes == 1_207 && usage.minorFaults == 2_400_000)
        #expect(usage.peakResidentBytes == 90 && usage.residentBytes == 5)
        #expect(usage.userShare.map { abs($0 - 2.0 / 3) < 0.01 } == true)
    }

    @Test func `one life is the difference of its ends, and what one cannot tell nobody can`() {
        let start = sample(7, at: 0, cpu: 0), end = sample(7, at: 1_000_000_000, cpu: 500_000_000)
        #expect(ProcessUsage(from: start, lives: [end]) == end - start)
        #expect(ProcessUsage(from: start, lives: [end, sample(8, at: 2_000_000_000, cpu: 1, read: nil)]).deviceReadBytes == nil)
    }
}

@Suite struct ProcessTreeTests {
    private func sample(_ pid: Int32, cpu: UInt64, at time: UInt64 = 1_000) -> ProcessSample {
        var sample = ProcessSample.take(pid: getpid())!
        (sample.pid, sample.time, sample.cpuNanoseconds, sample.residentBytes, sample.threads) = (pid, time, cpu, 100, [])
        sample.io = nil
        return sample
    }

    private func tree(_ processes: ProcessSample...) -> ProcessTreeSample { ProcessTreeSample(root: processes[0].pid, processes: processes) }

    @Test func `a tree uses what its members use, those born meanwhile whole, those gone not at all`() throws {
        let earlier = tree(sample(1, cpu: 1_000_000_000), sample(2, cpu: 500_000_000), sample(3, cpu: 9_000_000_000))
        let later = tree(sample(1, cpu: 3_000_000_000, at: 2_000), sample(2, cpu: 600_000_000, at: 2_000), sample(4, cpu: 400_000_000, at: 2_000))
        let (usage, ended) = try #require(ProcessTreeSample.used(from: earlier, to: later))
        #expect(abs(usage.cpuSeconds - 2.5) < 1e-9 && ended == 1)
        #expect(usage.residentBytes == 300 && usage.deviceReadBytes == nil)
    }

    @Test func `a number that another process got is another process`() throws {
        let earlier = tree(sample(1, cpu: 1_000_000_000), sample(2, cpu: 5_000_000_000))
        let (usage, ended) = try #require(ProcessTreeSample.used(from: earlier, to: tree(sample(1, cpu: 1_000_000_000), sample(2, cpu: 100_000_000))))
        #expect(abs(usage.cpuSeconds - 0.1) < 1e-9 && ended == 1)
        #expect(ProcessTreeSample.used(from: earlier, to: tree(sample(1, cpu: 1))) == nil)
    }

    @Test func `this process is the root of its own tree, and a process that is gone has none`() throws {
        #expect(ProcessTreeSample.members(of: getpid()).contains(getpid()))
        #expect(ProcessTreeSample.take(root: getpid(), descendants: true)?.processes.first?.pid == getpid())
        #expect(ProcessTreeSample.take(root: .max, descendants: true) == nil)
    }
}

@Suite struct ProcessTreeReaderTests {
    private func reading(_ reader: inout ProcessTreeReader) throws -> ProcessTreeTotals {
        let totals = reader.read()
        return try #require(totals)
    }

    @Test func `this process is the root of its own tree, and its CPU is its own`() throws {
        var reader = try #require(ProcessTreeReader(root: getpid()))
        let before = try reading(&reader)
        var random = SeededRandom(seed: 1)
        let own = try #require(ProcessSample.cpuNanoseconds(of: getpid()))
        while try #require(ProcessSample.cpuNanoseconds(of: getpid())) - own < 50_000_000 { _ = random.next() }
        let marked = reader.cpuNanoseconds()
        let after = try reading(&reader)
        #expect(marked >= before.cpuNanoseconds + 50_000_000 && after.cpuNanoseconds >= marked)
        #expect(after.processes >= 1 && after.threads >= 1 && after.residentBytes > 0 && reader.threads.contains { $0.onCPUSeconds > 0.01 })
        let usage = after - before
        #expect(usage.cpuSeconds >= 0.05 && usage.seconds > 0 && usage.threads.isEmpty)
    }

    @Test func `a process that is not there has no tree, and one that ended no reading`() throws {
        #expect(ProcessTreeReader(root: 4_190_000) == nil)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sleep")
        process.arguments = ["20"]
        try process.run()
        var reader = try #require(ProcessTreeReader(root: process.processIdentifier))
        let first = try reading(&reader)
        #expect(reader.program == "sleep" && first.processes == 1)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let gone = reader.read()
        #expect(gone == nil)
    }

    @Test func `a process that ended and was not waited for is no process`() {
        #expect(StatLine("8 (x) Z 1 1 1 0 -1 4194304 9 5 3 7 11 22 33 44 20 0 6 0 236352 3133440 382 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n")?.isEnded == true)
        #expect(StatLine("8 (x) S 1 1 1 0 -1 4194304 9 5 3 7 11 22 33 44 20 0 6 0 236352 3133440 382 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n")?.isEnded == false)
    }
}

@Suite struct ClockPairTests {
    @Test func `both clocks go on together`() {
        let first = ClockPair.read()
        usleep(20_000)
        let second = ClockPair.read()
        #expect(second.monotonicNanoseconds > first.monotonicNanoseconds && second.realtimeNanoseconds > first.realtimeNanoseconds)
        #expect((second.offset - first.offset).magnitude < 5_000_000 + second.widthNanoseconds + first.widthNanoseconds)
    }
}
