// Numbers as people read them: one rounding for every program, and no Foundation.

/// `value` rounded half away from zero to `decimals` digits after the point: `12.346`; `-0.04` with one is `0.0`.
///
/// - Returns: `n/a` for what is no number; beyond 9·10¹⁸ in the last digit, Swift's own description.
package func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return "n/a" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e18 else { return "\(value)" }
    let digits = String(UInt64(scaled))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
}

/// `value` with three significant digits and no exponent: `0.0123`, `1.20`, `45.6`, `789`, `12346`.
package func threeDigits(_ value: Double) -> String {
    let magnitude = abs(value)
    guard magnitude > 0, magnitude.isFinite else { return magnitude == 0 ? "0" : "n/a" }
    // The bounds are where rounding would add a digit: 9.996 reads 10.0, not 10.00.
    if magnitude >= 99.95 { return fixed(value, 0) }
    if magnitude >= 9.995 { return fixed(value, 1) }
    var decimals = 2
    var bound = 0.9995
    while magnitude < bound, decimals < 6 {
        decimals += 1
        bound /= 10
    }
    return fixed(value, decimals)
}

/// A share as a percentage: 0.974 is `97 %`.
package func percent(_ share: Double, decimals: Int = 0) -> String {
    share.isFinite ? fixed(share * 100, decimals) + " %" : "n/a"
}

/// A share beside a limit it is judged by: whole where it is whole, else with one digit after the point, or two
/// where one would hide on which side of the limit it is: `5 %`, `12.3 %`, `98.99 %` and not `99.0 %`.
package func decidingPercent(_ share: Double) -> String {
    let hundred = share * 100
    if abs(hundred - hundred.rounded()) < 1e-9 { return percent(share) }
    let one = percent(share, decimals: 1)
    return one.hasSuffix(".0 %") ? percent(share, decimals: 2) : one
}
