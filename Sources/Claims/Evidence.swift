// The runs that claims are judged by.
internal import Measurement
package import Results

/// Stored runs by experiment, and what the lab kept of its power cuts. Nothing else goes into a verdict.
package struct Evidence: Sendable {
    /// A run at one point of an experiment's matrix.
    package struct Point: Sendable {
        /// By path of the profile, as in `producers.batchBytes`; empty where the experiment has one point.
        package let settings: [String: String]
        package let record: RunRecord
        /// The INVALID run that this one was made after; nil: there was none.
        package let insteadOf: RunRecord?

        package init(settings: [String: String] = [:], record: RunRecord, insteadOf: RunRecord? = nil) {
            self.settings = settings
            self.record = record
            self.insteadOf = insteadOf
        }

        package var run: String { record.identity.directoryName }
        /// How its machine or one of its disks is modelled; nil for hardware.
        package var modelled: String? { record.environment.hard["modelled"] }
    }

    package enum Outcome: Sendable {
        case points([Point])
        /// Why it has none, or not all of them, and whether this machine is the reason.
        case failed(String, byMachine: Bool = false)
        /// Why this machine, as it was given, could not carry it out.
        case impossible(String)
    }

    private let outcomes: [String: Outcome]

    /// Of a campaign in the lab; nil: there was none.
    let powerCut: PowerCutRecord?

    package init(_ outcomes: [String: Outcome], powerCut: PowerCutRecord? = nil) {
        self.outcomes = outcomes
        self.powerCut = powerCut
    }

    /// Whatever of an experiment was measured, in the order of its points; none of one that failed.
    func runs(of experiment: String) -> [Point] {
        guard case .points(let points) = outcomes[experiment] else { return [] }
        return points
    }

    /// How machines and disks of any of the runs are modelled; empty for hardware.
    var modelled: Set<String> {
        Set(outcomes.values.flatMap { outcome in if case .points(let points) = outcome { points.compactMap(\.modelled) } else { [] as [String] } })
    }

    /// Runs that were made once more, with what was wrong with the first.
    var repeats: [String] {
        outcomes.values.flatMap { outcome in if case .points(let points) = outcome { points.compactMap(\.repetition) } else { [] as [String] } }.sorted()
    }

    /// - Parameters:
    ///   - isEssential: whether the claim falls with this part of it.
    ///   - acceptsInvalid: whether what makes a run INVALID is what is asked for, such as a record that the audit misses.
    func finding(
        _ statement: String, of experiment: String, isEssential: Bool = true, acceptsInvalid: Bool = false, _ answer: ([Point]) throws -> Answer
    ) -> Finding {
        func found(_ verdict: ClaimVerdict, in points: [Point] = [], figures: [Metric] = []) -> Finding {
            Finding(
                statement, isEssential: isEssential, experiment: experiment, runs: points.map(\.run), figures: figures,
                isModelled: points.contains { $0.modelled != nil }, verdict)
        }
        do {
            let points = try points(of: experiment, acceptsInvalid: acceptsInvalid)
            do {
                let come = try answer(points)
                return found(come.verdict, in: points, figures: come.figures)
            } catch let reason as Unanswered {
                return found(reason.verdict, in: points)
            }
        } catch let reason as Unanswered {
            return found(reason.verdict)
        } catch {
            return found(.notMeasured("\(error)"))
        }
    }

    private func points(of experiment: String, acceptsInvalid: Bool) throws -> [Point] {
        switch outcomes[experiment] {
        case nil: throw Unanswered.ours("its experiment, \(experiment), was not run")
        case .failed(let reason, let byMachine): throw Unanswered.because("its experiment, \(experiment), failed: \(reason)", ofMachine: byMachine)
        case .impossible(let reason): throw Unanswered.here(reason)
        case .points(let points):
            for point in points { try check(point, acceptsInvalid) }
            guard !points.isEmpty else { throw Unanswered.ours("its experiment, \(experiment), has no run") }
            return points
        }
    }

    private func check(_ point: Point, _ acceptsInvalid: Bool) throws {
        guard point.record.complete, let verdict = point.record.verdict else { throw Unanswered.ours("\(point.run) did not end") }
        guard let reason = point.record.invalidReason, !acceptsInvalid else { return }
        let first = point.insteadOf.map { ", as was \($0.identity.directoryName) before it" } ?? ""
        throw Unanswered.because("\(point.run) is INVALID\(first): \(reason)", ofMachine: verdict.isSpoiled)
    }
}

extension Evidence.Point {
    fileprivate var repetition: String? {
        insteadOf.map { "\($0.identity.directoryName) was INVALID (\($0.invalidReason ?? "it did not end")), so \(run) was made after it" }
    }
}
