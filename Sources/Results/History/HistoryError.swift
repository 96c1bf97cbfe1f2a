// What keeps a comparison out of a history, and what a history is refused for.

/// A line that cannot be used.
package struct HistoryDamage: Equatable, Sendable, CustomStringConvertible {
    package let file: String
    /// From 1.
    package let line: Int
    package let reason: String
    package var description: String { "\(file):\(line): \(reason)" }
}

package enum HistoryError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A comparison that proves nothing: unfinished, invalid, changed.
    case refused(id: String, reason: String)
    /// Its two sides measured different things.
    case notComparable(id: String, reasons: [String])
    /// Lines that were changed, cut off, or written by a newer program. Nothing is added to such a file, nothing concluded from it.
    case damaged([HistoryDamage])
    /// The file holds the same comparison already, with other content.
    case superseded(id: String, reason: String)
    /// There is no such file, or nothing in it that was asked for.
    case missing(String)
    /// What was asked for cannot be answered as it was asked.
    case usage(String)

    package var description: String {
        switch self {
        case .refused(let id, let reason): "\(id) does not belong in a history: \(reason)"
        case .notComparable(let id, let reasons): "\(id) does not belong in a history: not comparable: \(reasons.joined(separator: "; "))"
        case .damaged(let lines): lines.map(\.description).joined(separator: "\n")
        case .superseded(let id, let reason): "\(id): \(reason)"
        case .missing(let what), .usage(let what): what
        }
    }

    /// 4 not comparable, 64 wrong usage, all else 5: closed, never 0.
    package var exitCode: Int32 {
        switch self {
        case .notComparable: 4
        case .usage: 64
        case .refused, .damaged, .superseded, .missing: 5
        }
    }
}
