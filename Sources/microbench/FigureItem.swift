// One figure of a command that answers with several: what the harness puts among a run's own.
internal import Host

struct FigureItem {
    enum Polarity: String { case higher, lower, neutral }

    let name: String
    private let value: Double?
    private let unit: String
    private let polarity: Polarity
    private var interval: (low: Double, high: Double)?
    private var samples: Int?
    private var note: String?
    private let reason: String?

    init(_ name: String, _ value: Double, unit: String, _ polarity: Polarity = .neutral, samples: Int? = nil, note: String? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.polarity = polarity
        self.samples = samples
        self.note = note
        reason = nil
    }

    /// The median of passes, with where it lies.
    init(_ name: String, medianOf values: [Double], unit: String, _ polarity: Polarity, note: String? = nil) {
        let passes = RatioOfPairs(values)
        self.init(name, passes.ratio.median, unit: unit, polarity, samples: values.count, note: note)
        interval = (passes.low, passes.high)
    }

    /// None, and why.
    init(_ name: String, unit: String, unavailable reason: String) {
        self.name = name
        self.unit = unit
        self.reason = reason
        value = nil
        polarity = .neutral
    }

    var json: JSON {
        guard let value else { return .object([("name", .string(name)), ("unit", .string(unit)), ("unavailable", .string(reason ?? "unknown"))]) }
        var fields: [(String, JSON)] = [("name", .string(name)), ("value", .number(value)), ("unit", .string(unit)), ("polarity", .string(polarity.rawValue))]
        if let interval { fields.append(("interval", .array([.number(interval.low), .number(interval.high)]))) }
        if let samples { fields.append(("samples", .count(samples))) }
        if let note { fields.append(("note", .string(note))) }
        return .object(fields)
    }

    var line: String {
        guard let value else { return "\(padded(name, 40)) n/a (\(reason ?? "unknown"))" }
        let range = interval.map { " [\(threeDigits($0.low)) - \(threeDigits($0.high))]" } ?? ""
        return "\(padded(name, 40)) \(threeDigits(value)) \(unit)\(range)"
    }
}

extension OutputOptions {
    func print(command: String, directory: String?, _ fields: [(String, JSON)], items: [FigureItem]) {
        print(command: command, directory: directory, fields + [("items", .array(items.map(\.json)))], table: items.map(\.line))
    }
}
