import Foundation
import Gate
@testable import Results
import Testing

@Suite struct HistoryFileTests {
    @Test func `lines that are cut off, changed, of a newer program or a merge's marks are named by file and line, and nothing is added to them`() throws {
        let good = try (1...4).map { try HistorySample.text(HistorySample.line(night: $0)) }
        let bad = [
            String(good[1].prefix(100)), good[1].replacing("\"ratio\":1", with: "\"ratio\":2"), good[1].replacing("\"version\":1", with: "\"version\":2"),
            "<<<<<<< HEAD", good[1].replacing("\"schema\":\"tidemark.history\"", with: "\"schema\":\"tidemark.run\""), "[]",
            good[1].replacing(/,"sha256":"[0-9a-f]+"/, with: ""),
        ]
        try withHistory([good[0], ""] + bad + [good[2]]) { (file: HistoryFile) throws in
            let before = try Data(contentsOf: URL(filePath: file.path))
            let reading = try file.readWithDamage()
            #expect(reading.lines.map(\.id) == [try HistorySample.line(night: 1).id, try HistorySample.line(night: 3).id])
            #expect(reading.damage.map(\.line) == Array(3...9) && reading.damage.allSatisfy { $0.file == file.path })
            let reasons = [
                "no line of a history", "was changed after it was written", "of schema `tidemark.history 2`; this program reads `tidemark.history 1`",
                "conflict mark", "of schema `tidemark.run 1`", "no line of a history", "it was taken off",
            ]
            for (damage, reason) in zip(reading.damage, reasons) { #expect(damage.reason.contains(reason), "\(damage)") }
            #expect(reading.damage[0].description.hasPrefix("\(file.path):3: "))
            #expect(throws: HistoryError.damaged(reading.damage)) { try file.read() }
            #expect(throws: HistoryError.damaged(reading.damage)) { try file.add(HistorySample.line(night: 4)) }
            #expect(try Data(contentsOf: URL(filePath: file.path)) == before)
            #expect(HistoryError.damaged(reading.damage).exitCode == 5)
        }
    }

    @Test func `sealed lines that make no sense are damage, too`() throws {
        let line = try HistorySample.text(HistorySample.line())
        let sealedAgain = try [
            line.replacing("\"time\":\"2026-11-01T05:00:00Z\"", with: "\"time\":\"yesterday\""), line.replacing("\"ratio\":1", with: "\"ratio\":-1"),
            line.replacing("\"outcome\":\"same\"", with: "\"outcome\":\"splendid\""), line.replacing("\"groups\":20,\"head\"", with: "\"head\""),
        ].map { text in
            #expect(text != line)
            let digest = try Seal.digest(of: Data(text.utf8))
            return text.replacing(/"sha256":"[0-9a-f]+"/, with: "\"sha256\":\"\(digest)\"")
        }
        try withHistory(sealedAgain) { (file: HistoryFile) throws in
            let reading = try file.readWithDamage()
            #expect(reading.lines == [] && reading.damage.map(\.line) == [1, 2, 3, 4])
            for (damage, reason) in zip(reading.damage, ["its time ‘yesterday’", "its ratios are none", "outcome is not", "`groups` is missing"]) {
                #expect(damage.reason.contains(reason), "\(damage)")
            }
        }
    }

    @Test func `two lines of one comparison that say different things are both left out, whichever comes first`() throws {
        let (one, other) = (try HistorySample.line(ratio: 1), try HistorySample.line(ratio: 0.9))
        for lines in [[one, other], [other, one]] {
            try withHistory(lines.map(HistorySample.text)) { (file: HistoryFile) throws in
                let reading = try file.readWithDamage()
                #expect(reading.lines == [] && reading.damage.map(\.line) == [2])
                #expect(reading.damage[0].reason == "says otherwise than line 1 of the same comparison")
            }
        }
        try withHistory([HistorySample.text(one)]) { (file: HistoryFile) throws in
            #expect(throws: HistoryError.self) { try file.add(other) }
            #expect(try file.read().lines == [one])
        }
    }

    @Test func `the order of lines means nothing, a line that stands twice counts once, more groups stand for fewer`() throws {
        let lines = try (1...4).map { try HistorySample.line(night: $0) }
        let pooled = try HistorySample.line(night: 2, ratio: 1.01, groups: 28)
        let expected = [lines[0], pooled, lines[2], lines[3]]
        for order in [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]] {
            try withHistory(order.map { try HistorySample.text(lines[$0]) }) { (file: HistoryFile) throws in
                #expect(try file.add(lines[3]) == .alreadyThere)
                #expect(try file.add(pooled) == .added(points: 4))
                #expect(throws: HistoryError.self) { try file.add(lines[1]) }
                #expect(try file.read().lines == expected)
            }
            try withHistory((order + order).map { try HistorySample.text(lines[$0]) }) { (file: HistoryFile) throws in #expect(try file.read().lines == lines) }
        }
    }

    @Test func `a file that is not there is begun, and a last line without its end gets one`() throws {
        try withHistory { file in
            #expect(try file.read().lines == [])
            #expect(try file.add(HistorySample.line(night: 1)) == .added(points: 1))
            let text = try String(contentsOfFile: file.path, encoding: .utf8)
            try String(text.dropLast()).write(toFile: file.path, atomically: true, encoding: .utf8)
            #expect(try file.add(HistorySample.line(night: 2)) == .added(points: 2))
            #expect(try file.add(HistorySample.line(night: 3, machine: "b")) == .added(points: 1))
            #expect(try file.read().lines.count == 3)
            #expect(try String(contentsOfFile: file.path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).count == 4)
        }
    }

    @Test func `what two branches added merges in git to the lines of both`() throws {
        let lines = try (1...5).map { try HistorySample.line(night: $0) }
        try withHistory { file in
            let folder = URL(filePath: file.path).deletingLastPathComponent()
            func git(_ words: String...) throws {
                let process = Process()
                process.executableURL = URL(filePath: "/usr/bin/env")
                process.arguments = ["git", "-C", folder.path, "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"] + words
                (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
                try process.run()
                process.waitUntilExit()
                #expect(process.terminationStatus == 0, "git \(words.joined(separator: " "))")
            }
            try FileManager.default.copyItem(atPath: repositoryFile(".gitattributes"), toPath: folder.appending(path: ".gitattributes").path)
            try git("init", "--quiet", "--initial-branch=main")
            _ = try file.add(lines[2])
            try git("add", "--all")
            try git("commit", "--quiet", "--message=one")
            try git("checkout", "--quiet", "-b", "other")
            for line in [lines[4], lines[0]] { _ = try file.add(line) }
            try git("commit", "--quiet", "--all", "--message=theirs")
            try git("checkout", "--quiet", "main")
            // One that both sides have.
            for line in [lines[3], lines[1], lines[0]] { _ = try file.add(line) }
            try git("commit", "--quiet", "--all", "--message=ours")
            try git("merge", "--quiet", "--no-edit", "other")
            #expect(try file.read().lines == lines)
        }
    }

    @Test func `another release, machine or profile is a series of its own; a soft difference and other thresholds are not`() throws {
        let lines = try [
            HistorySample.line(night: 1), HistorySample.line(night: 2, soft: "b"), HistorySample.line(night: 3, thresholds: .time),
            HistorySample.line(night: 4, base: String(repeating: "2", count: 40)), HistorySample.line(night: 5, machine: "b"),
            HistorySample.line(night: 6, profile: "question: other"), HistorySample.line(night: 7),
        ]
        let series = HistorySeries.all(of: lines)
        #expect(series.map { $0.lines.map(\.id) } == [[3], [4], [5], [0, 1, 2, 6]].map { $0.map { lines[$0].id } })
        #expect(Set(series.map(\.key)).count == 4 && series.allSatisfy { $0.key.wholeMatch(of: /[0-9a-f]{8}/) != nil })
    }

    @Test func `lines fit the schema, and what breaks it is caught`() throws {
        let record = try HistoryLine(HistorySample.record(ratio: 1.1))
        let lines = try [record, HistorySample.line(), HistorySample.line(verdict: .inconclusive)].map(HistorySample.text)
        #expect(try validated(lines, schema: "history-1") == ["ok", "ok", "ok"])
        let planted = [
            lines[0].replacing("\"version\":1", with: "\"version\":2"), lines[0].replacing("\"groups\":", with: "\"group\":"),
            lines[0].replacing("\"outcome\":\"regression\"", with: "\"outcome\":\"invalid\""), lines[0].replacing(/"ratio":[0-9.]+/, with: "\"ratio\":0"),
            lines[0].replacing("\"sha256\":\"", with: "\"sha256\":\"x"), lines[0].replacing("\"hard\":", with: "\"host\":\"h\",\"hard\":"),
        ]
        #expect(planted.allSatisfy { $0 != lines[0] })
        #expect(try validated(planted, schema: "history-1").allSatisfy { $0 != "ok" })
    }
}
