import Foundation
import Measurement
@testable import Results
import Testing

/// A store in a fresh directory, removed at the end.
private func withStore(_ body: (ResultStore) throws -> Void) throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
    defer { try? FileManager.default.removeItem(at: root) }
    try body(ResultStore(root: root))
}

private func second(_ n: Int) -> SeriesLine {
    SeriesLine(phase: "steady", kind: "steady", second: SecondRecord(second: n, records: UInt64(n) * 10, bytes: 7))
}

@Suite struct RunWriterTests {
    @Test func `a harness killed in its first second leaves a readable, incomplete record`() throws {
        try withStore { store in
            let writer = try RunWriter(store: store, record: Sample.start())
            let found = try store.load(writer.directory)
            #expect(!found.complete)
            #expect(found.verdict == nil)
            #expect(store.list().map(\.lastPathComponent) == ["2026-11-23-quickstart-7f3a9c"])
        }
    }

    @Test func `what is added to a finished result replaces it, under a seal of its own`() throws {
        try withStore { store in
            let writer = try RunWriter(store: store, record: Sample.finished())
            try writer.finish(Sample.finished())
            let before = try store.read(writer.directory)
            var record = before.record
            record.notes.append("a note that was added")
            try store.replace(record, in: writer.directory)
            let after = try store.read(writer.directory)
            #expect(after.seal == .intact && after.record.notes.last == "a note that was added" && after.record.sha256 != before.record.sha256)
            #expect(try FileManager.default.contentsOfDirectory(atPath: writer.directory.path) == ["run.json"])
        }
    }

    @Test func `whatever byte of a second was the last, every second before it is read`() throws {
        try withStore { store in
            let writer = try RunWriter(store: store, record: Sample.start())
            for n in 0..<3 { try writer.append(second(n)) }
            let series = writer.directory.appendingPathComponent("series.ndjson")
            let whole = try Data(contentsOf: series)
            let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }
            for length in stride(from: whole.count, through: 0, by: -1) {
                try whole.prefix(length).write(to: series)
                let found = try store.load(writer.directory).phases.first?.series.map(\.second) ?? []
                // A line is whole with its closing brace, its newline may be missing.
                #expect(found == Array(0..<ends.count { $0 <= length }), "cut at \(length)")
            }
        }
    }

    @Test func `seconds of the phase under way are added to what run json holds, each once`() throws {
        try withStore { store in
            var record = Sample.start()
            let writer = try RunWriter(store: store, record: record)
            for n in 0..<2 { try writer.append(second(n)) }
            record.phases = [Sample.steadyPhase()]
            try writer.update(record)
            for n in 1..<4 { try writer.append(second(n)) }
            try writer.append(SeriesLine(phase: "cool-down", kind: "cool-down", second: SecondRecord(second: 0, records: 1, bytes: 1)))
            let found = try store.load(writer.directory)
            #expect(found.phases.map(\.name) == ["steady", "cool-down"])
            #expect(found.phases[0].series.map(\.second) == [0, 1, 2, 3])
            #expect(found.phases[0].series[0].records == 5_000)
            #expect(found.phases.map(\.complete) == [true, false])
        }
    }

    @Test func `a reader never sees a torn document while it is replaced`() throws {
        try withStore { store in
            let record = Sample.finished()
            let writer = try RunWriter(store: store, record: record)
            let directory = writer.directory
            let reader = Thread { while !Thread.current.isCancelled { #expect(throws: Never.self) { try store.load(directory) } } }
            reader.start()
            for _ in 0..<10 { try writer.update(record) }
            reader.cancel()
            while !reader.isFinished { usleep(1_000) }
        }
    }

    @Test func `what is finished is complete, has an end and a verdict, and needs no second file`() throws {
        try withStore { store in
            let writer = try RunWriter(store: store, record: Sample.start())
            try writer.append(second(0))
            var record = Sample.finished()
            record.verdict = nil
            let place = try writer.finish(record)
            #expect(place.lastPathComponent == "run.json")
            let found = try store.load(writer.directory)
            #expect(found.complete)
            #expect(found.identity.endedAt?.hasSuffix("Z") == true)
            #expect(found.verdict?.outcome == .valid)
            #expect(try FileManager.default.contentsOfDirectory(atPath: writer.directory.path) == ["run.json"])
        }
    }

    @Test func `a record reads back as it was written, seeds and histograms to the last digit`() throws {
        try withStore { store in
            let record = Sample.finished()
            let writer = try RunWriter(store: store, record: record)
            try writer.finish(record)
            var found = try store.load(writer.directory)
            #expect(found.sha256?.count == 64)
            found.identity.endedAt = nil
            found.sha256 = nil
            #expect(found == record)
            #expect(found.profile.seeds["arrivals"] == .max)
        }
    }

    @Test func `arrays of numbers stand on one line, text that looks like one is left alone`() {
        let document = Data("{\"a\" : [\n  1,\n  -2\n], \"b\" : \"[ 1,\\\"[ 2 ]\", \"c\" : [\n \"[ 3 ]\"\n]}".utf8)
        let text = String(decoding: RecordCoding.numberArraysOnOneLine(document), as: UTF8.self)
        #expect(text == "{\"a\" : [1,-2], \"b\" : \"[ 1,\\\"[ 2 ]\", \"c\" : [\n \"[ 3 ]\"\n]}")
    }

    @Test func `another schema and a damaged document are told apart`() throws {
        try withStore { store in
            let writer = try RunWriter(store: store, record: Sample.start())
            let place = writer.directory.appendingPathComponent("run.json")
            let text = try String(contentsOf: place, encoding: .utf8)
            try text.replacing("\"version\" : 2\n", with: "\"version\" : 3\n").write(to: place, atomically: true, encoding: .utf8)
            #expect(throws: ResultError.otherSchema(path: place.path, found: "tidemark.run 3")) { try store.load(writer.directory) }
            try text.prefix(text.count / 2).write(to: place, atomically: true, encoding: .utf8)
            #expect(throws: ResultError.self) { try store.load(writer.directory) }
        }
    }

    @Test func `a profile's name cannot leave the results folder`() {
        let identity = RunIdentity(date: "2026-11-23", startedAt: "", profileName: "../my profile", shortID: "000000")
        #expect(identity.directoryName == "2026-11-23-..-my-profile-000000")
        let new = RunIdentity.new(profileName: "a", at: Date(timeIntervalSince1970: 86_399))
        #expect(new.startedAt == "1970-01-01T23:59:59Z")
        #expect(new.shortID.count == 6)
    }

    @Test func `a figure computed from nothing says so`() {
        let metric = Metric.measured("ratio", .nan, unit: "x", polarity: .neutral)
        #expect(metric.value == nil && metric.unavailable == "computed as nan")
    }
}
