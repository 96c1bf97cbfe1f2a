// How a record becomes bytes: sorted keys, so that two results can be compared line by line.
internal import Foundation

enum RecordCoding {
    static func data(_ record: RunRecord) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return numberArraysOnOneLine(try encoder.encode(record))
    }

    /// With its seal, which any change of the document breaks.
    static func sealed(_ record: RunRecord) throws -> Data {
        var record = record
        record.sha256 = nil
        record.sha256 = try Seal.digest(of: data(record))
        return try data(record)
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

    /// The record in its present shape, the version it was written in, and what its seal says. A broken seal is not thrown:
    /// whoever lists results wants to see them.
    static func record(_ data: Data, at path: String) throws -> (record: RunRecord, version: Int, seal: Seal) {
        struct Header: Decodable {
            let schema: String
            let version: Int
            let complete: Bool
            let sha256: String?
        }
        do {
            let header = try JSONDecoder().decode(Header.self, from: data)
            guard header.schema == RunRecord.schemaName, (RecordMigration.oldest...RunRecord.schemaVersion).contains(header.version) else {
                throw ResultError.otherSchema(path: path, found: "\(header.schema) \(header.version)")
            }
            var record = try JSONDecoder().decode(RunRecord.self, from: data)
            RecordMigration.migrate(&record, from: header.version)
            let seal = Seal.check(data, version: header.version, complete: header.complete, stated: header.sha256)
            return (record, header.version, seal)
        } catch let error as DecodingError {
            throw ResultError.unreadable(path: path, reason: readable(error))
        }
    }

    /// Foundation's own words repeat whole documents.
    static func readable(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String { context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: "/") }
        return switch error {
        case .keyNotFound(let key, let context): "`\(key.stringValue)` is missing\(context.codingPath.isEmpty ? "" : " in \(place(context))")"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(place(context)) is not what it should be"
        case .dataCorrupted(let context): context.codingPath.isEmpty ? "it is no JSON document" : "\(place(context)) is not what it should be"
        @unknown default: "\(error)"
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
    /// The seal does not fit the content.
    case tampered(path: String, reason: String)
    /// Nothing is stored under that name, or more than one result is.
    case notFound(name: String, reason: String)
    case system(call: String, path: String, reason: String)

    package var description: String {
        switch self {
        case .otherSchema(let path, let found):
            "\(path) is of schema `\(found)`; this program reads `\(RunRecord.schemaName) \(RecordMigration.oldest)` to `\(RunRecord.schemaVersion)`"
        case .unreadable(let path, let reason): "\(path) cannot be read as a run record: \(reason)"
        case .tampered(let path, let reason): "\(path) was changed after it was written: \(reason)"
        case .notFound(let name, let reason): "no result `\(name)`: \(reason)"
        case .system(let call, let path, let reason): "\(call) \(path): \(reason)"
        }
    }
}
