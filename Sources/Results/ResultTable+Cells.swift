// How single figures read in the table.
internal import Host
internal import Measurement

/// The reasons behind the `n/a` of one section, each once.
struct Reasons {
    private var reasons: [String] = []

    /// `0.0502 [0.0497, 0.0509]`, or `n/a¹` with the reason kept for `lines`.
    mutating func cell(_ metric: Metric, withUnit: Bool = false) -> String {
        guard let value = metric.value else { return "n/a" + mark(metric.unavailable ?? "no reason given") }
        var text = figure(value, unit: metric.unit)
        if let interval = metric.interval {
            text += " [\(figure(interval.lower, unit: metric.unit)), \(figure(interval.upper, unit: metric.unit))]"
        }
        if withUnit, !["", "count", "bytes"].contains(metric.unit) { text += (metric.unit == "x" ? "" : " ") + metric.unit }
        return text
    }

    /// `¹`, the mark of `reason`.
    mutating func mark(_ reason: String) -> String {
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
func figure(_ value: Double, unit: String) -> String {
    switch unit {
    case "%": return fixed(value, 1)
    case "count": return grouped(value)
    case "bytes": return byteText(value)
    default: return abs(value) >= 999.5 ? grouped(value) : threeDigits(value)
    }
}

/// `1,234,567`
func grouped(_ value: Double) -> String {
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

/// `prefix` and then `text`, wrapped lines starting below the text.
func hanging(_ prefix: String, _ text: String, _ width: Int) -> [String] {
    let space = String(repeating: " ", count: prefix.count)
    return wrapped(text, width: width - prefix.count).enumerated().map { ($0.offset == 0 ? prefix : space) + $0.element }
}

/// `prefix` and then the items between dots, broken only between items.
func listed(_ prefix: String, _ items: [String], _ width: Int) -> [String] {
    // A no-break space holds an item together while it is wrapped.
    let whole = items.map { $0.replacing(" ", with: "\u{a0}") }.joined(separator: "\u{a0}· ")
    return hanging(prefix.replacing(" ", with: "\u{a0}"), whole, width).map { $0.replacing("\u{a0}", with: " ") }
}

/// The notes of a section.
func notes(_ notes: [String], _ width: Int) -> [String] { notes.flatMap { hanging("  ", $0, width) } }
