// The table that Kafka's tools print with --print-metrics.

/// One metric, under the name that Kafka's client has for the same thing.
struct KafkaMetric: Equatable {
    let group: String
    let name: String
    let value: Double

    /// An average of nothing is NaN, in Kafka too.
    init(_ group: String, _ name: String, _ value: Double) {
        self.group = group
        self.name = name
        self.value = value
    }

    /// Lines to print, an empty one first.
    static func table(_ metrics: [KafkaMetric], clientID: String) -> [String] {
        let rows = metrics.map { (name: "\($0.group):\($0.name):{client-id=\(clientID)}", value: javaFixed($0.value, 3)) }.sorted { $0.name < $1.name }
        let width = rows.map(\.name.count).max() ?? 0
        func padded(_ text: String) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
        return ["", "\(padded("Metric Name"))   Value"] + rows.map { "\(padded($0.name)) : \($0.value)" }
    }
}
