// How a record becomes bytes: sorted keys, so that two results can be compared line by line.
internal import Foundation

enum RecordCoding {
    static func data(_ record: RunRecord) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return numberArraysOnOneLine(try encoder.encode(record))
    }

    /// A histogram has thousands of buckets; a line for each would bury the rest of the document.
    static func numberArraysOnOneLine(_ document: Data) -> Data {
        var result = Data(capacity: document.count)
        let bytes = [UInt8](document)
        var (index, inString) = (0, false)
        while index < bytes.count {
            let byte = bytes[index]
            result.append(byte)
            index += 1
            if inString {
                if byte == UInt8(ascii: "\\"), index < bytes.count {
                    result.append(bytes[index])
                    index += 1
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            } else if byte == UInt8(ascii: "["), let first = bytes[index...].first(where: { $0 > 0x20 }),
                first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
            {
                while bytes[index] != UInt8(ascii: "]") {
                    if bytes[index] > 0x20 { result.append(bytes[index]) }
                    index += 1
                }
            }
        }
        return result
    }

    /// One line with its newline.
    static func line(_ line: SeriesLine) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(line) + Data("\n".utf8)
    }

    static func record(_ data: Data, at path: String) throws -> RunRecord {
        struct Header: Decodable {
            let schema: String
            let version: Int
        }
        do {
            let header = try JSONDecoder().decode(Header.self, from: data)
            guard header.schema == RunRecord.schemaName, header.version == RunRecord.schemaVersion else {
                throw ResultError.otherSchema(path: path, found: "\(header.schema) \(header.version)")
            }
            return try JSONDecoder().decode(RunRecord.self, from: data)
        } catch let error as DecodingError {
            throw ResultError.unreadable(path: path, reason: "\(error)")
        }
    }

    /// The lines of a series file. A last line that was cut off by the writer's death is left out.
    static func lines(_ data: Data) -> [SeriesLine] {
        data.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONDecoder().decode(SeriesLine.self, from: $0) }
    }
}

/// Why a result could not be read or written.
package enum ResultError: Error, Equatable, CustomStringConvertible {
    case otherSchema(path: String, found: String)
    case unreadable(path: String, reason: String)
    case system(call: String, path: String, reason: String)

    package var description: String {
        switch self {
        case .otherSchema(let path, let found):
            "\(path) is of schema `\(found)`; this program reads `\(RunRecord.schemaName) \(RunRecord.schemaVersion)`"
        case .unreadable(let path, let reason): "\(path) cannot be read as a run record: \(reason)"
        case .system(let call, let path, let reason): "\(call) \(path): \(reason)"
        }
    }
}
