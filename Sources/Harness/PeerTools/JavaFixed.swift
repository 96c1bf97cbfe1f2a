// Numbers as java.util.Formatter prints them: the lines of Kafka's tools are read by position and compared as text.

/// What `%.<decimals>f` is in Java.
///
/// Java rounds half up, and it rounds the shortest decimal digits that stand for the double, where C rounds the double's exact value:
/// 1.005 with two decimals is 1.01 in Java and 1.00 in C.
func javaFixed(_ value: Double, _ decimals: Int) -> String {
    precondition(decimals > 0, "\(decimals) decimals")
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
    var number = ShortestDigits(value.magnitude)
    number.round(toDecimals: decimals)
    let digits = String(decoding: number.digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    return "\(value.sign == .minus ? "-" : "")\(digits.prefix(number.point)).\(digits.dropFirst(number.point))"
}

/// Decimal digits, with `point` of them in front of the decimal point.
private struct ShortestDigits {
    private(set) var digits: [UInt8]
    private(set) var point: Int

    /// - Parameter value: finite and not negative.
    init(_ value: Double) {
        // `12.5`, `1e-05` or `1.5e+16`: Swift prints the shortest digits that are read back as the same double.
        let parts = "\(value)".split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        digits = mantissa.joined(separator: "").utf8.map { $0 - UInt8(ascii: "0") }
        point = mantissa[0].utf8.count + (parts.count > 1 ? Int(parts[1])! : 0)
    }

    /// Leaves at least one digit before the point and exactly `decimals` behind it.
    mutating func round(toDecimals decimals: Int) {
        let kept = point + decimals
        if kept < 0 {
            (digits, point) = ([0], 1)
        } else if kept < digits.count {
            let goesUp = digits[kept] >= 5
            digits.removeSubrange(kept...)
            if goesUp { increment() }
        }
        if point < 1 {
            digits.insert(contentsOf: repeatElement(0, count: 1 - point), at: 0)
            point = 1
        }
        digits.append(contentsOf: repeatElement(0, count: max(0, point + decimals - digits.count)))
    }

    /// Adds one in the last place.
    private mutating func increment() {
        var place = digits.count - 1
        while place >= 0, digits[place] == 9 {
            digits[place] = 0
            place -= 1
        }
        if place >= 0 {
            digits[place] += 1
        } else {
            digits.insert(1, at: 0)
            point += 1
        }
    }
}
