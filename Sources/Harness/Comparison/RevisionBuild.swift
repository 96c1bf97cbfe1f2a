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
///     logs/                      what the compiler said, a pair of files a commit
///     lock                       held by whoever builds
///
/// The key stands for the toolchain and for `Scripts/build`, which builds every revision as it builds the working tree:
/// two builds that are compared differ in their sources alone. One worktree and one scratch directory for all revisions:
/// the next one compiles only what differs.
package struct RevisionBuild {
    let repository: String
    let cache: String
    let progress: ProgressLine
    private let tools: ToolRun

    static let product = "tidemarkd"
    /// Of the repository: what decides how a program is built.
    static let recipes = ["Scripts/build", "Scripts/prerequisites"]
    static let buildSeconds = 3_600.0
    static let gitSeconds = 120.0

    /// - Parameters:
    ///   - directory: in the repository.
    ///   - cache: absolute; nil: `.build/ab` of the repository.
    /// - Throws: `.build` where there is no repository, `.interrupted`.
    package init(in directory: String, cache: String? = nil, interruption: Interruption, progress: ProgressLine) throws {
        self.progress = progress
        tools = ToolRun(interruption: interruption)
        let found = try tools.run(["git", "-C", directory, "rev-parse", "--show-toplevel"], seconds: Self.gitSeconds)
        guard found.succeeded, !found.output.isEmpty else {
            throw ComparisonError.build("‘\(directory)’ is in no git repository: a revision cannot be found there; give the path of a program instead")
        }
        repository = found.output
        self.cache = cache ?? found.output + "/.build/ab"
    }

    /// The build of `revision`, made if need be.
    ///
    /// - Throws: `.build` for a revision that does not exist or does not build, `.interrupted`.
    package func contender(_ revision: String, side: Side) throws -> Contender {
        let commit = try self.commit(revision)
        let key = try self.key()
        let program = "\(cache)/\(commit)-\(key)/\(Self.product)"
        if !FileManager.default.isExecutableFile(atPath: program) {
            try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
            let lock = try waitForLock()
            defer { _ = clinux_close(lock) }
            // Whoever had the lock may have built the same.
            if !FileManager.default.isExecutableFile(atPath: program) { try build(commit, key, to: program) }
        }
        let short = String(commit.prefix(10))
        return Contender(
            side: side, name: revision.hasPrefix(short) || commit.hasPrefix(revision) ? short : "\(short) (\(revision))",
            identity: "commit=\(commit) toolchain=\(key)", launch: .program(path: program, arguments: []))
    }

    private func commit(_ revision: String) throws -> String {
        let name = URL(filePath: repository).lastPathComponent
        guard !revision.isEmpty, !revision.hasPrefix("-") else { throw ComparisonError.build("‘\(revision)’ is neither a program nor a revision of \(name)") }
        let found = try git("rev-parse", "--verify", "--quiet", revision + "^{commit}")
        guard found.succeeded, found.output.count >= 40, found.output.allSatisfy(\.isHexDigit) else {
            throw ComparisonError.build("‘\(revision)’ is neither a program nor a revision of \(name)")
        }
        return found.output
    }

    /// Eight digits for the compiler and the recipe.
    private func key() throws -> String {
        let version = try tools.run(["swift", "--version"], seconds: Self.gitSeconds)
        guard version.succeeded else { throw ComparisonError.build("there is no Swift toolchain to build a revision with (`swift --version` fails)") }
        var text = version.output
        for recipe in Self.recipes {
            guard let content = try? String(contentsOfFile: "\(repository)/\(recipe)", encoding: .utf8) else {
                throw ComparisonError.build("there is no \(recipe) in \(repository) to build a revision with; give the path of a program instead")
            }
            text += content
        }
        let sum = Array(text.utf8).withUnsafeBytes { CRC32C.checksum($0) }
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
            do { try tools.interruption.check() } catch {
                _ = clinux_close(file)
                throw error
            }
            MonotonicClock.sleep(nanoseconds: 100_000_000)
        }
        return file
    }

    // MARK: building, with the lock held

    private func build(_ commit: String, _ key: String, to program: String) throws {
        let scratch = "\(cache)/scratch-\(key)"
        removeOtherScratches(than: scratch)
        try checkOut(commit)
        progress.note("building \(Self.product) of \(commit.prefix(10)); kept in \(cache)")
        let startedAt = MonotonicClock.now()
        let wasUsed = FileManager.default.fileExists(atPath: scratch)
        var isBuilt = try compile(commit, scratch)
        if !isBuilt, wasUsed {
            // What other revisions left there must not condemn this one.
            try? FileManager.default.removeItem(atPath: scratch)
            isBuilt = try compile(commit, scratch)
        }
        guard isBuilt else {
            try? FileManager.default.removeItem(atPath: scratch)
            throw ComparisonError.build("\(commit.prefix(10)) does not build:\n\(complaints(commit))\n  (all of it in \(log(commit)).out and .err)")
        }
        try keep("\(scratch)/release/\(Self.product)", as: program)
        progress.note("built in \(fixed(Double(MonotonicClock.now() - startedAt) / 1e9, 0)) s")
    }

    private func compile(_ commit: String, _ scratch: String) throws -> Bool {
        let words = ["bash", "\(repository)/Scripts/build", "--package-path", worktree, "--scratch-path", scratch, Self.product]
        return try tools.run(words, log: log(commit), seconds: Self.buildSeconds).succeeded
    }

    /// Renamed when it is whole: a copy that was cut off is never taken for a build.
    private func keep(_ built: String, as program: String) throws {
        let folder = URL(filePath: program).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let partial = folder + "/.partial"
        try? FileManager.default.removeItem(atPath: partial)
        try FileManager.default.copyItem(atPath: built, toPath: partial)
        _ = try checked(rename(partial, program) == 0 ? 0 : -errno, "rename", program)
    }

    /// Of toolchains and recipes that are no longer in use.
    private func removeOtherScratches(than scratch: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? [] where name.hasPrefix("scratch-") {
            if "\(cache)/\(name)" != scratch { try? FileManager.default.removeItem(atPath: "\(cache)/\(name)") }
        }
    }

    // MARK: sources

    private var worktree: String { cache + "/worktree" }

    private func checkOut(_ commit: String) throws {
        if !(try turnWorktree(to: commit)) {
            // None yet, or one that a killed git, a moved repository or a removed branch left unusable.
            try? FileManager.default.removeItem(atPath: worktree)
            _ = try git("worktree", "prune")
            let added = try git("worktree", "add", "--quiet", "--detach", "--force", worktree, commit)
            guard added.succeeded else { throw ComparisonError.build("git cannot check \(commit.prefix(10)) out: \(added.complaint)") }
        }
        // The same dependencies for every revision, where it does not name its own.
        let resolved = worktree + "/Package.resolved"
        if !FileManager.default.fileExists(atPath: resolved) {
            try? FileManager.default.copyItem(atPath: repository + "/Package.resolved", toPath: resolved)
        }
    }

    /// - Returns: whether there is a worktree and it holds exactly the commit now.
    private func turnWorktree(to commit: String) throws -> Bool {
        guard FileManager.default.fileExists(atPath: worktree + "/.git") else { return false }
        for words in [["checkout", "--quiet", "--detach", "--force", commit], ["clean", "--quiet", "-ffdx"]] {
            guard try tools.run(["git", "-C", worktree] + words, seconds: Self.gitSeconds).succeeded else { return false }
        }
        return true
    }

    private func git(_ words: String...) throws -> ToolOutcome { try tools.run(["git", "-C", repository] + words, seconds: Self.gitSeconds) }

    // MARK: what went wrong

    private func log(_ commit: String) -> String { "\(cache)/logs/build-\(commit.prefix(10))" }

    /// The compiler's errors, or the end of what it said.
    private func complaints(_ commit: String) -> String {
        let lines = ["out", "err"].flatMap { end in
            ((try? String(contentsOfFile: "\(log(commit)).\(end)", encoding: .utf8)) ?? "").split(separator: "\n")
        }
        let errors = lines.filter { $0.contains("error:") }
        return (errors.isEmpty ? lines.suffix(8) : errors.prefix(8)).map { "    \($0)" }.joined(separator: "\n")
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
