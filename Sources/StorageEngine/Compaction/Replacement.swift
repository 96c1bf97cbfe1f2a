// The end of a swap on disk. Until it is done a start finds the `.swap` files and does it; the order makes sure of that.
//
//   files found                     | what the start does
//   --------------------------------+--------------------------------------------------------------------
//   .cleaned                        | remove: nothing depends on it
//   .log.swap, whole                | remove the segments that it covers and their indexes, give it its name
//   .log.swap, not whole            | remove: the segments that it was to replace are still there
//   other .swap without a .log.swap | remove: the segment has its name, its indexes are made anew
//   .deleted                        | remove
//
// Kafka lets file.delete.delay.ms pass before it unlinks what was replaced. Here a slice holds its file open, so nobody needs
// the names.
internal import Host
internal import Vocabulary

/// A replacement that the owner has in its list.
struct Replacement {
    let sources: [SegmentFacts]
    let files: SegmentFiles

    /// Takes the replaced files away, the last segment's first, and gives the replacement its names. A failure leaves
    /// the log readable and the rest to the next start.
    ///
    /// - Parameter remove: unlinks the names that the files have then, at once but not here, and lets go of the file that
    ///   has none: their space is what compaction is for, and readers hold what they read open.
    func settle(_ remove: ([String], File) -> Void) throws(StorageError) {
        let directory = files.directory
        let indexes = SegmentNaming.Kind.ofSegment.filter { $0 != .log }
        let replaced = try SegmentFiles(files.base, in: directory).open(.log, .read)
        var retired: [String] = []
        for source in sources.dropFirst().reversed() { retired += try directory.retire(source.base, [.log] + indexes) }
        // An old index beside the new log would be believed: it goes, durably, before the log comes.
        retired += try directory.retire(files.base, indexes)
        try directory.force()
        try files.rename(to: .none, logFirst: true)
        try directory.force()
        defer { remove(retired, replaced) }
        try retireSnapshots(&retired)
    }

    /// No segment begins any more where those within the replacement were taken. The ones at its start and at its end
    /// stay: a start that has lost the newer ones begins with them.
    private func retireSnapshots(_ names: inout [String]) throws(StorageError) {
        guard sources.count > 1, let end = sources.last?.nextOffset else { return }
        let directory = files.directory
        let hasLater = try directory.guarded { () throws(SystemError) in
            do throws(SystemError) { _ = try directory.fileSystem.file(directory.path(end, .snapshot), .read) } catch {
                if error.isMissing { return false }
                throw error
            }
            return true
        }
        guard hasLater else { return }
        for source in sources.dropFirst() { names += try directory.retire(source.base, [.snapshot]) }
    }
}
