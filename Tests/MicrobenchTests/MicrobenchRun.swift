// Runs the built `microbench` as its users do and reads what it prints.
import Foundation
import Testing

struct MicrobenchRun {
    let status: Int32
    let standardOutput: String
    let standardError: String

    init(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: ".build/debug/microbench")
        process.arguments = arguments
        let out = Pipe()
        let error = Pipe()
        process.standardOutput = out
        process.standardError = error
        try process.run()
        let outData = out.fileHandleForReading.readDataToEndOfFile()
        let errorData = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        status = process.terminationStatus
        standardOutput = String(decoding: outData, as: UTF8.self)
        standardError = String(decoding: errorData, as: UTF8.self)
    }

    /// The one JSON object that a successful run prints.
    func object() throws -> [String: Any] {
        try #require(status == 0, "exit \(status): \(standardError)")
        return try #require(try JSONSerialization.jsonObject(with: Data(standardOutput.utf8)) as? [String: Any])
    }
}

/// A directory for one test, removed with it.
final class Scratch {
    let path: String

    /// - Parameter onDisk: for what goes past the page cache: temporary directories are memory on some machines.
    init(onDisk: Bool = false) throws {
        path = (onDisk ? "/var/tmp/" : NSTemporaryDirectory()) + "tidemark-test-microbench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
    var isEmpty: Bool { (try? FileManager.default.contentsOfDirectory(atPath: path).isEmpty) ?? false }
}

/// Holds what every comparison says: both sides ran, and their ratio lies in its spread.
func expectComparison(_ object: [String: Any], ours: String = "ours", sourceLocation: SourceLocation = #_sourceLocation) throws {
    for side in [ours, "limit"] {
        let figures = try #require(object[side] as? [String: Any], sourceLocation: sourceLocation)
        let bytes = try #require(figures["bytes"] as? Double, sourceLocation: sourceLocation)
        #expect(bytes > 0, sourceLocation: sourceLocation)
    }
    let ratio = try #require(object["ratio"] as? [String: Double], sourceLocation: sourceLocation)
    let median = try #require(ratio["median"], sourceLocation: sourceLocation)
    #expect(median > 0 && median >= ratio["low"]! && median <= ratio["high"]!, sourceLocation: sourceLocation)
}
