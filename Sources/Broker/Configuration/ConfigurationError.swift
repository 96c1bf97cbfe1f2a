/// Settings that can't be used: what was wrong, where, and what would be right.
package struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// Spelling help for people.
package enum Spelling {
    /// The candidate with the fewest edits to `word`, when there are few enough for it to be a typing error.
    package static func nearest(to word: String, in candidates: [String]) -> String? {
        let ranked = candidates.map { (distance(Array(word.utf8), Array($0.utf8)), $0) }.min { $0.0 < $1.0 }
        guard let ranked, ranked.0 <= max(2, word.utf8.count / 2) else { return nil }
        return ranked.1
    }

    /// Insertions, deletions and replacements between two words (Levenshtein).
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let replaced = diagonal + (left == right ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
