// What one part of a claim came to.
package import Results

package struct Finding: Equatable, Sendable {
    package let statement: String
    /// Whether the claim falls with it. Its entry says so beside the statement; what is not essential tells more than the claim's sentence does.
    package let isEssential: Bool
    /// The experiment, by the name of its profile; nil: none could tell.
    package let experiment: String?
    /// The results it rests on, by their directories' names.
    package let runs: [String]
    package let figures: [Metric]
    /// Whether a machine or a disk of them is modelled: then no figure is hardware's.
    package let isModelled: Bool
    package let verdict: ClaimVerdict

    init(
        _ statement: String, isEssential: Bool = true, experiment: String? = nil, runs: [String] = [], figures: [Metric] = [], isModelled: Bool = false,
        _ verdict: ClaimVerdict
    ) {
        self.statement = statement
        self.isEssential = isEssential
        self.experiment = experiment
        self.runs = runs
        self.figures = figures
        self.isModelled = isModelled
        self.verdict = verdict
    }

    /// The name of each figure and its value, with its reservations, as a table has it.
    package var figureTexts: [(name: String, value: String)] {
        figures.map { figure in
            let reservations = [figure.note, isModelled ? "modelled" : nil].compactMap { $0 }
            return (figure.label, ClaimText.figure(figure) + (reservations.isEmpty ? "" : " (\(reservations.joined(separator: "; ")))"))
        }
    }

    /// As a table has it.
    package var label: String { isEssential ? statement : "\(statement) (The claim does not stand or fall with it.)" }
}

/// What the points of an experiment say.
struct Answer {
    var figures: [Metric]
    var verdict: ClaimVerdict

    init(_ figures: [Metric], _ verdict: ClaimVerdict) {
        self.figures = figures
        self.verdict = verdict
    }
}

/// Why there is no answer.
struct Unanswered: Error {
    let verdict: ClaimVerdict

    /// The machine's fault.
    static func here(_ reason: String) -> Unanswered { Unanswered(verdict: .cannotBeTestedHere(reason)) }
    /// Ours.
    static func ours(_ reason: String) -> Unanswered { Unanswered(verdict: .notMeasured(reason)) }
    static func because(_ reason: String, ofMachine: Bool) -> Unanswered { ofMachine ? here(reason) : ours(reason) }
}
