// Values as the tables of a report show them.
internal import Host
internal import Measurement
internal import Results

enum CellText {
    static func text(_ cell: DataCell, _ unit: String?) -> String {
        switch cell {
        case .absent: "–"
        case .text(let text): text
        case .number(let value): number(value, unit ?? "")
        }
    }

    /// Nanoseconds in the unit that suits them, the rest as the terminal's table has them, without their unit.
    static func number(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "ns" where value >= 0 && value < 1e18: Duration.text(nanoseconds: UInt64(value.rounded()))
        case "s": threeDigits(value)
        // 1 ÷ (1 − quantile)
        case "quantile": quantile(1 - 1 / max(value, 1))
        case "": value == value.rounded() && abs(value) < 1e15 ? figure(value, unit: "count") : threeDigits(value)
        case "ratio", "x": value > 0.2 && value < 5 ? fixed(value, 3) : threeDigits(value)
        default: figure(value, unit: unit)
        }
    }

    /// `p50`, `p99.9`; seven digits tell a million samples apart.
    static func quantile(_ quantile: Double) -> String {
        var digits = fixed(quantile * 100, 5)
        while digits.last == "0" { digits.removeLast() }
        return "p" + (digits.last == "." ? String(digits.dropLast()) : digits)
    }

    /// `1,426 MB/s`, `412 µs`, `12.1 MiB`, `75.9 %`.
    static func withUnit(_ value: Double, _ unit: String) -> String {
        let text = number(value, unit)
        switch unit {
        case "", "ns", "bytes", "count", "quantile": return text
        case "x", "ratio": return text + " ×"
        default: return "\(text) \(unit)"
        }
    }

    /// `0.0539 [0.0519, 0.0559]`, or `n/a` with the reason.
    static func metric(_ metric: Metric, withUnit: Bool = false) -> String {
        guard let value = metric.value else { return "n/a (\(metric.unavailable ?? "no reason given"))" }
        let text = withUnit ? self.withUnit(value, metric.unit) : number(value, metric.unit)
        guard let interval = metric.interval else { return text }
        return "\(text) [\(number(interval.lower, metric.unit)), \(number(interval.upper, metric.unit))]"
    }

    /// What stands behind a column's name: ` (MB/s)`; what is spelled out with each value needs none.
    static func unitHead(_ unit: String?) -> String {
        switch unit {
        case nil, "", "ns", "bytes", "count", "quantile": ""
        case "x", "ratio": " (×)"
        case let unit?: " (\(unit))"
        }
    }
}
