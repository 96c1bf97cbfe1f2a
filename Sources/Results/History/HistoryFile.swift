// The file of a history: lines added at its end, read in any order.
internal import Foundation

/// Text, one `HistoryLine` a line. Two branches that each added lines merge by keeping all of them (`merge=union` in
/// `.gitattributes`): what is read is sorted by time, and a line that stands twice counts once.
package struct HistoryFile: Sendable {
    package static let defaultPath = "Results/history.jsonl"

    package let path: String

    package init(path: String) { self.path = path }

    /// What `add` did.
    package enum Addition: Equatable, Sendable {
        /// - Parameter points: of the series, this one included.
        case added(points: Int)
        case alreadyThere
    }

    /// - Throws: `.damaged` with every line that cannot be used.
    package func read() throws(HistoryError) -> HistoryReading {
        let reading = try readWithDamage()
        guard reading.damage.isEmpty else { throw .damaged(reading.damage) }
        return reading
    }

    /// What can be used, with the damage beside it. A file that is not there yet is empty.
    ///
    /// - Throws: `.missing` for a file that cannot be read.
    package func readWithDamage() throws(HistoryError) -> HistoryReading {
        guard FileManager.default.fileExists(atPath: path) else { return HistoryReading(Data(), file: path) }
        guard let data = FileManager.default.contents(atPath: path) else { throw .missing("\(path) cannot be read") }
        return HistoryReading(data, file: path)
    }

    /// Adds a line. More groups of a comparison that is there already (a later attempt pools with the first) are a line of
    /// their own, which stands for both.
    ///
    /// - Throws: `.damaged`, `.superseded`, and `ResultError.system` where the file cannot be written.
    package func add(_ line: HistoryLine) throws -> Addition {
        let reading = try read()
        if let earlier = reading.lines.first(where: { $0.id == line.id }) {
            if earlier.sha256 == line.sha256 { return .alreadyThere }
            guard earlier.groups < line.groups else {
                throw HistoryError.superseded(
                    id: line.id, reason: "\(path) holds this comparison with \(earlier.groups) groups, other content than these \(line.groups)")
            }
        }
        var text = try line.encoded() + Data("\n".utf8)
        // Behind a last line without its end.
        if let last = FileManager.default.contents(atPath: path)?.last, last != UInt8(ascii: "\n") { text = Data("\n".utf8) + text }
        try FileManager.default.createDirectory(at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try DurableAppend.append(text, to: path)
        let others = reading.lines.count { $0.seriesKey == line.seriesKey && $0.id != line.id }
        return .added(points: others + 1)
    }
}

/// What a file holds.
package struct HistoryReading: Equatable, Sendable {
    /// Oldest first, one for each comparison.
    package let lines: [HistoryLine]
    /// In the file's order.
    package let damage: [HistoryDamage]

    init(_ data: Data, file: String) {
        var found: [String: [(number: Int, line: HistoryLine)]] = [:]
        var damage: [HistoryDamage] = []
        for (index, text) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if text.allSatisfy({ $0 <= 0x20 }) { continue }
            do {
                let line = try Self.line(Data(text))
                found[line.id, default: []].append((index + 1, line))
            } catch {
                damage.append(HistoryDamage(file: file, line: index + 1, reason: error.reason))
            }
        }
        var lines: [HistoryLine] = []
        for same in found.values {
            let most = same.map { $0.line.groups }.max()!
            let standing = same.filter { $0.line.groups == most }
            // Which of them is right cannot be known, and must not depend on their order.
            if let other = standing.first(where: { $0.line.sha256 != standing[0].line.sha256 }) {
                damage.append(
                    HistoryDamage(file: file, line: other.number, reason: "says otherwise than line \(standing[0].number) of the same comparison"))
            } else {
                lines.append(standing[0].line)
            }
        }
        self.lines = lines.sorted { ($0.time, $0.id) < ($1.time, $1.id) }
        self.damage = damage.sorted { $0.line < $1.line }
    }

    private struct Unusable: Error { let reason: String }

    private static func line(_ text: Data) throws(Unusable) -> HistoryLine {
        struct Header: Decodable {
            let schema: String
            let version: Int
            let sha256: String?
        }
        guard let header = try? JSONDecoder().decode(Header.self, from: text) else {
            let isMark = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].contains { text.starts(with: Data($0.utf8)) }
            throw Unusable(reason: isMark ? "a merge left its conflict mark: keep the lines of both sides" : "is no line of a history")
        }
        guard header.schema == HistoryLine.schemaName, header.version == HistoryLine.schemaVersion else {
            throw Unusable(
                reason: "is of schema `\(header.schema) \(header.version)`; this program reads `\(HistoryLine.schemaName) \(HistoryLine.schemaVersion)`")
        }
        if case .broken(let reason) = Seal.check(text, stated: header.sha256) {
            throw Unusable(reason: "was changed after it was written: \(reason)")
        }
        let line: HistoryLine
        do { line = try JSONDecoder().decode(HistoryLine.self, from: text) } catch let error as DecodingError {
            throw Unusable(reason: RecordCoding.readable(error))
        } catch {
            throw Unusable(reason: "\(error)")
        }
        guard (try? Date(line.time, strategy: .iso8601)) != nil, line.time.hasSuffix("Z") else {
            throw Unusable(reason: "its time ‘\(line.time)’ is none")
        }
        guard line.metrics.allSatisfy({ $0.ratio > 0 && $0.ratio.isFinite }), Set(line.metrics.map(\.name)).count == line.metrics.count else {
            throw Unusable(reason: "its ratios are none")
        }
        return line
    }
}
