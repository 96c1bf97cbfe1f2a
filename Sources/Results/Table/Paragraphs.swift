// Text in lines: wrapped, hanging under a prefix, items side by side.

/// `text` in lines of at most `width` characters, broken at spaces; a longer word stands alone. At least one line.
package func wrapped(_ text: String, width: Int) -> [String] {
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

/// `prefix` and then `text`, wrapped lines starting below the text.
package func hanging(_ prefix: String, _ text: String, _ width: Int) -> [String] {
    let space = String(repeating: " ", count: prefix.count)
    return wrapped(text, width: width - prefix.count).enumerated().map { ($0.offset == 0 ? prefix : space) + $0.element }
}

/// `prefix` and then the items between dots, broken only between items, unless one is longer than a line; no lines for
/// no items.
package func listed(_ prefix: String, _ items: [String], _ width: Int) -> [String] {
    if items.isEmpty { return [] }
    // A no-break space holds an item together while it is wrapped.
    let whole = items.map { $0.count + 2 > width - prefix.count ? $0 : $0.replacing(" ", with: "\u{a0}") }
        .joined(separator: "\u{a0}· ")
    return hanging(prefix.replacing(" ", with: "\u{a0}"), whole, width).map { $0.replacing("\u{a0}", with: " ") }
}

/// The notes of a section.
func notes(_ notes: [String], _ width: Int) -> [String] { notes.flatMap { hanging("  ", $0, width) } }
