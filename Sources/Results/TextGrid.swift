// Columns of text that line up, and paragraphs that wrap.

/// A small grid of cells. Column widths follow the widest cell.
struct TextGrid {
    enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var rows: [(cells: [String], below: String)] = []
    private let indent = "  "
    private let gap = "  "

    init(_ alignments: [Alignment]) { self.alignments = alignments }

    /// Adds a row, and what stands indented under it. Missing cells at its end are empty.
    mutating func add(_ cells: [String], below: String = "") {
        precondition(cells.count <= alignments.count, "\(cells.count) cells in a grid of \(alignments.count)")
        rows.append((cells + Array(repeating: "", count: alignments.count - cells.count), below))
    }

    /// The lines. Columns that do not fit side by side continue in further grids below, each with the first column
    /// again; a left-aligned last column is wrapped within itself instead, where 20 characters are left for it.
    func lines(width: Int) -> [String] {
        let last = alignments.count - 1
        let widths = (0...last).map { column in rows.map { $0.cells[column].count }.max() ?? 0 }
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
                return line(row.cells, columns, widths, width) + (isLast && !row.below.isEmpty ? hanging(indent + "      ", row.below, width) : [])
            }
        }
    }

    private func line(_ cells: [String], _ columns: [Int], _ widths: [Int], _ width: Int) -> [String] {
        let last = columns[columns.count - 1]
        let head = indent + columns.dropLast().map { padded(cells[$0], to: widths[$0], alignments[$0]) + gap }.joined()
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

/// `text` in lines of at most `width` characters, broken at spaces; a longer word stands alone. At least one line.
func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        if line.isEmpty {
            line = String(word)
        } else if line.count + 1 + word.count <= width {
            line += " " + word
        } else {
            lines.append(line)
            line = String(word)
        }
    }
    return lines + [line]
}
