// The live screen: what it shows of a moment, on terminals of every size, and how it writes over itself.
import Measurement
import Testing

@testable import Harness

@Suite struct LiveScreenTests {
    private func moment(_ phase: String = "steady", _ change: (inout ProgressLine.Moment) -> Void = { _ in }) -> ProgressLine.Moment {
        var moment = ProgressLine.Moment(phase: phase, elapsedSeconds: 12, totalSeconds: 30)
        moment.recordsPerSecond = 4_998
        moment.bytesPerSecond = 5_118_000
        moment.offeredPerSecond = 5_000
        moment.responseP50Nanoseconds = 210_000
        moment.responseP99Nanoseconds = 1_250_000
        moment.outstandingRecords = 3
        moment.lateRecords = 0
        moment.consumedPerSecond = 4_990
        moment.behindRecords = 1_234
        moment.brokerCPUShare = 0.34
        moment.cacheHitShare = 0.992
        change(&moment)
        return moment
    }

    @Test func `every figure that is known stands in its line`() {
        #expect(LiveScreen.lines(moment(), columns: 100, rows: 24) == [
            "steady   [##########--------------] 12 of 30 s, 18 s left",
            "load     offered 5,000/s · acknowledged 4,998/s · 5.1 MB/s · late 0",
            "response p50 210 µs · p99 1.25 ms in the last second · outstanding 3",
            "readers  consumed 4,990/s · 1,234 records behind",
            "broker   CPU 34 % of one · cache hits 99.2 %",
        ])
    }

    @Test func `a load without a schedule is called what it is, on the screen and in the log`() {
        let closed = moment { ($0.loop, $0.offeredPerSecond, $0.lateRecords) = ("closed", nil, nil) }
        #expect(LiveScreen.lines(closed, columns: 100, rows: 24)[1] == "load     closed loop · acknowledged 4,998/s · 5.1 MB/s")
        #expect(ProgressLine(style: .silent).text(closed).hasPrefix("steady 12/30 s · closed loop · 4998 records/s"))
    }

    @Test func `a line of the log has what is known, and nothing of what is not`() {
        let line = ProgressLine(style: .silent)
        #expect(line.text(moment()) == "steady 12/30 s · 4998 records/s · 5.1 MB/s · p99 1.25 ms · lag 1234 · late 0 · broker CPU 34 % · cache hits 99.2 %")
        let bare = moment { ($0.behindRecords, $0.lateRecords, $0.brokerCPUShare, $0.cacheHitShare) = (nil, nil, nil, nil) }
        #expect(line.text(bare) == "steady 12/30 s · 4998 records/s · 5.1 MB/s · p99 1.25 ms")
    }

    @Test func `what is not known reads n a, and what does not exist has no line`() {
        let lines = LiveScreen.lines(
            moment {
                ($0.responseP50Nanoseconds, $0.responseP99Nanoseconds, $0.brokerCPUShare, $0.cacheHitShare) = (nil, nil, nil, nil)
                ($0.consumedPerSecond, $0.behindRecords, $0.offeredPerSecond, $0.lateRecords) = (nil, nil, nil, nil)
            }, columns: 80, rows: 24)
        #expect(lines.dropFirst() == [
            "load     acknowledged 4,998/s · 5.1 MB/s", "response p50 n/a · p99 n/a in the last second · outstanding 3", "broker   CPU n/a",
        ])
        let unsampled = moment { ($0.cacheHitShare, $0.cacheHitMissing) = (nil, "not sampled") }
        #expect(LiveScreen.lines(unsampled, columns: 80, rows: 24).last == "broker   CPU 34 % of one · cache hits n/a: not sampled")
        let quiet = ProgressLine.Moment(phase: "drain", elapsedSeconds: 1, totalSeconds: 30)
        #expect(LiveScreen.lines(quiet, columns: 80, rows: 24).count == 1)
    }

    @Test(arguments: [1, 2, 5, 10, 20, 21, 40, 60, 79, 80, 81, 200], [1, 2, 3, 24])
    func `no line is wider than the terminal or 80 columns, and the screen leaves it a row`(columns: Int, rows: Int) {
        let moments = [
            moment(), moment("a placement of a very long name that nobody would read to its end steady") { $0.recordsPerSecond = 123_456_789_012 },
            moment { $0.lateRecords = .max }, ProgressLine.Moment(phase: "", elapsedSeconds: .infinity, totalSeconds: 0),
        ]
        for moment in moments {
            let lines = LiveScreen.lines(moment, columns: columns, rows: rows)
            #expect(!lines.isEmpty && lines.count <= max(1, rows - 1))
            #expect(lines.allSatisfy { $0.count <= max(1, min(80, columns - 1)) }, "\(lines)")
            #expect(lines.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1b}") })
        }
    }

    @Test func `a narrow terminal keeps whole figures, the most needed first`() {
        let lines = LiveScreen.lines(moment(), columns: 45, rows: 24)
        #expect(lines[0] == "steady   12 of 30 s, 18 s left")
        #expect(lines[1] == "load     offered 5,000/s")
        #expect(LiveScreen.lines(moment(), columns: 20, rows: 24)[0] == "steady   12 of 30 s")
    }

    @Test func `a frame writes over the one before, clears what is left of it, and shows the cursor again`() {
        var block = TerminalBlock()
        #expect(block.erase() == "")
        #expect(block.frame(["one", "two"]) == "\u{1b}[?25l\rone\u{1b}[K\ntwo\u{1b}[K\u{1b}[J\u{1b}[?25h")
        #expect(block.frame(["three"]) == "\u{1b}[?25l\r\u{1b}[1Athree\u{1b}[K\u{1b}[J\u{1b}[?25h")
        #expect(block.erase() == "\u{1b}[?25l\r\u{1b}[J\u{1b}[?25h")
        #expect(block.erase() == "" && block.height == 0)
    }

    @Test func `a screen shows a frame a phase at once, then no more than a few a second, and takes itself away before a note`() {
        var written: [String] = []
        let line = ProgressLine(style: .screen) { written.append($0) }
        line.note("planned: nothing")
        for _ in 0..<50 { line.show(moment()) }
        line.show(moment("drain"))
        #expect(written.count == 3, "\(written)")
        line.note("a line that stays")
        #expect(written.suffix(2).first?.hasSuffix("\u{1b}[J\u{1b}[?25h") == true)
        #expect(written.last == "a line that stays\n")
        line.clear()
        #expect(written.count == 5, "nothing is left to clear")
    }

    @Test func `what a rate is at a moment follows its steps`() {
        let steps = RateShape(steps: [.init(eventsPerSecond: 10, nanoseconds: 1_000), .init(eventsPerSecond: 20, nanoseconds: 500)])
        #expect([0, 999, 1_000, 1_499, 1_500, 2_600].map { steps.rate(after: $0) } == [10, 10, 20, 20, 10, 20])
        let ramp = RateShape(from: 0, to: 100, nanoseconds: 100_000)
        #expect(ramp.rate(after: 50_000) == 50.5 && ramp.rate(after: 1_000_000) == 99.5)
    }
}
