// ASN.1 in its distinguished encoding, as far as certificates use it.

/// Reads elements of a run of DER bytes in order.
struct DERReader {
    struct Element {
        let tag: UInt8
        let content: ArraySlice<UInt8>
        /// Tag and length included.
        let encoding: ArraySlice<UInt8>
    }

    /// The bytes are not DER, or not what was expected there.
    struct Malformed: Error {}

    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31
    static let objectIdentifier: UInt8 = 0x06

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }
    var nextTag: UInt8? { rest.first }

    mutating func next() throws(Malformed) -> Element {
        let start = rest.startIndex
        guard rest.count >= 2 else { throw Malformed() }
        let tag = rest[start]
        // Tags above 30 take more bytes; certificates have none.
        guard tag & 0x1f != 0x1f else { throw Malformed() }
        var length = Int(rest[start + 1])
        var position = start + 2
        if length >= 0x80 {
            let bytes = length & 0x7f
            guard (1...4).contains(bytes), rest.endIndex - position >= bytes else { throw Malformed() }
            length = 0
            for _ in 0..<bytes {
                length = length << 8 | Int(rest[position])
                position += 1
            }
        }
        guard length <= rest.endIndex - position else { throw Malformed() }
        let end = position + length
        let element = Element(tag: tag, content: rest[position..<end], encoding: rest[start..<end])
        rest = rest[end...]
        return element
    }

    mutating func next(_ tag: UInt8) throws(Malformed) -> Element {
        let element = try next()
        guard element.tag == tag else { throw Malformed() }
        return element
    }

    /// `2.5.4.3` of an object identifier's content.
    static func dotted(_ content: ArraySlice<UInt8>) throws(Malformed) -> String {
        var arcs: [UInt64] = []
        var arc: UInt64 = 0
        for byte in content {
            guard arc < 1 << 56 else { throw Malformed() }
            arc = arc << 7 | UInt64(byte & 0x7f)
            if byte < 0x80 {
                arcs.append(arc)
                arc = 0
            }
        }
        guard let first = arcs.first, content.last.map({ $0 < 0x80 }) == true else { throw Malformed() }
        let root = min(first / 40, 2)
        return ([root, first - root * 40] + arcs.dropFirst()).map { "\($0)" }.joined(separator: ".")
    }
}
