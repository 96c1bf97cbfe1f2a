// Columns of text that line up.

/// A small grid of cells. Column widths follow the widest cell.
package struct TextGrid {
    package enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var rows: [Row] = []
    private let indent = "  "
    private let gap = "  "

    private struct Row {
        let cells: [String]
        var below = ""
        /// A heading stands out to the left by the indent.
        var isHead = false
    }

    package init(_ alignments: [Alignment]) { self.alignments = alignments }

    /// Adds a row, and what stands indented under it. Missing cells at its end are empty.
    package mutating func add(_ cells: [String], below: String = "") { rows.append(Row(cells: filled(cells), below: below)) }

    /// Adds the names of the columns, with the title of the grid above the first one.
    package mutating func addHead(_ title: String, _ columns: [String]) { rows.append(Row(cells: filled([title] + columns), isHead: true)) }

    private func filled(_ cells: [String]) -> [String] {
        precondition(cells.count <= alignments.count, "\(cells.count) cells in a grid of \(alignments.count)")
        return cells + Array(repeating: "", count: alignments.count - cells.count)
    }

    /// The lines. Columns that do not fit side by side continue in further grids below, each with the first column
    /// again; a left-aligned last column is wrapped within itself instead, where 20 characters are left for it.
    package func lines(width: Int) -> [String] {
        let last = alignments.count - 1
        let widths = (0...last).map { column in
            rows.map { $0.cells[column].count - ($0.isHead && column == 0 ? indent.count : 0) }.max() ?? 0
        }
        let wraps = alignments[last] == .left && last > 0
        var blocks = [[0]]
        var used = indent.count + widths[0]
        for column in (0...last).dropFirst() {
            let needed = gap.count + (wraps && column == last ? min(widths[column], 20) : widths[column])
            if used + needed > width, blocks[blocks.count - 1].count > 1 {
                blocks.append([0])
                used = indent.count + widths[0]
            }
            blocks[blocks.count - 1].append(column)
            used += needed
        }
        return blocks.enumerated().flatMap { index, columns in
            rows.flatMap { row -> [String] in
                // A row with nothing to say in this block would only repeat its name.
                guard index == 0 || columns.dropFirst().contains(where: { !row.cells[$0].isEmpty }) else { return [] }
                let isLast = index == blocks.count - 1
                return line(row, columns, widths, width) + (isLast && !row.below.isEmpty ? hanging(indent + "      ", row.below, width) : [])
            }
        }
    }

    private func line(_ row: Row, _ columns: [Int], _ widths: [Int], _ width: Int) -> [String] {
        let last = columns[columns.count - 1]
        let cells = row.cells
        let first = row.isHead ? padded(cells[0], to: indent.count + widths[0], .left) : indent + padded(cells[0], to: widths[0], alignments[0])
        guard columns.count > 1 else { return [trimmedEnd(first)] }
        let head = ([first] + columns.dropFirst().dropLast().map { padded(cells[$0], to: widths[$0], alignments[$0]) }).joined(separator: gap) + gap
        if alignments[last] == .right || head.count + cells[last].count <= width {
            return [trimmedEnd(head + padded(cells[last], to: widths[last], alignments[last]))]
        }
        let pieces = wrapped(cells[last], width: max(20, width - head.count))
        return [head + pieces[0]] + pieces.dropFirst().map { String(repeating: " ", count: head.count) + $0 }
    }

    private func padded(_ text: String, to width: Int, _ alignment: Alignment) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return alignment == .left ? text + space : space + text
    }

    private func trimmedEnd(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line.removeLast() }
        return String(line)
    }
}
