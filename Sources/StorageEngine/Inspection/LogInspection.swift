// What stands in a partition's directory, or in every one of a data directory: shown, or checked. Reads only, one
// window at a time, so that it fits logs of any size; works beside a running broker.
package import Host
internal import Vocabulary

package struct LogInspection {
    /// As it was given.
    package let path: String
    /// Directories of partitions: itself, or those below it by name.
    package let partitions: [String]
    package let isDataDirectory: Bool
    /// A broker has the directory open. What it writes meanwhile may be seen or not.
    package var isLive: Bool { state.isLive }
    /// One sentence on the state of the directory.
    package var stateDescription: String { state.description }

    let state: InspectedState
    let fileSystem: any FileSystem

    /// Finds out what `path` is.
    ///
    /// - Throws: `.wrongDirectory` when it is neither a partition's directory nor a data directory, `.io`.
    package init(_ path: String, fileSystem: any FileSystem = DiskFileSystem.shared) throws(StorageError) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        self.fileSystem = fileSystem
        let names = try io { () throws(SystemError) in try fileSystem.list(path) }.sorted()
        isDataDirectory = names.contains { $0 == Catalogue.name || $0 == DataDirectory.lockName }
            || names.contains { PartitionNaming.parse($0) != nil && (try? fileSystem.list("\(path)/\($0)")) != nil }
        if isDataDirectory {
            partitions = names.filter { PartitionNaming.parse($0) != nil }.map { "\(path)/\($0)" }
            state = try InspectedState(of: path, in: fileSystem)
            return
        }
        let name = Self.lastComponent(of: path)
        guard PartitionNaming.parse(name) != nil || names.contains(where: { SegmentNaming.parse($0) != nil }) else {
            throw .wrongDirectory(
                path: path, why: "it holds neither segments nor partitions; give a data directory, or one partition's directory in it")
        }
        partitions = [path]
        state = try InspectedState(of: Self.parent(of: path), in: fileSystem)
    }

    static func lastComponent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    static func parent(of path: String) -> String {
        ["", ".", ".."].contains(lastComponent(of: path)) ? "\(path)/.." : AtomicReplace.parent(of: path)
    }

    /// Checks every file and reports each inconsistency and note as a line, as they are found.
    ///
    /// - Throws: `.io` when a directory can't be read.
    package func verify(_ report: @escaping (InspectionLine) -> Void) throws(StorageError) -> VerificationSummary {
        var sink = VerificationSink(report)
        if isLive { sink.note(path, state.description) }
        var checkpoints: DataDirectoryVerifier.Checkpoints = []
        if isDataDirectory { checkpoints = try DataDirectoryVerifier(path, partitions, in: fileSystem).run(&sink) }
        let points = checkpoints.first { $0.name == RecoveryCheckpoint.name }?.offsets ?? [:]
        let directory = isDataDirectory ? path : Self.parent(of: path)
        let compacted = try io { [fileSystem] () throws(SystemError) in
            // Without the file any of them may be.
            try CleanerCheckpoint.named(directory, in: fileSystem) == nil
                ? nil : try CleanerCheckpoint.compactedPartitions(directory, in: fileSystem)
        }
        for partition in partitions {
            let named = PartitionNaming.parse(Self.lastComponent(of: partition))
            let isCompacted = compacted.map { logs in named.map(logs.contains) ?? false } ?? true
            let verifier = PartitionVerifier(
                path: partition, state: state, compactedBelow: isCompacted ? .max : 0,
                recoveryPoint: named.flatMap { points[$0] } ?? 0, in: fileSystem)
            let end: Offset?
            do throws(StorageError) { end = try verifier.run(&sink) } catch {
                guard state.isLive, case .io(let failure) = error, failure.isMissing else { throw error }
                sink.note(partition, "removed meanwhile by the broker that runs")
                continue
            }
            guard let named, let end, !state.isLive else { continue }
            for (file, what, offsets) in checkpoints {
                guard let offset = offsets[named], offset > end else { continue }
                let found = "\(what) \(offset) of \(named)"
                // After a crash, records may have been deleted and then lost: the next start begins anew there.
                if file == DataDirectory.logStartName, !state.wasClosed {
                    sink.note("\(path)/\(file)", "\(found), behind the log's end at \(end): the next start begins the log there")
                } else {
                    sink.inconsistency("\(path)/\(file)", at: nil, found: found, expected: "at most \(end), the log's end")
                }
            }
        }
        return sink.summary
    }
}
