// Times in a pattern of java.text.SimpleDateFormat.
internal import Foundation

/// Letters that mean the same to ICU, which does the work, are taken; the others are refused.
struct JavaDateFormat {
    private let formatter: DateFormatter

    /// Letters of SimpleDateFormat that ICU reads alike.
    private static let sameLetters = "GyYMLwWDdFEaHkKhmsSzZX"

    /// - Parameter zone: the machine's own, as in Java.
    /// - Throws: `.refused`, with the letter that is to blame.
    init(_ pattern: String, zone: TimeZone = .current) throws(PeerToolError) {
        try Self.check(pattern)
        formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = zone
        formatter.dateFormat = pattern
    }

    func text(_ milliseconds: Int64) -> String {
        // A quarter of a millisecond more: the same is printed by a formatter that cuts, and would take a double that falls short by the
        // least for the millisecond before, and by one that adds half a millisecond first, as Foundation's does on Linux.
        formatter.string(from: Date(timeIntervalSince1970: (Double(milliseconds) + 0.25) / 1000))
    }

    private static func check(_ pattern: String) throws(PeerToolError) {
        var isQuoted = false
        var fractionDigits = 0
        for character in pattern {
            if character == "'" { isQuoted.toggle() }
            guard !isQuoted, character.isASCII, character.isLetter else { continue }
            guard sameLetters.contains(character) else { throw .refused("--date-format ‘\(pattern)’: the letter \(character) is not supported") }
            if character == "S" { fractionDigits += 1 }
        }
        if isQuoted { throw .refused("--date-format ‘\(pattern)’: a quote is never closed") }
        // Java pads a number of milliseconds, ICU cuts a fraction: with three digits that is the same.
        guard fractionDigits == 0 || fractionDigits == 3 else { throw .refused("--date-format ‘\(pattern)’: milliseconds are written SSS") }
    }
}
