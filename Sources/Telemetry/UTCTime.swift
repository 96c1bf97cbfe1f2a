// A point in time as log lines write it, without Foundation.

/// `2026-11-29T18:51:19.042Z` (RFC 3339).
struct UTCTime: CustomStringConvertible {
    let millisecondsSince1970: Int64

    var description: String {
        let days = floorDivided(millisecondsSince1970, 86_400_000)
        let left = millisecondsSince1970 - days * 86_400_000
        let (year, month, day) = civil(days)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + "\(padded(left / 3_600_000, 2)):\(padded(left / 60_000 % 60, 2)):\(padded(left / 1_000 % 60, 2)).\(padded(left % 1_000, 3))Z"
    }

    private func floorDivided(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((-a + b - 1) / b) }

    private func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// The date of a number of days since 1970 in the Gregorian calendar, by eras of 400 years that begin in March, so
    /// that the leap day is the last of a year.
    private func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivided(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}
