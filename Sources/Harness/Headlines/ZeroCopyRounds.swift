// Slices of fetching, side by side, and what they come to: savings, ratios and their intervals. Knows no process and no clock.
internal import Host
internal import Measurement
internal import Results

/// Rounds of slices: in each the modes in the order of the plan, then the references.
struct ZeroCopyRounds {
    let modes: [ListenerPlan]
    /// The floor is always among them.
    let references: [FetchReference.Kind]
    var rounds: [[ZeroCopySlice]]
    let seed: UInt64
    /// Timer overshoot of the whole phase.
    var hiccup: LatencyHistogram?

    var floor: Int { index(of: .constant)! }
    func index(of reference: FetchReference.Kind) -> Int? { references.firstIndex(of: reference).map { modes.count + $0 } }
    func name(_ index: Int) -> String { index < modes.count ? modes[index].title : references[index - modes.count].title }

    /// Slices whose CPU per GB is over so many times their side's median are flagged, never dropped.
    private static let outlierFactor = VerdictThresholds.passCostFlagFactor

    /// Everything that is found in the slices; conditions and notes are the caller's.
    func headline(placement: String, load: String) -> ZeroCopyHeadline {
        var headline = ZeroCopyHeadline(
            placement: placement, load: load, floor: cost(floor), modes: modes.indices.map { row($0) }, comparisons: [])
        let best = modes.firstIndex(where: \.isBestCopy)
        let overC = best.map { bestCopyOverC($0) }
        headline.bestCopyOverC = overC
        if let bare = index(of: .splice) {
            headline.bareSplice = row(bare)
            headline.spliceOverBare = modes.firstIndex { $0.transfer == .splice }.map { splice in
                throughputRatio("splice_over_bare", splice, bare)
            }
        }
        headline.defaultMode = ListenerPlan.standard.title
        headline.costRatios = costRatios()
        for zero in modes.indices where modes[zero].isZeroCopy {
            for copy in modes.indices where !modes[copy].isZeroCopy {
                var row = compare(zero, copy)
                if modes[copy].isBestCopy, let reason = Self.whyUnfair(overC) { row.withdrawSavings(reason) }
                headline.comparisons.append(row)
            }
        }
        return headline
    }

    /// `splice: 2 slices cost over 3x the median; kept`
    func outliers() -> [String] {
        (0..<modes.count + references.count).compactMap { index in
            let costs = rounds.map { $0[index].cpuSecondsPerGB }
            let count = costs.filter { $0 > Self.outlierFactor * median(costs) }.count
            return count > 0 ? "\(name(index)): \(count) slices cost over \(fixed(Self.outlierFactor, 0))x the median; kept" : nil
        }
    }

    /// Fewer do not tell how much they differ.
    static let leastRounds = 2

    /// Rounds until all are made or somebody ends the run; of a round that is cut short nothing is kept.
    ///
    /// - Returns: also what ended them early; nil: nothing.
    /// - Throws: what else `round` throws.
    static func collect(_ planned: Int, _ round: (Int) throws -> [ZeroCopySlice]) throws -> (rounds: [[ZeroCopySlice]], interruption: HarnessError?) {
        var finished: [[ZeroCopySlice]] = []
        for number in 0..<planned {
            do { finished.append(try round(number)) } catch let error as HarnessError {
                guard case .interrupted = error else { throw error }
                return (finished, error)
            }
        }
        return (finished, nil)
    }

    static func cutText(after finished: Int, of planned: Int) -> String {
        if finished == planned, finished >= leastRounds { return "interrupted when all \(planned) rounds were made" }
        return "interrupted after \(finished) of \(planned) rounds\(finished < leastRounds ? "; \(leastRounds) at least are needed" : "")"
    }

    /// Why no saving against the best copy is printed; nil where it may be.
    static func whyUnfair(_ overC: Metric?) -> String? {
        guard let overC else { return nil }
        guard let ratio = overC.value else { return "the C loop beside it was not measured: \(overC.unavailable ?? "")" }
        let most = ZeroCopyHeadline.bestCopyOverCMaximum
        return ratio <= most
            ? nil : "the best copy cost \(fixed(ratio, 2)) times what a C loop of pread and send did in the same rounds: over \(most) it is no fair baseline"
    }
}

/// The middle value; of an even number, the upper of the two.
func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
