// The machine in its three tiers, and the traits that spoil numbers.
internal import Results

struct EnvironmentTables {
    private let environment: EnvironmentRecord

    init(_ environment: EnvironmentRecord) { self.environment = environment }

    func chapter(_ id: String) -> Chapter? {
        Chapter(
            id, "The machine",
            [
                traits, tier("What changes a figure by itself (hard)", environment.hard), tier("What is worth a warning (soft)", environment.soft),
                tier("How it was just then (run state)", environment.runState),
            ])
    }

    private var traits: Chapter.Piece? {
        guard !environment.traits.isEmpty else { return nil }
        let rows = environment.traits.map { [$0.name, $0.spoils ? "yes" : "no", $0.finding, $0.countermeasure] }
        return .markup(
            FigureMarkup.folded(
                "Traits that spoil numbers: \(environment.traits.count { $0.spoils }) of \(rows.count) found here",
                [FigureMarkup.table("Traits of the machine, and what was done about each", ["trait", "spoils", "finding", "countermeasure"], rows)]))
    }

    private func tier(_ name: String, _ fields: [String: String]) -> Chapter.Piece? {
        guard !fields.isEmpty else { return nil }
        let rows = fields.sorted { $0.key < $1.key }.map { [$0.key.replacing("_", with: " "), $0.value] }
        return .markup(FigureMarkup.folded(name, [FigureMarkup.table(name, ["field", "value"], rows)]))
    }
}
