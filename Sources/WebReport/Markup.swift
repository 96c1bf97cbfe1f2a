// HTML as a value that no name from a result can break out of.

/// A piece of HTML. Text becomes part of it escaped; only literals of this program's source are taken as they are.
struct Markup: Sendable, Equatable {
    private(set) var text: String

    static let nothing = Markup("")

    /// Text of anybody's, escaped.
    init(_ anything: String) { text = Self.escaped(anything) }

    /// Written in this program.
    init(literal: StaticString) { text = literal.description }

    private init(whole: String) { text = whole }

    /// `<name attribute="value">children</name>`.
    static func element(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ children: [Markup]) -> Markup {
        let opened = attributes.map { " \($0.key)=\"\(escaped($0.value))\"" }.joined()
        return Markup(whole: "<\(name)\(opened)>\(children.map(\.text).joined())</\(name)>")
    }

    static func element(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ text: String) -> Markup {
        element(name, attributes, [Markup(text)])
    }

    /// JavaScript or CSS, which HTML's escapes mean nothing to.
    ///
    /// - Precondition: nothing in `code` ends the element early.
    static func code(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:], _ code: String) -> Markup {
        precondition(!endsEarly(code), "code that would end its own <\(name)>")
        let opened = attributes.map { " \($0.key)=\"\(escaped($0.value))\"" }.joined()
        return Markup(whole: "<\(name)\(opened)>\(code)</\(name)>")
    }

    /// Whether an HTML parser would end a script or a style at something in `code`, or take its end for that of one within it.
    static func endsEarly(_ code: String) -> Bool {
        var (comment, opening) = (false, false)
        var rest = Array(code.utf8)[...]
        while let mark = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[(mark + 1)...]
            let next = rest.prefix(7).map { $0 | 0x20 }
            if next.elementsEqual("/script".utf8) || next.prefix(6).elementsEqual("/style".utf8) { return true }
            if next.prefix(6).elementsEqual("script".utf8) { opening = true }
            if rest.starts(with: "!--".utf8) { comment = true }
        }
        return comment && opening
    }

    static func + (left: Markup, right: Markup) -> Markup { Markup(whole: left.text + right.text) }

    static func joined(_ parts: [Markup]) -> Markup { Markup(whole: parts.map(\.text).joined()) }

    /// Safe between tags and inside quoted attributes.
    static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // A parser would make something else of these, or nothing.
            case "\0", "\r": result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
