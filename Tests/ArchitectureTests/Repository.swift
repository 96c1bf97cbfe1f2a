// The working tree as the checks read it.
import Foundation

/// A text file of the repository, by its path from the root.
struct RepositoryFile {
    let path: String
    let text: String
}

enum Repository {
    /// The directory that holds Package.swift.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every visible file below `directory`, sorted; what git ignores under Results is not the repository's.
    static func files(under directory: String, suffixes: [String]) -> [RepositoryFile] {
        let base = root.appending(path: directory)
        guard let walk = FileManager.default.enumerator(atPath: base.path) else { return [] }
        var found: [RepositoryFile] = []
        for case let name as String in walk {
            let hidden = name.split(separator: "/").contains { $0.hasPrefix(".") || $0 == "__pycache__" }
            guard !hidden, suffixes.contains(where: name.hasSuffix) else { continue }
            var isDirectory: ObjCBool = false
            let path = base.appending(path: name).path
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory.boolValue,
                let text = try? String(contentsOfFile: path, encoding: .utf8)
            else { continue }
            found.append(RepositoryFile(path: "\(directory)/\(name)", text: text))
        }
        return found.sorted { $0.path < $1.path }
    }

    static func read(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func entries(of directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: directory).path).sorted()
    }

    /// Runs a program to its end and gives what it wrote to standard output.
    static func output(of program: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = root
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
