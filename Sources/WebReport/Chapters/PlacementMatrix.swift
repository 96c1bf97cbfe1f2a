// Broker's place against client's place, where a run tried enough of both to make a matrix.
internal import Measurement
internal import Results

struct PlacementMatrix {
    private struct Cell {
        let broker, client: String
        let row: LatencyRow
    }

    private let cells: [Cell]
    private let id: String
    /// The highest quantile that every cell has.
    private let quantile: Double?

    init(_ part: LatencyHeadline, id: String) {
        self.id = id
        cells = part.rows.filter { $0.valid && $0.clock.hasPrefix("response") }.compactMap { row in
            let parts = row.placement.components("·")
            guard let broker = parts.first(where: { $0.hasPrefix("broker ") }), let client = parts.first(where: { $0.hasPrefix("client ") }) else { return nil }
            // Memory policy and the like belong to the broker's side.
            let rest = parts.filter { $0 != broker && $0 != client }
            return Cell(broker: ([broker] + rest).joined(separator: " · "), client: client, row: row)
        }
        let common = cells.map { cell in Set(cell.row.cells.filter { $0.reading.nanoseconds != nil }.map(\.quantile)) }
        quantile = common.dropFirst().reduce(common.first ?? []) { $0.intersection($1) }.filter { $0 <= 0.99 }.max()
    }

    /// nil unless there are two places of each at least.
    var chart: Chart? {
        let (brokers, clients) = (unique(cells.map(\.broker)), unique(cells.map(\.client)))
        guard brokers.count > 1, clients.count > 1, let quantile else { return nil }
        let name = CellText.quantile(quantile)
        let rows = clients.map { client -> [DataCell] in
            [.text(client)] + brokers.map { broker in
                DataCell(cells.first { $0.broker == broker && $0.client == client }?.row.cells.first { $0.quantile == quantile }?.reading.nanoseconds)
            }
        }
        return Chart(
            id: id, title: "Response \(name), broker's place against client's",
            summary: "One row a place of the broker, one column a place of the client. Only placements that were verified.", kind: .heat,
            columns: [DataColumn("client")] + brokers.map { DataColumn($0, "ns") }, rows: rows, x: .init(title: "client"), y: .init(title: "response \(name)", unit: "ns"))
    }
}

extension String {
    /// The parts between `separator`, without the spaces around them.
    fileprivate func components(_ separator: Character) -> [String] {
        split(separator: separator).map { part in
            var part = part
            while part.first == " " { part.removeFirst() }
            while part.last == " " { part.removeLast() }
            return String(part)
        }
    }
}
