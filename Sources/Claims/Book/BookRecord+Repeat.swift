// Which runs of a book are made once more.
internal import Measurement
package import Results

extension BookRecord {
    /// In one book: on a bad day, too, the full tier has to end within its twenty minutes.
    static let repeatsMaximum = 3

    /// Whether a run is made once more: the machine or the generator spoiled it, and nothing that it measured did. A record that the
    /// audit misses is a finding, which no second run may hide. The quick tier has no time for it.
    package func repeats(_ record: RunRecord) -> Bool {
        guard tier == "full", let verdict = record.verdict, verdict.isSpoiled else { return false }
        return experiments.flatMap(\.runs).count { $0.insteadOf != nil } < Self.repeatsMaximum
    }
}
