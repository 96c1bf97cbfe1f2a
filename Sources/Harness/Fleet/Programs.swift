// Where the other programs are: beside this one, as one build leaves them.
internal import Foundation

package enum Programs {
    /// The absolute path of a program beside this executable (or, in tests, beside the test bundle).
    ///
    /// - Throws: `.missingProgram` naming every place that was looked at.
    package static func path(of name: String) throws(HarnessError) -> String {
        let places = searchPath.map { $0 + "/" + name }
        guard let found = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw .missingProgram(name: name, searched: places)
        }
        return found
    }

    static var searchPath: [String] {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
        var places = [URL(filePath: own).deletingLastPathComponent().path]
        // Under `swift test` the executable is the toolchain's helper; the bundle's directory is an argument.
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            let directory = URL(filePath: argument).deletingLastPathComponent().path
            if !places.contains(directory) { places.append(directory) }
        }
        if !places.contains(bundle) { places.append(bundle) }
        return places
    }
}

extension Programs {
    /// What a program answers to `--version`, or `unknown`.
    package static func versionLine(of path: String) -> String {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tidemark-version-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try? FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let child = try? ChildProcess(name: "version", program: path, arguments: ["--version"], logDirectory: directory.path)
        let data = (try? child?.finish(seconds: 5, nil)) ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? "unknown"
    }
}
