// What the repository around the working directory knows of a commit.
internal import Foundation

enum GitFacts {
    /// ISO 8601, UTC; nil without a repository that has the commit.
    ///
    /// - Parameter commit: in hexadecimal; one with `-modified` behind it is no commit.
    static func committedAt(_ commit: String?) -> String? {
        guard let commit, commit.allSatisfy(\.isHexDigit), let text = git(["show", "-s", "--format=%ct", commit + "^{commit}"]),
            let seconds = Double(text)
        else { return nil }
        return Date(timeIntervalSince1970: seconds).formatted(.iso8601)
    }

    /// Where `origin` is read from, as a page that anybody can open; nil without one.
    static func address() -> String? { git(["remote", "get-url", "origin"]).flatMap(webAddress) }

    /// `git@host:owner/name.git` and `https://token@host/owner/name.git` are `https://host/owner/name`; nil for a path.
    static func webAddress(_ remote: String) -> String? {
        guard let found = remote.wholeMatch(of: /(?:(?:https?|ssh|git):\/\/)?(?:[^@\/]+@)?([^@:\/]+\.[^@:\/]+)(?::\d+)?[:\/](.+?)(?:\.git)?\/?/) else { return nil }
        return "https://\(found.1)/\(found.2)"
    }

    private static func git(_ words: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["git"] + words
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return process.terminationStatus == 0 && !text.isEmpty ? text : nil
    }
}
