// A partition's directory, which the deletion of its topic may take away under a log that still runs.
internal import Host
internal import Synchronization
internal import Vocabulary

/// The one door to files of a partition by their path. After `delete` no path is touched again, so that a topic
/// created anew under the same name never gets a file from the old one's log.
final class LogDirectory: Sendable {
    let path: String
    let fileSystem: any FileSystem
    let cutGate = CutGate()
    private let gate = Monitor()
    private let deleted = Atomic(false)

    init(path: String, fileSystem: any FileSystem) {
        self.path = path
        self.fileSystem = fileSystem
    }

    var isDeleted: Bool { deleted.load(ordering: .relaxed) }

    func path(_ base: Offset, _ kind: SegmentNaming.Kind, _ suffix: SegmentNaming.Suffix = .none) -> String {
        "\(path)/\(SegmentNaming.name(base, kind, suffix))"
    }

    /// Runs `body` while the directory is sure to be there.
    func guarded<Result>(_ body: () throws(SystemError) -> Result) throws(StorageError) -> Result {
        gate.lock()
        defer { gate.unlock() }
        guard !isDeleted else { throw .deleted }
        return try io(body)
    }

    /// Gives the files of a removed segment names that no start takes for a part of the log. Missing ones are no error.
    ///
    /// - Returns: the new names.
    func retire(_ base: Offset, _ kinds: [SegmentNaming.Kind] = SegmentNaming.Kind.allCases) throws(StorageError) -> [String] {
        var names: [String] = []
        for kind in kinds {
            let isThere = try guarded { () throws(SystemError) in
                do throws(SystemError) {
                    try fileSystem.renameFile(path(base, kind), to: path(base, kind, .deleted))
                } catch {
                    if error.isMissing { return false }
                    throw error
                }
                return true
            }
            if isThere { names.append(SegmentNaming.name(base, kind, .deleted)) }
        }
        return names
    }

    /// Unlinks a file. The gate is not held while its blocks are freed, which takes long for a large one: the file is
    /// held open over the unlink. What fails stays for the next start.
    func unlink(_ name: String) {
        do throws(StorageError) {
            let file = try guarded { () throws(SystemError) in
                let path = "\(path)/\(name)"
                let file = try fileSystem.file(path, .read)
                try fileSystem.removeFile(path)
                return file
            }
            _ = file
        } catch {
            return
        }
    }

    /// Nothing goes through the door any more. The directory stays, on a disk that is dead.
    func abandon() { gate.locked { deleted.store(true, ordering: .relaxed) } }

    /// Renames the directory to `newPath`. Nothing goes through the door from then on.
    func delete(renamingTo newPath: String) throws(SystemError) {
        gate.lock()
        defer { gate.unlock() }
        deleted.store(true, ordering: .relaxed)
        try fileSystem.renameFile(path, to: newPath)
    }
}
