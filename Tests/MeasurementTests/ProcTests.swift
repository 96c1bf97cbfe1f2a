import Glibc
import Host
@testable import Measurement
import Testing

// Texts as a Linux 6.18 guest printed them, shortened.
private let statText = """
    cpu  6283 7 3191 460822 1393 0 31 43 0 0
    cpu0 2291 0 1428 231913 82 0 7 23 0 0
    cpu1 3992 7 1762 228909 1310 0 23 19 0 0
    intr 1 2 3
    ctxt 776089
    """
private let laterStatText = """
    cpu  6383 7 3241 461072 1413 0 41 53 0 0
    cpu0 2341 0 1453 232038 92 0 12 28 0 0
    cpu1 4042 7 1787 229034 1320 0 28 24 0 0
    """
private let meminfoText = """
    MemTotal:       24684084 kB
    MemFree:        23829160 kB
    MemAvailable:   24316360 kB
    Cached:           660336 kB
    SwapTotal:          1024 kB
    SwapFree:           1000 kB
    Dirty:             35224 kB
    Writeback:            16 kB
    """
private let vmstatText = """
    nr_dirty_threshold 1216742
    nr_dirty_background_threshold 607632
    pswpin 1
    pswpout 2
    allocstall_dma 3
    allocstall_normal 4
    pgmajfault 219
    """
private let processStatText =
    "8562 (a (b) c) R 8545 8545 4815 0 -1 4194304 98 5 3 7 11 22 33 44 20 0 6 0 236352 3133440 382 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n"

private func host(_ stat: String, at time: UInt64, disk: String? = nil) -> HostSample {
    var sample = HostSample(time: time, stat: stat, meminfo: meminfoText, vmstat: vmstatText)!
    if let disk { sample.disks["vda"] = DiskCounters(disk)! }
    return sample
}

@Suite struct ProcParsingTests {
    @Test func `a stat line is read around a name with parentheses`() {
        let line = StatLine(processStatText)!
        #expect(line.name == "a (b) c")
        #expect(line.parent == 8545)
        #expect((line.minorFaults, line.majorFaults) == (98, 3))
        #expect((line.userTicks, line.systemTicks, line.childTicks) == (11, 22, 77))
        #expect((line.threads, line.startTicks, line.residentPages, line.cpu) == (6, 236_352, 382, 1))
        #expect(!line.isKernelThread)
        #expect(StatLine("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0")!.isKernelThread)
    }

    @Test(arguments: ["", "8562 cat R 1", "8562 (cat) R 1 2 3", "8562 )cat( R"])
    func `a torn stat line is nothing, not zeros`(text: String) { #expect(StatLine(text) == nil) }

    @Test func `memory is read in bytes`() {
        let memory = MemoryState(meminfoText)
        #expect(memory.totalBytes == 24_684_084 * 1024)
        #expect(memory.dirtyBytes == 35_224 * 1024)
        #expect(memory.writebackBytes == 16 * 1024)
        #expect(memory.swapUsedBytes == 24 * 1024)
    }

    @Test func `dirty limits are the kernel's own, or unknown`() {
        #expect(DirtyLimits(vmstatText, pageBytes: 4096)?.limitBytes == 1_216_742 * 4096)
        #expect(DirtyLimits("nr_dirty 4\n", pageBytes: 4096) == nil)
    }

    @Test func `pressure is read with and without a full line`() {
        let both = Pressure.Stall("some avg10=1.07 avg60=1.22 avg300=0.80 total=10867839\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=12\n")
        #expect(both == Pressure.Stall(someMicroseconds: 10_867_839, fullMicroseconds: 12))
        #expect(Pressure.Stall("some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n")?.fullMicroseconds == nil)
        #expect(Pressure.Stall("nothing") == nil)
    }

    @Test func `a device's counters are bytes, old kernels have no flushes`() {
        let disk = DiskCounters("   33153     9319  6219850    37131     8521    10094   787824     3001        0    18852    40405     1520        0   219520      208     1503       63\n")!
        #expect((disk.reads, disk.writes) == (33_153, 8_521))
        #expect(disk.readBytes == 6_219_850 * 512)
        #expect(disk.writtenBytes == 787_824 * 512)
        #expect((disk.busyMilliseconds, disk.flushes) == (18_852, 1_503))
        #expect(DiskCounters("1 2 3 4 5 6 7 8 9 10 11\n")?.flushes == nil)
        #expect(DiskCounters("1 2 3\n") == nil)
    }

    @Test func `dirtied bytes are not device bytes`() {
        let io = ProcessIO("rchar: 7273\nwchar: 297\nsyscr: 12\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 512\n")!
        #expect((io.readBytes, io.dirtiedBytes, io.cancelledBytes, io.readCalls, io.writeCalls) == (4096, 8192, 512, 12, 1))
        #expect(ProcessIO("") == nil)
    }
}

@Suite struct SampleDifferenceTests {
    @Test func `busy time is what was neither idle nor stolen`() {
        let usage = host(laterStatText, at: 3_000_000_000) - host(statText, at: 1_000_000_000)
        // 2 s of 2 CPUs: 250 ticks idle, 20 iowait, 10 stolen.
        #expect(usage.capacityCPUSeconds == 4)
        #expect(abs(usage.idleCPUSeconds - 2.7) < 1e-9)
        #expect(abs(usage.stealFraction - 0.025) < 1e-9)
        #expect(abs(usage.busyCPUSeconds - 1.2) < 1e-9)
        #expect(abs(usage.userCPUSeconds - 1.0) < 1e-9 && abs(usage.softirqCPUSeconds - 0.1) < 1e-9)
    }

