// What a run does to its own broker on purpose, held against what can be seen of it from outside.
import Foundation
import Host
import Measurement
import Results
import Testing

@Suite(.serialized) struct PerturbationRunTests {
    /// What of a run's segments was in the page cache, look by look.
    private struct CacheLooks {
        private(set) var all: [(at: UInt64, residentBytes: Int64)] = []
        /// A segment of the profile's.
        private static let range: Range<Int64> = 0..<(64 << 20)

        /// Looks every 10 ms, from when there are so many segments until the run is over.
        init(during run: Harnessed, segments: Int) throws {
            var files: [String] = []
            while files.count < segments {
                try #require(run.process.isRunning, "it ended without \(segments) segments:\n\(run.printed)")
                usleep(20_000)
                files = run.segments
            }
            let handles = files.compactMap { FileHandle(forReadingAtPath: $0) }
            while run.process.isRunning {
                let at = MonotonicClock.now()
                var resident: Int64 = 0
                for handle in handles {
                    let file = handle.fileDescriptor
                    resident += try PageCache.residency(of: file, in: Self.range, by: PageCache.instrument(for: file)).residentBytes
                }
                all.append((at: at, residentBytes: resident))
                usleep(10_000)
            }
        }
    }

    /// The seconds in which something was under way.
    private func seconds(of kind: String, in phase: PhaseRecord) -> [Int] {
        phase.series.filter { $0.perturbations?.contains(kind) == true }.map(\.second)
    }

    private func milliseconds(_ from: UInt64, _ to: UInt64) -> Double { Double(Int64(bitPattern: to &- from)) / 1e6 }

