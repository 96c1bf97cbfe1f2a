// The byte tables of FORMAT.md, as data.
import Foundation

struct FormatTable: Equatable {
    struct Row: Equatable {
        var at: Int
        var bytes: Int
        var field: String
    }

    /// What stands before the colon of its heading.
    var title: String
    /// The first number of the heading.
    var size: Int
    var rows: [Row]
    /// Numbers that stand alone in the Meaning column, by field.
    var meanings: [String: String]

    subscript(field: String) -> Row? { rows.first { $0.field == field } }

    /// The number that `field` has in `bytes`, which begin with the table's.
    func number(_ field: String, in bytes: some Collection<UInt8>) -> Int64? {
        guard let row = self[field], row.at + row.bytes <= bytes.count else { return nil }
        let start = bytes.index(bytes.startIndex, offsetBy: row.at)
        let field = bytes[start..<bytes.index(start, offsetBy: row.bytes)]
        let isNegative = field.first! & 0x80 != 0
        return field.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }
    }
}

enum FormatDocument {
    /// Every table with a column "At", in order.
    static func tables(of text: String) -> [FormatTable] {
        var tables: [FormatTable] = []
        for section in text.components(separatedBy: "\n## ").dropFirst() {
            let lines = section.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            guard lines.contains("| At | Bytes | Field | Meaning |"), let heading = lines.first else { continue }
            let cells = lines.filter { $0.hasPrefix("| ") }.dropFirst().map { line in
                line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }
            }
            let rows = cells.compactMap { cells in
                Int(cells[0]).flatMap { at in Int(cells[1]).map { FormatTable.Row(at: at, bytes: $0, field: cells[2]) } }
            }
            let meanings = Dictionary(uniqueKeysWithValues: cells.map { ($0[2], $0[3]) })
            let digits = heading.drop { !$0.isNumber }.prefix { $0.isNumber }
            let title = String(heading.prefix { $0 != ":" })
            tables.append(FormatTable(title: title, size: Int(digits) ?? -1, rows: rows, meanings: meanings))
        }
        return tables
    }

    /// What a table contradicts in itself: a gap, an overlap, a size that is not the sum.
    static func faults(in table: FormatTable) -> [String] {
        var faults: [String] = []
        var end = 0
        for row in table.rows {
            if row.at != end { faults.append("\(table.title): \(row.field) stands at \(row.at), not at \(end)") }
            end = row.at + row.bytes
        }
        if end != table.size { faults.append("\(table.title): the fields take \(end) bytes, the heading says \(table.size)") }
        return faults
    }

    /// What a table says otherwise than the code, by example: `bytes` were written by the engine and hold `values`.
    static func faults(in table: FormatTable, example bytes: [UInt8], holding values: KeyValuePairs<String, Int64>) -> [String] {
        var faults: [String] = []
        for (field, value) in values where table.number(field, in: bytes) != value {
            let found = table.number(field, in: bytes).map { "\($0)" } ?? "nothing"
            faults.append("\(table.title): \(field) reads \(found) where the engine wrote \(value)")
        }
        let named = Set(values.map(\.key))
        for row in table.rows where !named.contains(row.field) { faults.append("\(table.title): \(row.field) is not compared") }
        return faults
    }
}
