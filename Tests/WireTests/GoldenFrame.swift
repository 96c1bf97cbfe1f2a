// The committed frames of Tests/Golden, and what the tests do with one of any kind.
import Bytes
import Foundation
import Testing
import Vocabulary
import Wire

/// What a frame's fields are set to; see Tests/Golden/generate.py.
enum Variant: String {
    case full, empty, small
}

enum Direction: String {
    case request, response
}

/// One line of frames.txt.
struct GoldenFrame: CustomTestStringConvertible {
    let key: APIKey
    let version: Int16
    let direction: Direction
    let variant: Variant
    /// Without the four bytes of length.
    let bytes: [UInt8]

    var testDescription: String { "\(key.name) \(version) \(direction) \(variant)" }

    static let all: [GoldenFrame] = {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Golden/frames.txt")
        let text = try! String(contentsOf: path, encoding: .utf8)
        return text.split(separator: "\n").map(parse)
    }()

    private static func parse(_ line: Substring) -> GoldenFrame {
        let words = line.split(separator: " ")
        let digits = Array(words[4].utf8)
        let bytes = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
        }
        let length = bytes[0..<4].reduce(0) { $0 << 8 | Int($1) }
        precondition(length == bytes.count - 4, "\(line)")
        return GoldenFrame(
            key: APIKey.allCases.first { $0.name == words[0] }!, version: Int16(words[1])!,
            direction: Direction(rawValue: String(words[2]))!, variant: Variant(rawValue: String(words[3]))!,
            bytes: Array(bytes[4...]))
    }

    static func all(_ key: APIKey, _ direction: Direction) -> [GoldenFrame] {
        all.filter { $0.key == key && $0.direction == direction }
    }
}

/// Reads the header of `frame`, which is not kept, and leaves `reader` at the body.
func skipHeader(_ reader: inout ByteReader, of key: APIKey, _ version: Int16, _ direction: Direction) throws(WireError) {
    switch direction {
    case .request: _ = try RequestHeaderView(from: &reader)
    case .response: _ = try ResponseHeader(from: &reader, key: key, version: version)
    }
}

/// Calls `body` with a reader over `bytes`, in memory of exactly their size, so that a sanitizer would see a step too far.
@discardableResult
func reading<Result>(_ bytes: [UInt8], _ body: (inout ByteReader) throws -> Result) rethrows -> Result {
    try bytes.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        return try body(&reader)
    }
}

/// The bytes that `body` writes.
func written(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter(capacity: 16)
    body(&writer)
    return Array(writer.bytes)
}
