// The subject of a certificate as text, the way Kafka names its owner.

/// Distinguished names after RFC 2253, to the letter as Java's `X500Principal.getName` writes them, because Kafka's
/// access rules hold that text: the last part of the certificate's name first, `CN=ann,OU=Ops,O=Example`.
package enum DistinguishedName {
    /// The attributes that RFC 2253 has words for. All others stand as their number and the hex of their value.
    private static let keywords = [
        "2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU",
        "0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
    ]

    /// The subject of a DER-encoded X.509 certificate; nil for bytes that are none. An empty subject is an empty text.
    package static func subject(ofCertificate der: [UInt8]) -> String? { try? parse(der) }

    private static func parse(_ der: [UInt8]) throws(DERReader.Malformed) -> String {
        var outer = DERReader(der[...])
        var certificate = DERReader(try outer.next(DERReader.sequence).content)
        var fields = DERReader(try certificate.next(DERReader.sequence).content)
        // The version, which version 1 leaves out; then serial number, signature algorithm, issuer, validity.
        if fields.nextTag == 0xa0 { _ = try fields.next() }
        for _ in 0..<4 { _ = try fields.next() }
        return try text(of: try fields.next(DERReader.sequence).content)
    }

    private static func text(of name: ArraySlice<UInt8>) throws(DERReader.Malformed) -> String {
        var parts: [String] = []
        var reader = DERReader(name)
        while !reader.isAtEnd {
            var set = DERReader(try reader.next(DERReader.set).content)
            var attributes: [String] = []
            while !set.isAtEnd { attributes.append(try attribute(try set.next(DERReader.sequence).content)) }
            parts.append(attributes.joined(separator: "+"))
        }
        return parts.reversed().joined(separator: ",")
    }

    private static func attribute(_ content: ArraySlice<UInt8>) throws(DERReader.Malformed) -> String {
        var reader = DERReader(content)
        let type = try DERReader.dotted(try reader.next(DERReader.objectIdentifier).content)
        let value = try reader.next()
        guard let keyword = keywords[type], let text = string(value) else {
            return "\(keywords[type] ?? type)=#\(value.encoding.map(hex).joined())"
        }
        return "\(keyword)=\(escaped(text))"
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return byte < 16 ? "0" + digits : digits
    }

    /// The value as text; nil for types that are none, or bytes that are not of their type.
    private static func string(_ value: DERReader.Element) -> String? {
        switch value.tag {
        case 0x0c, 0x13, 0x16: String(validating: value.content, as: UTF8.self)
        // Teletex strings are Latin 1 in practice.
        case 0x14: String(String.UnicodeScalarView(value.content.map { Unicode.Scalar($0) }))
        case 0x1e: bigEndian16(value.content).flatMap { String(validating: $0, as: UTF16.self) }
        default: nil
        }
    }

    private static func bigEndian16(_ bytes: ArraySlice<UInt8>) -> [UInt16]? {
        guard bytes.count % 2 == 0 else { return nil }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    }

    /// Backslashes before what means something in a name, and before spaces at either end.
    private static func escaped(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        let leading = scalars.prefix { $0 == " " }.count
        let trailing = scalars.reversed().prefix { $0 == " " }.count
        var result = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            if scalar == "\0" {
                result += "\\00".unicodeScalars
                continue
            }
            let isEdge = scalar == " " && (index < leading || index >= scalars.count - trailing)
            if isEdge || ",=+<>#;\"\\".unicodeScalars.contains(scalar) { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }
}
