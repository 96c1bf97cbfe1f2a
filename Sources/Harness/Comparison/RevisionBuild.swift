// The broker of a revision: built in a worktree of its own, kept by commit, toolchain and flags.
internal import Bytes
internal import CLinux
internal import Foundation
package import Gate
internal import Glibc
internal import Host

/// Builds are kept under one directory, `.build/ab` of the repository by default:
///
///     <commit>-<key>/tidemarkd   a finished build, used again whenever the same is asked for
///     worktree/                  the sources of the revision that was built last
///     scratch-<key>/             what the compiler keeps between two revisions
///     logs/                      what git and the compiler said
///
/// The key stands for toolchain and flags. One worktree and one scratch directory for all revisions: the next one
/// compiles only what differs.
package struct RevisionBuild {
    let repository: String
    let cache: String
    let interruption: Interruption
    let progress: ProgressLine

    static let product = "tidemarkd"
    static let flags = ["-c", "release", "--product", product]
    static let buildSeconds = 3_600.0
    static let gitSeconds = 120.0

    /// - Parameters:
    ///   - directory: in the repository.
    ///   - cache: nil: `.build/ab` of the repository.
    /// - Throws: `.build` where there is no repository.
    package init(in directory: String, cache: String? = nil, interruption: Interruption, progress: ProgressLine) throws {
        self.interruption = interruption
        self.progress = progress
        let scratch = NSTemporaryDirectory() + "tidemark-git-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let found = Self.run(["git", "-C", directory, "rev-parse", "--show-toplevel"], scratch, "git", Self.gitSeconds, interruption)
        guard case .success(let text) = found else {
            throw ComparisonError.build("‘\(directory)’ is in no git repository: a revision cannot be found there; give the path of a program instead")
        }
        repository = text
        self.cache = cache ?? repository + "/.build/ab"
    }

    /// The build of `revision`, made if need be.
    ///
    /// - Throws: `.build` for a revision that does not exist or does not build, `.interrupted`.
    package func contender(_ revision: String, side: Side) throws -> Contender {
        try FileManager.default.createDirectory(atPath: cache + "/logs", withIntermediateDirectories: true)
        let commit = try self.commit(revision)
        let key = try toolchainKey()
        let program = "\(cache)/\(commit)-\(key)/\(Self.product)"
        if !FileManager.default.isExecutableFile(atPath: program) {
            let lock = try waitForLock()
            defer { _ = clinux_close(lock) }
            if !FileManager.default.isExecutableFile(atPath: program) { try build(commit, key, to: program) }
        }
        let short = String(commit.prefix(10))
        return Contender(
            side: side, name: revision.hasPrefix(short) || commit.hasPrefix(revision) ? short : "\(short) (\(revision))",
            identity: "commit=\(commit) toolchain=\(key)", launch: .program(path: program, arguments: []))
    }

    private func commit(_ revision: String) throws -> String {
        guard !revision.hasPrefix("-"),
            case .success(let commit) = try git("rev-parse", "--verify", "--quiet", revision + "^{commit}"), commit.count >= 40
        else {
            throw ComparisonError.build("‘\(revision)’ is neither a program nor a revision of \(URL(filePath: repository).lastPathComponent)")
        }
        return commit
    }

    /// Eight digits for the compiler and the flags.
    private func toolchainKey() throws -> String {
        guard case .success(let version) = try call(["swift", "--version"], "swift-version", Self.gitSeconds) else {
            throw ComparisonError.build("there is no Swift toolchain to build a revision with (`swift --version` fails)")
        }
        let sum = Array((version + Self.flags.joined(separator: " ")).utf8).withUnsafeBytes { CRC32C.checksum($0) }
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private func waitForLock() throws -> Int32 {
        let path = cache + "/lock"
        let file = try checked(clinux_open(path, O_RDWR | O_CREAT, 0o644), "open", path)
        var said = false
        while clinux_try_lock(file) < 0 {
            if !said { progress.note("another build is under way in \(cache); waiting for it") }
            said = true
            do { try interruption.check() } catch {
                _ = clinux_close(file)
                throw error
            }
            MonotonicClock.sleep(nanoseconds: 100_000_000)
        }
        return file
    }

    // MARK: building

    private func build(_ commit: String, _ key: String, to program: String) throws {
        let worktree = cache + "/worktree"
        let scratch = cache + "/scratch-" + key
        try checkOut(commit, at: worktree)
        progress.note("building \(Self.product) of \(commit.prefix(10)); kept in \(cache)")
        let words = ["swift", "build"] + Self.flags + ["--package-path", worktree, "--scratch-path", scratch]
        let log = "build-" + commit.prefix(10)
        guard case .success = try call(words, log, Self.buildSeconds) else {
            throw ComparisonError.build("\(commit.prefix(10)) does not build:\n\(complaints(log))\n  (all of it in \(cache)/logs/\(log).out)")
        }
        let folder = URL(filePath: program).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let partial = folder + "/.partial"
        try? FileManager.default.removeItem(atPath: partial)
        try FileManager.default.copyItem(atPath: "\(scratch)/release/\(Self.product)", toPath: partial)
        // Renamed when it is whole: a copy that was cut off is never taken for a build.
        _ = try checked(rename(partial, program) == 0 ? 0 : -errno, "rename", program)
    }

    private func checkOut(_ commit: String, at worktree: String) throws {
        _ = try git("worktree", "prune")
        let done =
            FileManager.default.fileExists(atPath: worktree + "/.git")
            ? try git("-C", worktree, "checkout", "--quiet", "--detach", "--force", commit)
            : try git("worktree", "add", "--quiet", "--detach", "--force", worktree, commit)
        guard case .success = done else { throw ComparisonError.build("git cannot check \(commit.prefix(10)) out: \(said("git"))") }
        // The same dependencies for every revision, where it does not name its own.
        let resolved = worktree + "/Package.resolved"
        if !FileManager.default.fileExists(atPath: resolved) {
            try? FileManager.default.copyItem(atPath: repository + "/Package.resolved", toPath: resolved)
        }
    }

    /// The compiler's errors, or the end of what it said.
    private func complaints(_ log: String) -> String {
        let lines = ["out", "err"].flatMap { end in
            ((try? String(contentsOfFile: "\(cache)/logs/\(log).\(end)", encoding: .utf8)) ?? "").split(separator: "\n")
        }
        let errors = lines.filter { $0.contains("error:") }
        return (errors.isEmpty ? lines.suffix(8) : errors.prefix(8)).map { "    \($0)" }.joined(separator: "\n")
    }

    private func said(_ log: String) -> String {
        ((try? String(contentsOfFile: "\(cache)/logs/\(log).err", encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: children

    private enum Answer {
        case success(String)
        case failure
    }

    private func git(_ words: String...) throws -> Answer { try call(["git", "-C", repository] + words, "git", Self.gitSeconds) }

    private func call(_ words: [String], _ log: String, _ seconds: Double) throws -> Answer {
        let answer = Self.run(words, cache + "/logs", log, seconds, interruption)
        try interruption.check()
        return answer
    }

    /// Runs a command to its end; what it wrote to standard output, without its last line end.
    private static func run(_ words: [String], _ logDirectory: String, _ log: String, _ seconds: Double, _ interruption: Interruption) -> Answer {
        guard let child = try? ChildProcess(name: log, program: "/usr/bin/env", arguments: words, logDirectory: logDirectory) else { return .failure }
        // What Ctrl-C ends must not go on building.
        defer { child.kill() }
        guard let data = try? child.finish(seconds: seconds, interruption) else { return .failure }
        return .success(String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

extension Contender {
    /// What the command line calls a side: the path of a program, or a revision of the repository around it.
    ///
    /// - Parameter builds: makes revisions; asked for only when one is named.
    package static func named(_ text: String, side: Side, builds: () throws -> RevisionBuild) throws -> Contender {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: text, isDirectory: &isDirectory)
        let isPath = ["/", "./", "../"].contains { text.hasPrefix($0) } || exists && !isDirectory.boolValue
        return isPath ? try .program(text, side: side) : try builds().contender(text, side: side)
    }
}
