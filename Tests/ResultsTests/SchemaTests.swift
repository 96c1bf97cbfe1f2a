import Foundation
import Measurement
import Results
import Testing

/// Validates documents with PyPI's jsonschema, an implementation that is not ours.
///
/// The Python is `TIDEMARK_PYTHON`, else `python3`; without it or without jsonschema the test fails.
/// - Returns: for each document `ok`, or where it breaks the schema.
private func validated(_ documents: [String]) throws -> [String] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = try documents.enumerated().map { index, text in
        let file = folder.appendingPathComponent("\(index).json")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }
    let schema = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Results/schema/run-1.schema.json").path
    let program = """
        import json, sys
        from jsonschema import Draft202012Validator as Validator
        schema = json.load(open(sys.argv[1]))
        Validator.check_schema(schema)
        for path in sys.argv[2:]:
            errors = sorted(Validator(schema).iter_errors(json.load(open(path))), key=lambda e: list(map(str, e.path)))
            print('; '.join('/'.join(map(str, e.path)) + ': ' + e.message[:200] for e in errors[:5]).replace('\\n', ' ') or 'ok')
        """
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = [ProcessInfo.processInfo.environment["TIDEMARK_PYTHON"] ?? "python3", "-c", program, schema] + files
    let (output, errors) = (Pipe(), Pipe())
    python.standardOutput = output
    python.standardError = errors
    try python.run()
    let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    python.waitUntilExit()
    try #require(python.terminationStatus == 0, "needs Python with the package jsonschema: \(complaint)")
    return printed.split(separator: "\n").map(String.init)
}

private func text(_ record: RunRecord, complete: Bool) throws -> String {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
    defer { try? FileManager.default.removeItem(at: root) }
    let writer = try RunWriter(store: ResultStore(root: root), record: record)
    if complete { try writer.finish(record) }
    return try String(contentsOf: writer.directory.appendingPathComponent("run.json"), encoding: .utf8)
}

@Suite struct SchemaTests {
    @Test func `a full record, one that just began and one with every verdict fit the schema`() throws {
        var invalid = Sample.finished()
        invalid.facts[0].audit = .failed(["partition 0: sequence 7 is missing"])
        invalid.facts[0].stealFraction = 0.2
        invalid.facts[0].acknowledgedEvents = 1
        invalid.facts[0].handedOverEvents = 100
        invalid.verdict = nil
        let documents = try [text(Sample.finished(), complete: true), text(Sample.start(), complete: false), text(invalid, complete: true)]
        #expect(try validated(documents) == ["ok", "ok", "ok"])
    }

    @Test func `what the schema does not name, what it misses and a figure with two truths are caught`() throws {
        let good = try text(Sample.finished(), complete: true)
        let planted = [
            good.replacing("\"complete\" : true", with: "\"complete\" : true, \"extra\" : 1"),
            good.replacing("\"shortID\" : \"7f3a9c\"", with: "\"shortID\" : \"seven\""),
            good.replacing("\"durable\" : {", with: "\"durable\" : {\"unavailable\" : \"and yet\","),
            good.replacing("\"complete\" : true", with: "\"completed\" : true"),
        ]
        #expect(planted.allSatisfy { $0 != good })
        #expect(try validated(planted).allSatisfy { $0 != "ok" })
    }
}
