// How single figures read in the table.
internal import Host
internal import Measurement

/// The reasons behind the `n/a` of one section, each once.
struct Reasons {
    private var reasons: [String] = []
    private let marked: Bool

    /// - Parameter marked: false where no reasons are printed, so that no mark points at one.
    init(marked: Bool = true) { self.marked = marked }

    /// `0.0502 [0.0497, 0.0509]`, or `n/a¹` with the reason kept for `lines`.
    mutating func cell(_ metric: Metric, withUnit: Bool = false) -> String {
        var text = value(metric)
        if metric.value == nil { return text }
        if let interval = metric.interval {
            text += " [\(figure(interval.lower, unit: metric.unit)), \(figure(interval.upper, unit: metric.unit))]"
        }
        if withUnit, !["", "count", "bytes"].contains(metric.unit) { text += (metric.unit == "x" ? "" : " ") + metric.unit }
        return text
    }

    /// The same without its interval.
    mutating func value(_ metric: Metric) -> String {
        metric.value.map { figure($0, unit: metric.unit) } ?? "n/a" + mark(metric.unavailable ?? "no reason given")
    }

    /// `¹`, the mark of `reason`.
    mutating func mark(_ reason: String) -> String {
        guard marked else { return "" }
        if !reasons.contains(reason) { reasons.append(reason) }
        return superscript(reasons.firstIndex(of: reason)! + 1)
    }

    func lines(_ width: Int) -> [String] {
        reasons.enumerated().flatMap { hanging("  \(superscript($0.offset + 1)) ", $0.element, width) }
    }

    private func superscript(_ number: Int) -> String {
        String("\(number)".map { Array("⁰¹²³⁴⁵⁶⁷⁸⁹")[$0.wholeNumberValue!] })
    }
}

/// A figure in the digits it deserves: percents with one after the point, counts grouped, the rest in three.
package func figure(_ value: Double, unit: String) -> String {
    switch unit {
    case "%": return fixed(value, 1)
    case "count": return grouped(value)
    case "bytes": return byteText(value)
    default: return abs(value) >= 999.5 ? grouped(value) : threeDigits(value)
    }
}

/// `1,234,567`
package func grouped(_ value: Double) -> String {
    let digits = fixed(abs(value), 0)
    var text = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0 { text += "," }
        text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
}

/// Powers of two, as memory and files are counted: `512 MiB`.
func byteText(_ value: Double) -> String {
    var (value, unit) = (value, 0)
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while abs(value) >= 1023.5, unit < units.count - 1 {
        value /= 1024
        unit += 1
    }
    return "\(unit == 0 ? fixed(value, 0) : threeDigits(value)) \(units[unit])"
}

/// Each text once, in the order of its first appearance.
package func unique(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
}