    @Test func `iowait that runs backwards is no negative idle time`() {
        let usage = host(statText, at: 3_000_000_000) - host(statText.replacing(" 1393 ", with: " 1400 "), at: 1_000_000_000)
        #expect(usage.idleCPUSeconds == 0)
    }

    @Test func `a disk's work is the difference`() {
        let usage = host(statText, at: 2_000_000_000, disk: "10 0 200 0 30 0 400 0 0 1500 0") - host(statText, at: 0, disk: "5 0 100 0 10 0 200 0 0 500 0")
        let disk = usage.disks["vda"]!
        #expect((disk.readBytes, disk.writtenBytes, disk.writes) == (51_200, 102_400, 20))
        #expect(disk.busyFraction == 0.5)
    }

    @Test func `the four rows and the stolen time add up to the machine`() {
        let usage = host(laterStatText, at: 3_000_000_000) - host(statText, at: 1_000_000_000)
        let rows = CostRows.split(host: usage, brokerSeconds: 0.5, clientSeconds: 0.4)
        #expect(abs(rows.unattributed - 0.3) < 1e-9)
        let sum: Double = rows.broker! + rows.clients + rows.unattributed + rows.idle + usage.stealCPUSeconds
        #expect(abs(sum - rows.capacity) < 1e-9)
        #expect(CostRows.split(host: usage, brokerSeconds: nil, clientSeconds: 0.4).broker == nil)
    }

    private func thread(_ tid: Int32, cpu: UInt64, delay: UInt64) -> ThreadSample {
        ThreadSample(
            tid: tid, stat: processStatText, schedstat: "\(cpu) \(delay) 2\n",
            status: "voluntary_ctxt_switches:\t\(cpu / 1000)\nnonvoluntary_ctxt_switches:\t3\n")!
    }

    private func process(_ time: UInt64, cpu: UInt64, threads: [ThreadSample]) -> ProcessSample {
        ProcessSample(
            time: time, pid: 7, cpuNanoseconds: cpu, userTicks: cpu / 40_000_000, systemTicks: cpu / 20_000_000, minorFaults: 0,
            majorFaults: 0, residentBytes: 1, peakResidentBytes: 2, io: nil, threads: threads)
    }

    @Test func `a thread's saturation is its CPU and its wait for one`() {
        let usage = process(1_000_000_000, cpu: 900_000_000, threads: [thread(7, cpu: 500_000_000, delay: 300_000_000), thread(9, cpu: 50_000_000, delay: 0)])
            - process(0, cpu: 100_000_000, threads: [thread(7, cpu: 100_000_000, delay: 100_000_000), thread(8, cpu: 1, delay: 1)])
        #expect(usage.cpuSeconds == 0.8)
        #expect(usage.deviceReadBytes == nil)
        #expect(abs(usage.hottestThread!.saturation - 0.6) < 1e-9)
        #expect(usage.hottestThread!.tid == 7)
        #expect(usage.threads.count == 2)
        #expect(usage.voluntarySwitches == 450_000)
    }