    @Test func `a cache that is dropped is empty, connections that come and go are counted, and each marks its own seconds`() throws {
        let run = try Harnessed(
            "smoke",
            settings: [
                "producers.recordBytes=2KiB", "phases={warmUp: 300ms, steadyWait: 0s, steady: 5s, coolDown: 100ms}",
                "perturb=[{at: 1200ms, dropCache: true}, {at: 3100ms, churn: 100, for: 700ms}]",
            ])
        defer { run.remove() }
        // One of each partition.
        let cache = try CacheLooks(during: run, segments: 2).all
        let code = run.finish()
        // 5: the machine was disturbed, which says nothing of what was done.
        #expect(code == 0 || code == 5, "\(run.printed)")
        let record = try run.record()
        #expect(record.facts.first?.audit == .passed && record.facts.first?.unexpectedErrors == [:], "\(run.printed)")
        let steady = try record.phase("steady")
        let done = try #require(steady.perturbations)
        try #require(done.map(\.kind) == ["dropCache", "churn"])
        for (one, at) in zip(done, [1200.0, 3100.0]) {
            let started = milliseconds(steady.scheduleStartedNanoseconds, one.startedNanoseconds)
            #expect((at...at + Harnessed.heldUpMilliseconds).contains(started), "\(one.kind) at \(started) ms")
        }
        // The drop waits for the disk, so it may reach into the next second.
        #expect([[1], [1, 2]].contains(seconds(of: "dropCache", in: steady)) && seconds(of: "churn", in: steady) == [3], "\(steady.series.map(\.perturbations))")
        #expect(steady.series.count == 5 && steady.series[0].perturbations == nil && steady.series[4].perturbations == nil)

        // 10 MB a second for 1.5 s, and of it what was written while the last of it was dropped.
        let before = try #require(cache.last { $0.at < done[0].startedNanoseconds }?.residentBytes, "nobody looked before")
        let after = try #require(cache.first { $0.at > done[0].endedNanoseconds }?.residentBytes, "nobody looked afterwards")
        #expect(before > 8_000_000 && after < before / 3, "\(before) bytes were resident before, \(after) after it")

        let opened = try #require(done[1].connections)
        let length = milliseconds(done[1].startedNanoseconds, done[1].endedNanoseconds)
        #expect((700...700 + Harnessed.heldUpMilliseconds).contains(length), "\(length) ms")
        // On a busy machine fewer, never more: the first comes at the start.
        #expect(opened >= 30 && Double(opened) <= length / 10 + 1, "\(opened) in \(length) ms")
        #expect(steady.counters["connections_total"] ?? 0 >= opened, "the broker counted \(steady.counters["connections_total"] ?? 0) of \(opened)")

        for index in done.indices {
            let recovery = try #require(steady.recovery(after: index))
            #expect(recovery.p99BeforeNanoseconds > 0 && recovery.worstP99Nanoseconds > 0)
            // Of the whole seconds 2 and 4, if those were as before.
            #expect(recovery.seconds.map { $0 > 0 && $0 < 1 } ?? true, "\(recovery)")
        }
        let budget = try #require(steady.errorBudget)
        #expect(budget.seconds == 4 && budget.failedRecords == 0, "\(budget)")
        for text in ["dropCache at 1.", "churn at 3.", " connections): worst second's p99 ", "error budget: "] { #expect(run.printed.contains(text), "\(run.printed)") }
    }

    /// Checks a run in which the disk stood in the way for a while, and gives what was done.
    ///
    /// - Parameter kind: from 1.1 s on, and over before the second that begins at 2 s ends.
    private func stalled(_ kind: String, _ run: Harnessed) throws -> (steady: PhaseRecord, done: PerturbationRecord, length: Double, worst: Double) {
        let record = try run.record()
        #expect(record.facts.first?.audit == .passed && record.facts.first?.unexpectedErrors == [:], "\(run.printed)")
        let steady = try record.phase("steady")
        let done = try #require(steady.perturbations?.first, "\(run.printed)")
        #expect(steady.perturbations?.map(\.kind) == [kind])
        #expect([[1], [1, 2]].contains(seconds(of: kind, in: steady)) && steady.series[0].perturbations == nil, "\(steady.series.map(\.perturbations))")
        #expect(steady.recovery(after: 0) != nil && steady.errorBudget?.seconds == 2)
        let slowest = try #require(steady.series.max { $0.responseMaximumNanoseconds ?? 0 < $1.responseMaximumNanoseconds ?? 0 })
        #expect((1...2).contains(slowest.second), "the slowest second is \(slowest.second)")
        #expect(run.printed.contains("\(kind) at 1."), "\(run.printed)")
        let worst = Double(try #require(steady.histograms["response"]?.maximumNanoseconds)) / 1e6
        return (steady, done, milliseconds(done.startedNanoseconds, done.endedNanoseconds), worst)
    }

    private static let phases = "phases={warmUp: 300ms, steadyWait: 0s, steady: 3s, coolDown: 100ms}"

    @Test func `a disk that stands still keeps every record of that time waiting, and where it can't be made to, the run says why`() throws {
        let disk = DiskOfItsOwn.make()
        let run = try Harnessed(
            "fsync-stall", settings: [Self.phases, "producers.arrivals=fixed", "perturb=[{at: 1100ms, freeze: 600ms}]"], data: disk?.directory)
        // The disk outlives the run that is on it.
        defer { withExtendedLifetime(disk) { run.remove() } }
        let code = run.finish()
        guard disk != nil else {
            let reason = geteuid() == 0 ? "‘perturb.freeze’ needs a data directory on a file system of its own" : "‘perturb.freeze’ freezes the file system of the data directory, which needs root"
            #expect(code == 1 && run.printed.contains(reason) && run.leftFolders == [], "\(run.printed)")
            return
        }
        #expect(code == 0 || code == 5, "\(run.printed)")
        let (steady, done, length, worst) = try stalled("freeze", run)
        #expect((600...600 + Harnessed.heldUpMilliseconds).contains(length), "\(length) ms")
        #expect(done.means?.hasPrefix("by freezing its file system") == true)
        #expect((length - 20...length + 400).contains(worst), "the open loop waits as long as the disk stands still: \(worst) of \(length) ms")
        // 1000 a second, evenly: those of the last 25 ms waited less than that.
        let response = try #require(steady.histograms["response"])
        let affected = Double(response.count(from: 25_000_000)), wanted = length - 25
        #expect(affected >= 0.97 * wanted && affected <= 2 * wanted, "\(affected) records affected, \(wanted) expected")
    }

    /// Whether this user may make a control group for disks.
    private static var mayLimitDisks: Bool {
        let blkio = "/sys/fs/cgroup/blkio"
        if FileManager.default.fileExists(atPath: blkio + "/blkio.throttle.write_bps_device") { return access(blkio, W_OK) == 0 }
        let controllers = (try? String(contentsOfFile: "/sys/fs/cgroup/cgroup.controllers", encoding: .utf8)) ?? ""
        return controllers.split(whereSeparator: \.isWhitespace).contains("io") && access("/sys/fs/cgroup", W_OK) == 0
    }

    @Test func `a disk that is held to a rate keeps forced appends waiting, and where it can't be held, the run says why`() throws {
        // 2 MB a second come, a quarter of that may pass; every append is forced, which version 1 of control groups holds too.
        let run = try Harnessed("disk-limit", settings: [Self.phases, "producers.arrivals=fixed", "perturb=[{at: 1100ms, diskLimit: 512KiB, for: 700ms}]"])
        defer { run.remove() }
        let code = run.finish()
        let severalDisks = "the broker's data directory is not on exactly one that /sys/block knows"
        guard Self.mayLimitDisks, !run.printed.contains(severalDisks) else {
            let reasons = [severalDisks, "and /sys/fs/cgroup has neither", "which this user may not: it needs root"]
            #expect(code == 1 && run.printed.contains("‘perturb.diskLimit’") && reasons.contains { run.printed.contains($0) }, "\(run.printed)")
            #expect(run.leftFolders == [])
            return
        }
        #expect(code == 0 || code == 5, "\(run.printed)")
        let (steady, done, length, worst) = try stalled("diskLimit", run)
        #expect((700...800 + Harnessed.heldUpMilliseconds).contains(length), "\(length) ms")
        #expect(done.means?.contains("/s of ") == true && done.means?.contains(" by cgroup v") == true, "\(done.means ?? "none")")
        // At a quarter of the rate the last of 700 ms are half a second late; a block layer's slices make less of it.
        #expect(worst > 150, "the slowest record took \(worst) ms")
        let late = try #require(steady.histograms["response"]).count(from: 50_000_000)
        #expect(late > 300, "\(late) of the 1400 records of that time took 50 ms")
    }
}

/// A file system in a file, as `Scripts/lab-disk` makes it, for as long as this lives.
private final class DiskOfItsOwn {
    let directory: String

    private init(_ directory: String) { self.directory = directory }

    deinit {
        _ = Self.labDisk("remove", directory)
        Self.clear(directory)
    }

    /// nil where this user may not mount one.
    static func make() -> DiskOfItsOwn? {
        let directory = "/var/tmp/tidemark-test-disk-\(UUID().uuidString)"
        guard geteuid() == 0 else { return nil }
        if labDisk("make", "1GiB", directory) { return DiskOfItsOwn(directory) }
        clear(directory)
        return nil
    }

    /// What a making or a removal that failed has left.
    private static func clear(_ directory: String) { for left in [directory + ".img", directory] { try? FileManager.default.removeItem(atPath: left) } }

    private static func labDisk(_ arguments: String...) -> Bool {
        let script = Process()
        script.executableURL = Harnessed.repository.appending(path: "Scripts/lab-disk")
        script.arguments = arguments
        guard (try? script.run()) != nil else { return false }
        script.waitUntilExit()
        return script.terminationStatus == 0
    }
}
