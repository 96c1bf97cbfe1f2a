// What is wrong with a profile, where, and what would be right.

/// An error in a profile, as compilers print theirs: `Profiles/a.yaml:7:3: unknown key ‘lingr’ …`.
package struct ProfileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file as it was named by the user, or `--set` for a value from the command line.
    package let file: String
    /// One-based; nil where there is no line, as for a file that cannot be read.
    package let line: Int?
    package let column: Int?
    package let message: String

    package var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if line != nil, let column { place += ":\(column)" }
        return "\(place): \(message)"
    }
}

/// The candidate with the smallest edit distance to `word`, when it is near enough to be a slip of the
/// hand: at most a third of its letters, and always at least two edits allowed.
func nearest(to word: String, among candidates: [String]) -> String? {
    let limit = max(2, word.count / 3)
    return candidates
        .map { (candidate: $0, distance: editDistance(word.lowercased(), $0.lowercased())) }
        .filter { $0.distance <= limit }
        .min { $0.distance < $1.distance }?.candidate
}

/// Levenshtein distance in characters, where swapping two neighbours counts one.
func editDistance(_ left: String, _ right: String) -> Int {
    let a = Array(left), b = Array(right)
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    for i in 1...a.count {
        for j in 1...b.count {
            let cost = a[i - 1] == b[j - 1] ? 0 : 1
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
            }
        }
    }
    return rows[a.count][b.count]
}
