// Compressed bytes that other implementations made (Tests/Golden/codecs.py), and the plaintexts both sides make by rule.
import Foundation
import Records
import Testing

/// One line of Tests/Golden/codecs.txt.
struct GoldenCodec: CustomTestStringConvertible, Sendable {
    let codec: CompressionCodec
    let variant: String
    let plaintext: String
    let compressed: [UInt8]

    var testDescription: String { "\(codec) \(variant) \(plaintext)" }
    var plain: [UInt8] { Self.plaintexts[plaintext]! }
    /// Streams behind one another, or without an end mark: cut between two, what is left is whole.
    var mayEndEarly: Bool { ["two", "skippable"].contains(variant) || variant.hasPrefix("xerial") }

    static let plaintexts: [String: [UInt8]] = [
        "empty": [], "byte": [0x54],
        "counted": Array((0..<100).map { "record \($0) of the log; " }.joined().utf8),
        "long": Array((0..<20_000).map { "\($0 / 40) " }.joined().utf8),
    ]

    static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden/codecs.txt")

    static let all: [GoldenCodec] = {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { fatalError("\(file.path) is missing") }
        let codecs = ["gzip": CompressionCodec.gzip, "snappy": .snappy, "lz4": .lz4, "zstd": .zstd]
        return text.split(separator: "\n").map { line in
            let parts = line.split(separator: " ")
            return GoldenCodec(
                codec: codecs[String(parts[0])]!, variant: String(parts[1]), plaintext: String(parts[2]),
                compressed: parts.count < 4 ? [] : bytes(hex: Array(parts[3].utf8)))
        }
    }()

    private static func bytes(hex: [UInt8]) -> [UInt8] {
        func nibble(_ c: UInt8) -> UInt8 { c < 0x60 ? c - 0x30 : c - 0x57 }
        return stride(from: 0, to: hex.count, by: 2).map { nibble(hex[$0]) << 4 | nibble(hex[$0 + 1]) }
    }
}
