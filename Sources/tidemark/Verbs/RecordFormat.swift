// How `tidemark cat` writes a record: a text with escapes and fields, or a JSON object a line.
internal import ArgumentParser
internal import Client

/// Writes records, one behind the other.
enum RecordFormat: Equatable {
    /// What stands between fields is written as it is.
    case pieces([Piece])
    case json

    enum Piece: Equatable {
        case text([UInt8])
        case field(Field)
    }

    /// By the letter that names it behind a `%`, as kcat's.
    enum Field: Character, CaseIterable {
        case topic = "t"
        case partition = "p"
        case offset = "o"
        /// Milliseconds since 1970.
        case timestamp = "T"
        case key = "k"
        /// Bytes, -1 for null.
        case keyLength = "K"
        case value = "s"
        case valueLength = "S"
        /// `name=value,…`
        case headers = "h"
    }

    static let explained =
        "%t topic, %p partition, %o offset, %T time in ms, %k key, %s value, %K %S their bytes, %h headers; \\n \\t \\r \\0 \\\\ \\xHH; or `json`: one object a line"

    init(_ text: String) throws {
        guard text != "json" else {
            self = .json
            return
        }
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        var rest = text[...]
        while let character = rest.popFirst() {
            switch character {
            case "\\": literal.append(try Self.escape(&rest))
            case "%":
                guard let letter = rest.popFirst() else { throw ValidationError("--format ends in a single %; %% writes one") }
                if letter == "%" {
                    literal.append(UInt8(ascii: "%"))
                } else {
                    guard let field = Field(rawValue: letter) else {
                        throw ValidationError("--format knows no %\(letter); it knows \(Field.allCases.map { "%\($0.rawValue)" }.joined(separator: " ")) and %%")
                    }
                    if !literal.isEmpty { pieces.append(.text(literal)) }
                    literal = []
                    pieces.append(.field(field))
                }
            default: literal += Array(String(character).utf8)
            }
        }
        if !literal.isEmpty { pieces.append(.text(literal)) }
        self = .pieces(pieces)
    }

    private static func escape(_ rest: inout Substring) throws -> UInt8 {
        switch rest.popFirst() {
        case "n": return 10
        case "t": return 9
        case "r": return 13
        case "0": return 0
        case "\\": return UInt8(ascii: "\\")
        case "x":
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy(\.isHexDigit), let byte = UInt8(digits, radix: 16) else {
                throw ValidationError("--format: \\x needs two hexadecimal digits, not ‘\(digits)’")
            }
            rest = rest.dropFirst(2)
            return byte
        case let other?: throw ValidationError("--format knows no \\\(other); it knows \\n \\t \\r \\0 \\\\ \\xHH")
        case nil: throw ValidationError("--format ends in a single \\")
        }
    }

    func write(_ record: TopicRecord, topic: String, into output: inout [UInt8]) {
        switch self {
        case .json: RecordJSON.write(record, topic: topic, into: &output)
        case .pieces(let pieces):
            for piece in pieces {
                switch piece {
                case .text(let bytes): output += bytes
                case .field(let field): Self.write(field, of: record, topic: topic, into: &output)
                }
            }
        }
    }

    private static func write(_ field: Field, of record: TopicRecord, topic: String, into output: inout [UInt8]) {
        switch field {
        case .topic: output += topic.utf8
        case .partition: output += "\(record.partition)".utf8
        case .offset: output += "\(record.offset)".utf8
        case .timestamp: output += "\(record.timestampMilliseconds)".utf8
        case .key: if let key = record.key { output += key }
        case .keyLength: output += "\(record.key?.count ?? -1)".utf8
        case .value: if let value = record.value { output += value }
        case .valueLength: output += "\(record.value?.count ?? -1)".utf8
        case .headers:
            var isFirst = true
            record.forEachHeader { name, value in
                if !isFirst { output.append(UInt8(ascii: ",")) }
                isFirst = false
                output += name
                output.append(UInt8(ascii: "="))
                if let value { output += value }
            }
        }
    }
}
