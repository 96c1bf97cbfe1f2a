// What the run did otherwise than the files of another tool asked.

struct DeviationSection: TableSection {
    let deviations: [DeviationRecord]

    /// Every key; why stands in full.
    func oneScreen(_ width: Int) -> [String] { listed("DEVIATES  ", deviations.map(\.brief), width) }

    func full(_ width: Int) -> [String] {
        guard !deviations.isEmpty else { return [] }
        return ["DEVIATIONS from what the files asked for"] + deviations.flatMap { hanging("  ", "\($0.brief): \($0.reason)", width) }
    }
}
