// What figures make of the broker's default: each verdict by flipping what it rests on.
import Measurement
import Testing

@testable import Results

@Suite struct DefaultModeVerdictTests {
    private func metric(_ value: Double, _ range: (Double, Double)) -> Metric {
        .measured(
            "cost_ratio", value, unit: "x", polarity: .lowerIsBetter,
            interval: ConfidenceInterval(estimate: value, lower: range.0, upper: range.1, method: .signFlip, samples: 10))
    }

    /// A study in which the others cost so much of what splice does.
    private func study(sendfile: (Double, (Double, Double)) = (1.69, (1.6, 1.78)), copy: (Double, (Double, Double)) = (1.5, (1.4, 1.6))) -> ZeroCopyHeadline {
        func row(_ mode: String, _ cost: Double) -> ModeRow {
            ModeRow(mode: mode, cpuSecondsPerGB: metric(cost, (cost * 0.9, cost * 1.1)), throughput: metric(1, (1, 1)))
        }
        var headline = ZeroCopyHeadline(
            placement: "", load: "max rate", floor: metric(0.045, (0.044, 0.046)),
            modes: [row("splice", 0.05), row("sendfile", 0.05 * sendfile.0), row("copy 1 MiB", 0.05 * copy.0), row("TLS", 0.01)], comparisons: [])
        headline.defaultMode = "splice"
        headline.costRatios = [
            // As it is kept: the earlier mode over the later, so the verdict has to turn it round.
            CostRatio(mode: "splice", over: "sendfile", ratio: metric(1 / sendfile.0, (1 / sendfile.1.1, 1 / sendfile.1.0))),
            CostRatio(mode: "splice", over: "copy 1 MiB", ratio: metric(1 / copy.0, (1 / copy.1.1, 1 / copy.1.0))),
            CostRatio(mode: "splice", over: "TLS", ratio: metric(5, (4.9, 5.1))),
        ]
        return headline
    }

    @Test func `a default that all others cost more than is supported, and the next is named`() throws {
        let verdict = try #require(DefaultModeVerdict.judge(study()))
        #expect(verdict.word == "supported" && verdict.text == "supported: the next, copy 1 MiB, costs 1.50 [1.40, 1.60] times as much")
        #expect(study().cheapest?.mode == "splice", "what is encrypted is no choice")
        #expect(study().defaultLine == "least CPU: splice, 0.0500 [0.0450, 0.0550]x; default splice: \(verdict.text)")
    }

    @Test func `another that costs less by the whole of its interval beats it, the cheapest of several`() throws {
        let one = try #require(DefaultModeVerdict.judge(study(sendfile: (0.9, (0.88, 0.92)))))
        #expect(one.word == "loses to sendfile" && one.text == "loses to sendfile by 10.0 % [8.0, 12.0]")
        let two = try #require(DefaultModeVerdict.judge(study(sendfile: (0.9, (0.88, 0.92)), copy: (0.8, (0.7, 0.9)))))
        #expect(two.text == "loses to copy 1 MiB by 20.0 % [10.0, 30.0]")
    }

    @Test func `one whose interval reaches 1 is not told apart from it`() throws {
        for figures in [(0.97, (0.92, 1.02)), (1.03, (0.99, 1.07)), (1.0, (0.9, 1.0))] {
            let verdict = try #require(DefaultModeVerdict.judge(study(sendfile: figures)))
            #expect(verdict.word == "not told apart" && verdict.text.hasPrefix("supported, since nothing costs less, but not told apart from sendfile ("))
            #expect(!verdict.text.contains("copy 1 MiB"))
        }
    }

    @Test func `without a figure nothing is decided, but a loss stays one`() throws {
        var missing = study()
        missing.costRatios![0].ratio = .unavailable("cost_ratio", unit: "x", polarity: .lowerIsBetter, reason: "only 0.20 s of CPU")
        #expect(DefaultModeVerdict.judge(missing) == .undecided("sendfile: only 0.20 s of CPU"))
        missing.costRatios![1].ratio = metric(1.25, (1.2, 1.3))
        #expect(DefaultModeVerdict.judge(missing)?.word == "loses to copy 1 MiB")
        missing.costRatios = nil
        #expect(DefaultModeVerdict.judge(missing) == .undecided("sendfile: not compared with it"))
    }

    @Test func `a default that did not run is not judged, nor one that a result does not name`() {
        var absent = study()
        absent.defaultMode = "mmap"
        #expect(DefaultModeVerdict.judge(absent) == .undecided("it is not among the modes"))
        absent.defaultMode = nil
        #expect(DefaultModeVerdict.judge(absent) == nil && absent.defaultLine == nil)
        absent.defaultMode = "splice"
        absent.modes = [absent.modes[0], absent.modes[3]]
        #expect(DefaultModeVerdict.judge(absent) == .undecided("there is no other mode"))
    }

    @Test func `a matrix counts its points`() {
        let headlines = [study(), study(), study(sendfile: (0.9, (0.88, 0.92)))]
        let rows = headlines.enumerated().map { number, headline in
            var record = Sample.cacheStudy()
            record.headlines.zeroCopy = headline
            return SweepTable.Row(values: ["\(number)"], outcome: .measured(record))
        }
        #expect(SweepTable.text(axes: ["x"], rows).split(separator: "\n").last == "  default splice: supported at 2 of 3 points, loses to sendfile at 1")
        #expect(!SweepTable.text(axes: ["x"], [.init(values: ["1"], outcome: .measured(Sample.finished()))]).contains("default"))
    }
}
