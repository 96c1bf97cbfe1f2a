// n, its half about the machine: power that is cut under produce, in the lab's modelled machine.
internal import Measurement
internal import Results

enum PowerCuts {
    private static let statements = (
        everyAppend: "No acknowledged record is lost when the machine's power is cut, where every append waits for the disk.",
        interval: "Where the disk is waited for now and then, no lost record is older than that interval, a sync under way aside."
    )
    /// What says so where there is none.
    static let absence = """
        no machine is restarted here: Scripts/lab power-cut --json FILE cuts the power of a modelled one, and tidemark claims --power-cut FILE judges what \
        became of its records
        """

    static func findings(_ record: PowerCutRecord?) -> [Finding] {
        guard let record else { return [statements.everyAppend, statements.interval].map { Finding($0, .cannotBeTestedHere(absence)) } }
        let runs = ["power-cut \(record.startedAt), seed \(record.seed)"]
        return [
            finding(statements.everyAppend, record, runs, of: "every-append") { cuts, lost in
                lost.verdict(atMost: 0, otherwise: "\(ClaimText.figure(lost)) of the records are lost in \(cuts.count) cuts")
            },
            finding(statements.interval, record, runs, of: "interval") { cuts, _ in
                let limit = record.windowMilliseconds + record.slackMilliseconds
                let oldest = cuts.compactMap(\.oldestLostMilliseconds).max() ?? 0
                return oldest <= limit ? .holds : .doesNotHoldHere("one that was acknowledged \(Self.milliseconds(oldest)) before the cut is lost")
            },
        ]
    }

    private static func finding(
        _ statement: String, _ record: PowerCutRecord, _ runs: [String], of durability: String, _ judge: ([PowerCutRecord.Cut], Metric) -> ClaimVerdict
    ) -> Finding {
        // One before which nothing was acknowledged is the lab's failure, and says nothing of records.
        let cuts = record.cuts.filter { $0.durability == durability && !$0.isControl && $0.acknowledged > 0 }
        let controls = record.cuts.filter(\.isControl)
        let (lost, acknowledged) = (sum("lost", cuts, \.lost), sum("acknowledged", cuts, \.acknowledged))
        var figures = [
            Metric.measured("cuts of a modelled machine", Double(cuts.count), unit: "count", polarity: .neutral), acknowledged, lost,
            sum("lost by the control", controls, \.lost),
        ]
        if durability == "interval" {
            let oldest = cuts.compactMap(\.oldestLostMilliseconds)
            let used = oldest.map { max(0, $0 - record.windowMilliseconds) }.max() ?? 0
            figures += [
                .measured("interval", record.windowMilliseconds * 1e6, unit: "ns", polarity: .neutral),
                .measured("allowed beyond it", record.slackMilliseconds * 1e6, unit: "ns", polarity: .neutral),
                .measured("of that used at most", used * 1e6, unit: "ns", polarity: .lowerIsBetter),
            ]
        }
        func found(_ verdict: ClaimVerdict) -> Finding { Finding(statement, runs: runs, figures: figures, verdict) }
        guard !cuts.isEmpty else { return found(.notMeasured("no cut of that kind is in the campaign")) }
        guard controls.contains(where: { $0.lost > 0 }) else {
            return found(.cannotBeTestedHere("what had to lose records lost none: the disk's cache did not die with the machine"))
        }
        let limit = record.windowMilliseconds + record.slackMilliseconds
        guard durability != "interval" || controls.contains(where: { $0.durability == "none" && $0.lost > 0 && ($0.oldestLostMilliseconds ?? 0) > limit }) else {
            return found(.cannotBeTestedHere("what is never forced lost nothing older than the interval and its allowance: that bound would hold whatever the policy"))
        }
        if let failure = cuts.compactMap(\.failure).first { return found(.doesNotHoldHere(failure)) }
        return found(judge(cuts, lost))
    }

    private static func sum(_ name: String, _ cuts: [PowerCutRecord.Cut], _ count: (PowerCutRecord.Cut) -> UInt64) -> Metric {
        .measured(name, cuts.reduce(0) { $0 + Double(count($1)) }, unit: "count", polarity: .neutral)
    }

    private static func milliseconds(_ value: Double) -> String {
        ClaimText.figure(.measured("age", value * 1e6, unit: "ns", polarity: .lowerIsBetter))
    }
}
