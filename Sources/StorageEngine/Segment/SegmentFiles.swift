// The files of one segment, under the names that they have at the moment.
internal import Host
internal import Synchronization
internal import Vocabulary

/// Opens a segment's files by kind. A replacement is in service before its files have their final names: both change
/// behind the directory's door, so that whoever opens one finds it.
final class SegmentFiles: Sendable {
    let directory: LogDirectory
    let base: Offset
    /// By kind, for a rename may fail between two of them. Kinds that are not in it have none.
    private let current: Mutex<[SegmentNaming.Kind: SegmentNaming.Suffix]>

    init(_ base: Offset, in directory: LogDirectory, _ suffix: SegmentNaming.Suffix = .none) {
        self.base = base
        self.directory = directory
        var suffixes: [SegmentNaming.Kind: SegmentNaming.Suffix] = [:]
        if suffix != .none { for kind in SegmentNaming.Kind.ofSegment { suffixes[kind] = suffix } }
        current = Mutex(suffixes)
    }

    /// The suffix of the `.log`.
    var suffix: SegmentNaming.Suffix { suffix(of: .log) }

    private func suffix(of kind: SegmentNaming.Kind) -> SegmentNaming.Suffix { current.withLock { $0[kind] ?? .none } }

    func path(_ kind: SegmentNaming.Kind) -> String { directory.path(base, kind, suffix(of: kind)) }

    func open(_ kind: SegmentNaming.Kind, _ access: FileAccess) throws(StorageError) -> File {
        try directory.guarded { () throws(SystemError) in try directory.fileSystem.file(path(kind), access) }
    }

    /// Gives all of them another suffix, the `.log` at the place that `logFirst` says: while it has the old name, the
    /// others count for nothing. A file that is not there is passed over. Not durable before the directory is forced.
    ///
    /// - Returns: the kinds that were there.
    @discardableResult
    func rename(to suffix: SegmentNaming.Suffix, logFirst: Bool) throws(StorageError) -> [SegmentNaming.Kind] {
        let kinds = SegmentNaming.Kind.ofSegment.filter { $0 != .log }
        let order = logFirst ? [.log] + kinds : kinds + [.log]
        return try directory.guarded { () throws(SystemError) -> [SegmentNaming.Kind] in
            var renamed: [SegmentNaming.Kind] = []
            for kind in order {
                do throws(SystemError) {
                    try directory.fileSystem.renameFile(path(kind), to: directory.path(base, kind, suffix))
                    renamed.append(kind)
                } catch {
                    guard error.isMissing, kind != .log else { throw error }
                }
                current.withLock { $0[kind] = suffix }
            }
            return renamed
        }
    }

    /// Removes files of the segment that have a suffix, or those of a removed segment. Their absence is no error.
    func remove(_ suffix: SegmentNaming.Suffix, _ kinds: [SegmentNaming.Kind] = SegmentNaming.Kind.ofSegment) throws(StorageError) {
        for kind in kinds {
            try directory.guarded { () throws(SystemError) in
                try directory.fileSystem.removeFile(directory.path(base, kind, suffix))
            }
        }
    }
}
