// Golden files, and programs of somebody else's that judge what ours wrote.
import Foundation
import Testing

enum Repository {
    static func path(_ path: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(path).path
    }
}

/// Whether `text` is the golden file's; `TIDEMARK_REWRITE_GOLDEN=1` makes it so, for a person to look at the difference.
func isGolden(_ text: String, _ name: String) throws -> Bool {
    let place = Repository.path("Tests/Golden/reports/\(name)")
    if ProcessInfo.processInfo.environment["TIDEMARK_REWRITE_GOLDEN"] == "1" { try text.write(toFile: place, atomically: true, encoding: .utf8) }
    return try String(contentsOfFile: place, encoding: .utf8) == text
}

/// A fresh directory, removed afterwards.
func withFolder<T>(_ body: (URL) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// Runs a Python program on files with these texts; `schema` is its first argument, if there is one.
private func python(_ program: String, schema: String? = nil, _ documents: [String]) throws -> [String] {
    try withFolder { folder in
        let files = try documents.enumerated().map { index, text in
            let file = folder.appendingPathComponent("\(index)")
            try text.write(to: file, atomically: true, encoding: .utf8)
            return file.path
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [ProcessInfo.processInfo.environment["TIDEMARK_PYTHON"] ?? "python3", "-c", program] + (schema.map { [Repository.path($0)] } ?? []) + files
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "needs Python with jsonschema and xmlschema: \(complaint)")
        return printed.split(separator: "\n").map(String.init)
    }
}

/// The lines that a Python program prints of a file with this text.
func pythonLines(_ program: String, _ document: String) throws -> [String] { try python(program, [document]) }

/// For each JSON document `ok`, or where it breaks the schema, by PyPI's jsonschema.
func validated(_ documents: [String], schema: String) throws -> [String] {
    try python(
        """
        import json, sys
        from jsonschema import Draft202012Validator as Validator
        schema = json.load(open(sys.argv[1]))
        Validator.check_schema(schema)
        for path in sys.argv[2:]:
            errors = sorted(Validator(schema).iter_errors(json.load(open(path))), key=lambda e: list(map(str, e.path)))
            print('; '.join('/'.join(map(str, e.path)) + ': ' + e.message[:200] for e in errors[:5]).replace('\\n', ' ') or 'ok')
        """, schema: "Results/schema/\(schema).schema.json", documents)
}

/// For each XML document `ok`, or where it breaks the schema, by PyPI's xmlschema.
func validatedXML(_ documents: [String]) throws -> [String] {
    try python(
        """
        import sys, xmlschema
        schema = xmlschema.XMLSchema(sys.argv[1])
        for path in sys.argv[2:]:
            try: errors = [str(e.reason) for e in schema.iter_errors(path)]
            except Exception as e: errors = [str(e)]
            print('; '.join(errors).replace('\\n', ' ') or 'ok')
        """, schema: "Tests/Golden/reports/junit.xsd", documents)
}
