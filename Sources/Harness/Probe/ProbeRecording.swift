// A probe's file, read back.
internal import Foundation
internal import Measurement

/// What a probe recorded, as far as it was asked for.
package struct ProbeRecording: Sendable {
    package let header: ProbeHeader
    /// In the order of time.
    package let lines: [ProbeLine]

    /// No line that a probe writes is longer.
    static let longestLine = 4 << 20
    private static let chunk = 1 << 20

    /// Reads a file bit by bit, so that memory grows with what is kept. A last line without its end was being written when the
    /// probe was killed, or is being written now: it is left out.
    ///
    /// - Parameter isWanted: which lines are kept.
    /// - Throws: `ProbeError`.
    package static func read(path: String, keeping isWanted: (ProbeLine) -> Bool = { _ in true }) throws(ProbeError) -> ProbeRecording {
        var header: ProbeHeader?
        var kept: [ProbeLine] = []
        var last: UInt64 = 0
        try eachLine(of: path) { (text, number) throws(ProbeError) in
            guard header != nil else {
                header = try Self.header(text, path)
                return true
            }
            let line: ProbeLine
            do { line = try JSONDecoder().decode(ProbeLine.self, from: text) } catch {
                throw ProbeError.damaged(path: path, line: number, reason: "it is no reading of a probe")
            }
            guard line.process.time > last else {
                throw ProbeError.damaged(path: path, line: number, reason: "its time is not behind the one before")
            }
            last = line.process.time
            if isWanted(line) { kept.append(line) }
            return true
        }
        guard let header else { throw .noProbe(path: path, reason: "it is empty") }
        return ProbeRecording(header: header, lines: kept)
    }

    /// The first line alone: whether there is a probe, and where.
    ///
    /// - Throws: `ProbeError`.
    package static func header(of path: String) throws(ProbeError) -> ProbeHeader {
        var found: ProbeHeader?
        try eachLine(of: path) { (text, _) throws(ProbeError) in
            found = try header(text, path)
            return false
        }
        guard let found else { throw .noProbe(path: path, reason: "it is empty") }
        return found
    }

    private static func header(_ text: Data, _ path: String) throws(ProbeError) -> ProbeHeader {
        struct Name: Decodable {
            let schema: String
            let version: Int
        }
        guard let name = try? JSONDecoder().decode(Name.self, from: text) else { throw .noProbe(path: path, reason: "its first line names no schema") }
        guard name.schema == ProbeHeader.schemaName, name.version == ProbeHeader.schemaVersion else {
            throw .otherVersion(path: path, found: "\(name.schema) \(name.version)")
        }
        do { return try JSONDecoder().decode(ProbeHeader.self, from: text) } catch { throw .damaged(path: path, line: 1, reason: "it is no header of a probe") }
    }

    /// - Parameter body: gets each whole line with its number, from 1; false ends the reading.
    private static func eachLine(of path: String, _ body: (Data, Int) throws(ProbeError) -> Bool) throws(ProbeError) {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw .system(call: "open", path: path, reason: "it is not there or may not be read; start `tidemark probe` first, on the broker's host")
        }
        defer { try? file.close() }
        var rest = Data()
        var number = 0
        while true {
            let more: Data?
            do { more = try file.read(upToCount: chunk) } catch { throw .system(call: "read", path: path, reason: error.localizedDescription) }
            guard let more, !more.isEmpty else { return }
            rest.append(more)
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                number += 1
                guard try body(Data(rest[start..<end]), number) else { return }
                start = rest.index(after: end)
            }
            rest = Data(rest[start...])
            guard rest.count <= longestLine else { throw .damaged(path: path, line: number + 1, reason: "it is longer than any line of a probe") }
        }
    }
}
