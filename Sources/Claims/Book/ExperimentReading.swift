// An experiment of a book, so that a reader can make it again: its question, its command, the disk that it was made on.
internal import Results

package struct ExperimentReading: Sendable {
    /// That of its profile and of the file that holds it.
    package let name: String
    /// The profile's first line; nil: it has no run that counts.
    package let question: String?
    /// `tidemark run Profiles/claims/quick/lookup.yaml`: the profile with every point of its matrix.
    package let command: String
    /// `ext4 on vda (virtual)`, each once; empty where it has no run that counts.
    package let disks: [String]

    init(_ name: String, tier: String, _ evidence: Evidence) {
        let records = evidence.runs(of: name).map(\.record)
        self.name = name
        question = records.first?.profile.question
        command = "tidemark run Profiles/claims/\(tier == "quick" ? "quick/" : "")\(name).yaml"
        disks = unique(records.flatMap(\.disks).map(\.place))
    }

    /// What stands behind its name.
    package var text: String { ([question].compactMap { $0 } + [disks.isEmpty ? "It has no run that counts." : "On \(disks.joined(separator: ", "))."]).joined(separator: " ") }
}

extension DiskRecord {
    /// `ext4 on vda (virtual)`
    var place: String { "\(filesystem) on \(device) (\(diskClass))" }
}
