// Lines of a terminal that are written over in place.
internal import CLinux
internal import Glibc

/// The text that rewrites a block of lines, which stays the last thing on the terminal.
///
/// Each frame is one write: it goes up to where the last one began, writes over every line and clears only what is left of it, so
/// that nothing flickers. The cursor is hidden by the frame and shown by its end: whatever becomes of this program, it is visible.
struct TerminalBlock {
    /// Lines of the last frame; the cursor stands behind the last of them.
    private(set) var height = 0

    private static let hide = "\u{1b}[?25l", show = "\u{1b}[?25h", clearLine = "\u{1b}[K", clearBelow = "\u{1b}[J"

    /// - Parameter lines: at least one; none wider than the terminal.
    mutating func frame(_ lines: [String]) -> String {
        defer { height = lines.count }
        return Self.hide + start + lines.map { $0 + Self.clearLine }.joined(separator: "\n") + Self.clearBelow + Self.show
    }

    /// Takes the block away; the cursor stands where it began.
    mutating func erase() -> String {
        guard height > 0 else { return "" }
        defer { height = 0 }
        return Self.hide + start + Self.clearBelow + Self.show
    }

    private var start: String { "\r" + (height > 1 ? "\u{1b}[\(height - 1)A" : "") }
}

/// Standard error as a terminal.
enum Terminal {
    /// Whether a screen can be shown there: a terminal that moves its cursor when it is told to.
    static var isScreen: Bool { isatty(2) == 1 && !["", "dumb"].contains(getenv("TERM").map { String(cString: $0) } ?? "") }

    /// Columns and rows; 80 and 24 where it does not say.
    static var size: (columns: Int, rows: Int) {
        var columns: UInt16 = 0
        var rows: UInt16 = 0
        guard clinux_terminal_size(2, &columns, &rows) == 0, columns > 0, rows > 0 else { return (80, 24) }
        return (Int(columns), Int(rows))
    }
}