    @Test func `a thread id used again is a new thread`() {
        let usage = process(1_000_000_000, cpu: 2, threads: [thread(7, cpu: 50, delay: 5)]) - process(0, cpu: 1, threads: [thread(7, cpu: 100, delay: 50)])
        #expect(usage.threads[0].onCPUSeconds == 50e-9)
        #expect(usage.threads[0].runDelaySeconds == 5e-9)
    }
}

@Suite struct ForeignLoadTests {
    private func foreign(_ time: UInt64, _ processes: [(pid: Int32, own: Double, children: Double)]) -> ForeignSample {
        ForeignSample(
            time: time,
            processes: Dictionary(
                uniqueKeysWithValues: processes.map {
                    (.init(pid: $0.pid, startTicks: UInt64($0.pid)), .init(name: "p\($0.pid)", ownSeconds: $0.own, childSeconds: $0.children))
                }))
    }

    @Test func `processes that started count in full, others by what they added`() {
        let usage = foreign(2_000_000_000, [(1, 5.5, 0), (2, 0.25, 0)]) - foreign(0, [(1, 5, 0)])
        #expect(abs(usage.cpuSeconds - 0.75) < 1e-9)
        #expect(usage.top.first?.name == "p1")
        #expect(abs(usage.fraction(cpus: 2) - 0.1875) < 1e-9)
    }

    @Test func `a process that ended counts by what it did since, its earlier life does not`() {
        // 2 had used 10 s, used 0.5 s more and was waited for by 1.
        let usage = foreign(1_000_000_000, [(1, 1, 10.5)]) - foreign(0, [(1, 1, 0), (2, 10, 0)])
        #expect(abs(usage.cpuSeconds - 0.5) < 1e-9)
    }

    @Test func `what lived only in between shows through its parent`() {
        let usage = foreign(1_000_000_000, [(1, 1, 0.4)]) - foreign(0, [(1, 1, 0)])
        #expect(abs(usage.cpuSeconds - 0.4) < 1e-9)
        #expect(usage.top.first?.name == "(ended children)")
    }

    @Test func `a process nobody waits for does not hide another's load`() {
        let usage = foreign(1_000_000_000, [(1, 1.3, 0)]) - foreign(0, [(1, 1, 0), (2, 10, 0)])
        #expect(abs(usage.cpuSeconds - 0.3) < 1e-9)
    }

    @Test func `our own tree is found whatever the order of the table`() {
        #expect(ForeignSample.tree(of: [5], parents: [9: 8, 8: 7, 7: 5, 6: 1, 5: 1]) == [5, 7, 8, 9])
    }
}

@Suite struct LiveSampleTests {
    @Test func `this process and this machine can be read`() throws {
        let before = (HostSample.take(), try #require(ProcessSample.take(pid: getpid())))
        var random = SeededRandom(seed: 1)
        let until = MonotonicClock.now() + 60_000_000
        while MonotonicClock.now() < until { _ = random.next() }
        let usage = try #require(ProcessSample.take(pid: getpid())) - before.1
        #expect(usage.cpuSeconds > 0.01)
        #expect(usage.threads.contains { $0.onCPUSeconds > 0.01 })
        let host = HostSample.take() - before.0
        #expect(host.cpus >= 1 && host.seconds >= 0.06)
        #expect(host.memoryAfter.totalBytes > 0)
        #expect(DirtyLimits.current() != nil)
    }

    @Test func `a process that is gone is nil`() { #expect(ProcessSample.take(pid: 4_190_000) == nil) }

    @Test func `the foreign sample leaves out this process and kernel threads`() {
        let sample = ForeignSample.take()
        #expect(!sample.processes.keys.contains { $0.pid == getpid() || $0.pid == 2 })
    }

    @Test func `the hiccup meter keeps phases apart`() {
        let meter = HiccupMeter(cpus: [0])
        func phase(milliseconds: UInt64) -> (ticks: UInt64, elapsed: UInt64, negative: UInt64) {
            let start = MonotonicClock.now()
            meter.begin(at: start, maximumSeconds: 5)
            MonotonicClock.sleep(nanoseconds: milliseconds * 1_000_000)
            let merged = meter.end().merged
            return (merged.count, (MonotonicClock.now() - start) / 1_000_000, merged.negativeCount)
        }
        // At most a tick a millisecond, and the ticks missed before the phase began on a busy machine.
        let (first, second) = (phase(milliseconds: 100), phase(milliseconds: 50))
        meter.stop()
        for seen in [first, second] { #expect(seen.ticks > 0 && seen.ticks <= seen.elapsed + 200 && seen.negative == 0) }
        #expect(meter.end().merged.count == 0)
    }
}
