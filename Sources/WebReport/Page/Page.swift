// The document: head, contents, chapters, data, scripts.
internal import Foundation
internal import Results

struct Page {
    let title: String
    let parts: [ReportPart]
    let library: ChartLibrary
    /// The program that wrote it, with its version.
    let maker: String

    private var charts: [Chart] { parts.flatMap { $0.chapters.flatMap(\.charts) } }

    var html: String {
        let scripts = PageScript.text
        let head: [Markup] = [
            Markup(literal: #"<meta charset="utf-8">"#), policy(scripts), Markup(literal: #"<meta name="viewport" content="width=device-width, initial-scale=1">"#),
            Markup(literal: #"<meta name="color-scheme" content="light dark">"#), Markup(literal: #"<meta name="referrer" content="no-referrer">"#),
            .element("title", [:], "tidemark · \(title)"), .code("style", [:], PageStyle.text),
        ]
        let body: [Markup] = [
            .element("a", ["class": "skip", "href": "#main"], "Skip to the figures"), header, contents,
            .element("main", ["id": "main"], parts.flatMap { [$0.summary ?? .nothing] + $0.chapters.map(\.markup) }), footer,
            .code("script", ["type": "application/json", "id": "report-data"], Embedding.json(ReportData(title: title, maker: maker, charts: charts))),
            .code("script", ["id": "plotly"], library.text), .code("script", [:], scripts),
        ]
        let document = Markup.element("html", ["lang": "en"], [.element("head", [:], head), .element("body", [:], body)])
        return "<!doctype html>\n\(document.text)\n"
    }

    /// Nothing is loaded from anywhere and only these scripts run. plotly.js sets styles of its own, and makes pictures of
    /// its plots by way of data and blob addresses.
    private func policy(_ script: String) -> Markup {
        let allowed = [library.digest, SHA256.hex(script)].map { "'sha256-\(Embedding.base64(hex: $0))'" }.joined(separator: " ")
        let text = "default-src 'none'; script-src \(allowed); style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
        return Markup(literal: #"<meta http-equiv="Content-Security-Policy" content=""#) + Markup(text) + Markup(literal: #"">"#)
    }

    private var header: Markup {
        .element(
            "header", ["class": "top"],
            [
                .element("p", ["class": "brand"], "tidemark"), .element("h1", [:], title),
                .element("noscript", [:], [FigureMarkup.paragraph("Without scripts there are no plots. Every figure is in the tables.", "note")]),
            ])
    }

    private var contents: Markup {
        let items = parts.map { part -> Markup in
            let links = part.chapters.map { Markup.element("li", [:], [.element("a", ["href": "#\($0.id)"], $0.title)]) }
            return (part.heading.map { Markup.element("p", ["class": "part"], $0) } ?? .nothing) + .element("ul", [:], links)
        }
        return .element("nav", ["aria-label": "Contents", "class": "contents"], items)
    }

    private var footer: Markup {
        .element(
            "footer", [:],
            [
                .element("p", [:], "Written by \(maker). Charts by plotly.js (MIT licence, kept in this file). Nothing on this page is loaded from elsewhere."),
                .element("p", [:], [.element("button", ["type": "button", "data-save": "", "data-as": "json"], "↓ All data of this page (JSON)")]),
            ])
    }
}

/// What the page's scripts read, and what one can take away from it.
struct ReportData: Encodable {
    let schema = "tidemark.report.v1"
    let title: String
    let maker: String
    let charts: [Chart]

    private enum CodingKeys: CodingKey { case schema, title, maker, charts }
}

enum Embedding {
    /// JSON that may stand in a script element and in a JavaScript program: no character in it that HTML or an old
    /// JavaScript would take for the end of something.
    static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Charts hold finite numbers and texts: there is nothing to fail.
        let text = String(decoding: try! encoder.encode(value), as: UTF8.self)
        var safe = ""
        safe.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{7f}": safe += "\\u" + String(String(scalar.value + 0x10000, radix: 16).dropFirst())
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }

    /// Hexadecimal digits as a content security policy wants them.
    static func base64(hex: String) -> String {
        let digits = hex.compactMap(\.hexDigitValue)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
        return Data(bytes).base64EncodedString()
    }
}
