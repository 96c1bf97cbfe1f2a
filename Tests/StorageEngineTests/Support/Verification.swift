// `log verify` on a rig's disk, as values that a test compares.
@testable import StorageEngine

/// One line of findings: where, and what.
struct Found: Equatable, CustomStringConvertible {
    var file: String
    var position: Int?
    var what: String

    var description: String { "\(file) at \(position.map { "\($0)" } ?? "–"): \(what)" }
}

private func text(_ value: InspectionValue?) -> String {
    if case .text(let text) = value { return text }
    return ""
}

func verify(
    _ rig: Rig, _ path: String = "d", named name: String = "inconsistency"
) throws -> (found: [Found], summary: VerificationSummary) {
    var found: [Found] = []
    let summary = try LogInspection(path, fileSystem: rig.disk).verify { line in
        guard line.name == name else { return }
        var position: Int?
        if case .number(let number) = line["position"] { position = Int(number) }
        let what = name == "note" ? text(line["text"]) : "\(text(line["found"])) / \(text(line["expected"]))"
        found.append(Found(file: text(line["file"]), position: position, what: what))
    }
    return (found, summary)
}
