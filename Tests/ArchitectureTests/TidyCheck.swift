// House rules about files, as checks that answer with their violations.

enum TidyCheck {
    /// No file is longer: a second idea gets a file of its own.
    static let longestFileLines = 400

    /// What may stand at the top of the repository, hidden files aside.
    static let topLevel: Set<String> = [
        "Package.swift", "Sources", "Tests", "Profiles", "Results", "Scripts", "README.md", "LICENSE",
        "Package.resolved",  // written by SwiftPM, ignored by git
    ]

    static func length(_ file: RepositoryFile) -> [String] {
        let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        return lines <= longestFileLines ? [] : ["\(file.path): \(lines) lines; at most \(longestFileLines)"]
    }

    /// Marks of unfinished work. Spelled in two halves, so that this file does not hold them.
    static func marks(_ file: RepositoryFile) -> [String] {
        lines(of: file) { line in
            ["TO" + "DO", "FIX" + "ME", "X" + "XX"].first { SourceText.contains(word: $0, in: line) }
                .map { "\($0) is work left undone; finish it or open an issue" }
        }
    }

    /// Paths that exist on one person's machine only.
    static func machinePaths(_ file: RepositoryFile) -> [String] {
        let paths = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/", "/opt/" + "swift", "/tmp/" + "tidemark/"]
        return lines(of: file) { line in
            paths.first { line.contains($0) }.map { "\($0) exists on one machine only" }
        }
    }

    /// `@unchecked Sendable` stands only where a lock or a thread makes it true, and the list says which.
    static func uncheckedSendable(_ file: RepositoryFile, listed: [String: String]) -> [String] {
        let code = SourceText.code(of: file.text)
        let used = code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)")
        if used, listed[file.path] == nil {
            return ["\(file.path): @unchecked Sendable or nonisolated(unsafe) without a row in UncheckedSendable.swift"]
        }
        return []
    }

    /// Rows for files that no longer need one.
    static func staleUncheckedSendable(_ files: [RepositoryFile], listed: [String: String]) -> [String] {
        listed.keys.sorted().filter { path in
            guard let file = files.first(where: { $0.path == path }) else { return true }
            return uncheckedSendable(file, listed: [:]).isEmpty
        }.map { "UncheckedSendable.swift lists \($0), which does not need it" }
    }

    /// A reader meets words before code: a source opens with a comment, at the latest below its imports.
    static func opening(_ file: RepositoryFile) -> [String] {
        let first = file.text.split(separator: "\n").first { line in
            SourceText.imports(of: String(line)).isEmpty && !line.hasPrefix("#") && !line.hasPrefix("module")
        }
        guard let first, !first.hasPrefix("//"), !first.hasPrefix("/*") else { return [] }
        return ["\(file.path): open with a line that says what this file is"]
    }

    /// Directories of Sources that its README does not name.
    static func unnamedDirectories(_ directories: [String], readme: String) -> [String] {
        directories.filter { !readme.contains("\($0)/") && !readme.contains("`\($0)`") }
            .map { "Sources/\($0) is not named in Sources/README.md" }
    }

    static func topLevel(_ entries: [String]) -> [String] {
        entries.filter { !$0.hasPrefix(".") && !topLevel.contains($0) }.map { "\($0) does not belong at the top level" }
    }

    private static func lines(of file: RepositoryFile, _ complaint: (String) -> String?) -> [String] {
        file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
            complaint(String(line)).map { "\(file.path):\(number + 1): \($0)" }
        }
    }
}
