// Columns as wide as what stands in them.

/// Rows under a heading, two spaces apart; numbers stand to the right.
struct PeopleTable {
    let heading: [String]
    private(set) var rows: [[String]] = []

    init(_ heading: String...) { self.heading = heading }

    mutating func add(_ row: String...) { add(row) }

    mutating func add(_ row: [String]) {
        precondition(row.count == heading.count, "\(row.count) cells under \(heading.count) headings")
        rows.append(row)
    }

    /// One line a row, each with its line feed; only the heading where there are none.
    var text: String {
        let columns = heading.indices.map { column in (rows + [heading]).map { $0[column] } }
        let widths = columns.map { $0.map(\.count).max() ?? 0 }
        let isNumeric = heading.indices.map { column in
            !rows.isEmpty && rows.allSatisfy { row in row[column] == "-" || Int(row[column]) != nil }
        }
        return ([heading] + rows).map { row in
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return isNumeric[column] ? padding + row[column] : row[column] + padding
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
