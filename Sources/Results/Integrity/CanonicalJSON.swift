// One form for every JSON document that says the same: what a seal is computed over.

/// The canonical form: members of every object sorted by the UTF-8 bytes of their names, no white space outside
/// strings, strings in UTF-8 with only `"`, `\` and what lies below U+0020 escaped (`\b \t \n \f \r`, else `\u00xx` in
/// small digits), numbers as the document writes them.
///
/// RFC 8785 but for the numbers: that form passes them through doubles, and seeds use all 64 bits.
/// In Python: `json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`.
package enum CanonicalJSON {
    /// - Parameter member: a member of the outermost object that is left out.
    /// - Throws: `JSONDamage` for what is no JSON, for a name twice in one object and beyond 64 levels.
    package static func bytes(_ document: [UInt8], leavingOut member: String? = nil) throws(JSONDamage) -> [UInt8] {
        var reader = CanonicalReader(bytes: document, leftOut: member.map { Array($0.utf8) })
        return try reader.document()
    }
}

/// Where a document stops being JSON, in bytes from its start.
package struct JSONDamage: Error, Equatable, CustomStringConvertible {
    package let at: Int
    package let reason: String
    package var description: String { "byte \(at): \(reason)" }
}

private struct CanonicalReader {
    let bytes: [UInt8]
    let leftOut: [UInt8]?
    private var at = 0

    private static let deepest = 64

    init(bytes: [UInt8], leftOut: [UInt8]?) {
        self.bytes = bytes
        self.leftOut = leftOut
    }

    mutating func document() throws(JSONDamage) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        try value(into: &text, depth: 0)
        skipSpace()
        guard at == bytes.count else { throw damage("something follows the document") }
        return text
    }

    private mutating func value(into text: inout [UInt8], depth: Int) throws(JSONDamage) {
        guard depth <= Self.deepest else { throw damage("nested deeper than \(Self.deepest)") }
        skipSpace()
        switch try peek() {
        case UInt8(ascii: "{"): try object(into: &text, depth: depth)
        case UInt8(ascii: "["): try array(into: &text, depth: depth)
        case UInt8(ascii: "\""): Self.write(try string(), into: &text)
        case UInt8(ascii: "t"): try word("true", into: &text)
        case UInt8(ascii: "f"): try word("false", into: &text)
        case UInt8(ascii: "n"): try word("null", into: &text)
        default: try number(into: &text)
        }
    }

    private mutating func object(into text: inout [UInt8], depth: Int) throws(JSONDamage) {
        at += 1
        var members: [(name: [UInt8], text: [UInt8])] = []
        skipSpace()
        var more = try peek() != UInt8(ascii: "}")
        if !more { at += 1 }
        while more {
            skipSpace()
            let name = try string()
            skipSpace()
            try expect(UInt8(ascii: ":"))
            var member: [UInt8] = []
            try value(into: &member, depth: depth + 1)
            if depth > 0 || name != leftOut { members.append((name, member)) }
            more = try another(orEnd: UInt8(ascii: "}"))
        }
        members.sort { $0.name.lexicographicallyPrecedes($1.name) }
        for (one, next) in zip(members, members.dropFirst()) where one.name == next.name {
            throw damage("`\(String(decoding: one.name, as: UTF8.self))` stands twice in one object")
        }
        text.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            Self.write(member.name, into: &text)
            text.append(UInt8(ascii: ":"))
            text += member.text
        }
        text.append(UInt8(ascii: "}"))
    }

    private mutating func array(into text: inout [UInt8], depth: Int) throws(JSONDamage) {
        at += 1
        text.append(UInt8(ascii: "["))
        skipSpace()
        if try peek() == UInt8(ascii: "]") {
            at += 1
        } else {
            try value(into: &text, depth: depth + 1)
            while try another(orEnd: UInt8(ascii: "]")) {
                text.append(UInt8(ascii: ","))
                try value(into: &text, depth: depth + 1)
            }
        }
        text.append(UInt8(ascii: "]"))
    }

    /// Steps over a comma, or over the end.
    private mutating func another(orEnd end: UInt8) throws(JSONDamage) -> Bool {
        skipSpace()
        let byte = try peek()
        guard byte == UInt8(ascii: ",") || byte == end else { throw damage("neither a comma nor an end") }
        at += 1
        return byte == UInt8(ascii: ",")
    }

    private mutating func number(into text: inout [UInt8]) throws(JSONDamage) {
        let start = at
        while at < bytes.count, Self.isNumeric(bytes[at]) { at += 1 }
        guard at > start, Double(String(decoding: bytes[start..<at], as: UTF8.self)) != nil else { throw damage("no value") }
        text += bytes[start..<at]
    }

    private mutating func word(_ word: StaticString, into text: inout [UInt8]) throws(JSONDamage) {
        let letters = Array("\(word)".utf8)
        guard bytes[at...].starts(with: letters) else { throw damage("no value") }
        at += letters.count
        text += letters
    }

    /// The string's own bytes, without escapes.
    private mutating func string() throws(JSONDamage) -> [UInt8] {
        try expect(UInt8(ascii: "\""))
        var content: [UInt8] = []
        while true {
            let byte = try peek()
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return content
            case UInt8(ascii: "\\"): try escape(into: &content)
            case ..<0x20: throw damage("a control character inside a string")
            default: content.append(byte)
            }
        }
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONDamage) {
        let byte = try peek()
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0c)
        case UInt8(ascii: "n"): content.append(0x0a)
        case UInt8(ascii: "r"): content.append(0x0d)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content += Array(String(Character(try scalar())).utf8)
        default: throw damage("an unknown escape")
        }
    }

    /// After `\u`: one unit, or a pair of surrogates.
    private mutating func scalar() throws(JSONDamage) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else { throw damage("half a surrogate pair") }
        at += 2
        let second = try unit()
        guard (0xdc00...0xdfff).contains(second), let scalar = Unicode.Scalar(0x1_0000 + (first - 0xd800) << 10 + (second - 0xdc00)) else {
            throw damage("half a surrogate pair")
        }
        return scalar
    }

    private mutating func unit() throws(JSONDamage) -> UInt32 {
        guard at + 4 <= bytes.count, let unit = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16) else { throw damage("no four digits") }
        at += 4
        return unit
    }

    private static func write(_ content: [UInt8], into text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in content {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case 0x08: text += "\\b".utf8
            case 0x09: text += "\\t".utf8
            case 0x0a: text += "\\n".utf8
            case 0x0c: text += "\\f".utf8
            case 0x0d: text += "\\r".utf8
            case ..<0x20: text += ("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0a || bytes[at] == 0x09 || bytes[at] == 0x0d { at += 1 }
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "E"), UInt8(ascii: "e"): true
        default: false
        }
    }

    private mutating func expect(_ byte: UInt8) throws(JSONDamage) {
        guard try peek() == byte else { throw damage("`\(Character(Unicode.Scalar(byte)))` is missing") }
        at += 1
    }

    private func peek() throws(JSONDamage) -> UInt8 {
        guard at < bytes.count else { throw damage("the document ends too early") }
        return bytes[at]
    }

    private func damage(_ reason: String) -> JSONDamage { JSONDamage(at: at, reason: reason) }
}
