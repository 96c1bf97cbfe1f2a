// The runs that claims are judged by.
internal import Measurement
package import Results

/// Stored runs by experiment. Nothing else goes into a verdict.
package struct Evidence: Sendable {
    /// A run at one point of an experiment's matrix.
    package struct Point: Sendable {
        /// By path of the profile, as in `producers.batchBytes`; empty where the experiment has one point.
        package let settings: [String: String]
        package let record: RunRecord

        package init(settings: [String: String] = [:], record: RunRecord) {
            self.settings = settings
            self.record = record
        }

        package var run: String { record.identity.directoryName }
        /// How its machine or one of its disks is modelled; nil for hardware.
        package var modelled: String? { record.environment.hard["modelled"] }
    }

    package enum Outcome: Sendable {
        case points([Point])
        /// Why it has none, or not all of them.
        case failed(String)
    }

    private let outcomes: [String: Outcome]

    package init(_ outcomes: [String: Outcome]) { self.outcomes = outcomes }

    /// How machines and disks of any of the runs are modelled; empty for hardware.
    var modelled: Set<String> {
        Set(outcomes.values.flatMap { outcome in if case .points(let points) = outcome { points.compactMap(\.modelled) } else { [] as [String] } })
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
        case .failed(let reason): throw Unanswered.ours("its experiment, \(experiment), failed: \(reason)")
        case .points(let points):
            for point in points { try check(point, acceptsInvalid) }
            guard !points.isEmpty else { throw Unanswered.ours("its experiment, \(experiment), has no run") }
            return points
        }
    }

    private func check(_ point: Point, _ acceptsInvalid: Bool) throws {
        guard point.record.complete, let verdict = point.record.verdict else { throw Unanswered.ours("\(point.run) did not end") }
        guard verdict.outcome != .invalid || acceptsInvalid else {
            throw Unanswered.ours("\(point.run) is INVALID: \(verdict.reasons.first { $0.outcome == .invalid }?.text ?? "no reason given")")
        }
    }
}
