// Programs of somebody else's that judge what ours wrote.
import Foundation
import Testing

/// Runs a Python program with arguments; the Python is `TIDEMARK_PYTHON`, else `python3`. A program that fails, fails the test.
///
/// - Returns: its lines.
func python(_ program: String, _ arguments: [String]) throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [ProcessInfo.processInfo.environment["TIDEMARK_PYTHON"] ?? "python3", "-c", program] + arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(complaint)")
    return printed.split(separator: "\n").map(String.init)
}

/// Writes texts as files of a fresh directory, removed afterwards.
func withFiles<T>(_ texts: [String], _ body: ([String]) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let paths = try texts.enumerated().map { index, text in
        let file = folder.appendingPathComponent("\(index).json")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }
    return try body(paths)
}

/// A file of the repository.
func repositoryFile(_ path: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(path).path
}

/// Validates documents with PyPI's jsonschema, an implementation that is not ours.
///
/// - Returns: for each document `ok`, or where it breaks the schema.
func validated(_ documents: [String], schema: String = "run-2") throws -> [String] {
    let program = """
        import json, sys
        from jsonschema import Draft202012Validator as Validator
        schema = json.load(open(sys.argv[1]))
        Validator.check_schema(schema)
        for path in sys.argv[2:]:
            errors = sorted(Validator(schema).iter_errors(json.load(open(path))), key=lambda e: list(map(str, e.path)))
            print('; '.join('/'.join(map(str, e.path)) + ': ' + e.message[:200] for e in errors[:5]).replace('\\n', ' ') or 'ok')
        """
    return try withFiles(documents) { try python(program, [repositoryFile("Results/schema/\(schema).schema.json")] + $0) }
}
