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

/// One line of a file of frames in Tests/Golden: words, the last of them a frame.
struct FrameLine {
    /// But for the frame.
    let words: [String]
    /// Without the four bytes of length.
    let bytes: [UInt8]

    static func all(of file: String) -> [FrameLine] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Golden/\(file)")
        return try! String(contentsOf: path, encoding: .utf8).split(separator: "\n").map(FrameLine.init)
    }

    private init(_ line: Substring) {
        let fields = line.split(separator: " ")
        let digits = Array(fields.last!.utf8)
        let frame = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
        }
        let length = frame[0..<4].reduce(0) { $0 << 8 | Int($1) }
        precondition(length == frame.count - 4, "\(line)")
        words = fields.dropLast().map(String.init)
        bytes = Array(frame[4...])
    }
}

extension APIKey {
    static func named(_ name: String) -> APIKey { allCases.first { $0.name == name }! }
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

    static let all: [GoldenFrame] = FrameLine.all(of: "frames.txt").map { line in
        GoldenFrame(
            key: APIKey.named(line.words[0]), version: Int16(line.words[1])!,
            direction: Direction(rawValue: line.words[2])!, variant: Variant(rawValue: line.words[3])!, bytes: line.bytes)
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

/// Goes through every topic and partition of a produce or fetch frame as the hot path does; other frames are left alone.
func walkInPlace(_ bytes: [UInt8], of key: APIKey, _ version: Int16, _ direction: Direction) throws {
    try reading(bytes) { reader in
        try skipHeader(&reader, of: key, version, direction)
        let body = reader.position
        switch (key, direction) {
        case (.produce, .request):
            _ = try ProduceRequestView(frame: reader.bytes, bodyPosition: body, version: version).check()
        case (.fetch, .request):
            _ = try FetchRequestView(frame: reader.bytes, bodyPosition: body, version: version).check()
        case (.produce, .response):
            var view = try ProduceResponseView(frame: reader.bytes, bodyPosition: body, version: version)
            _ = try view.finish()
        case (.fetch, .response):
            var view = try FetchResponseView(frame: reader.bytes, bodyPosition: body, version: version)
            try view.finish()
        default: break
        }
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
