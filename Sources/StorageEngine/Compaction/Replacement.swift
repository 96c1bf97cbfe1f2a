// The end of a swap on disk. Until it is done a start finds the `.swap` files and does it; the order makes sure of that.
//
//   files found                     | what the start does
//   --------------------------------+--------------------------------------------------------------------
//   .cleaned                        | remove: nothing depends on it
//   .log.swap, whole                | remove the segments that it covers and their indexes, give it its name
//   .log.swap, not whole            | remove: the segments that it was to replace are still there
//   other .swap without a .log.swap | remove: the segment has its name, its indexes are made anew
//   .deleted                        | remove
internal import Host
internal import Vocabulary

/// A replacement that the owner has in its list.
struct Replacement {
    let sources: [SegmentFacts]
    let files: SegmentFiles

    /// Takes the replaced files away, the last segment's first, and gives the replacement its names. A failure leaves
    /// the log readable and the rest to the next start.
    func settle() throws(StorageError) {
        let directory = files.directory
        let indexes = SegmentNaming.Kind.ofSegment.filter { $0 != .log }
        // Its disk space is given back when this is let go of, not while the directory's door is held.
        let replaced = try SegmentFiles(files.base, in: directory).open(.log, .read)
        var retired: [String] = []
        for source in sources.dropFirst().reversed() { retired += try directory.retire(source.base, [.log] + indexes) }
        // An old index beside the new log would be believed: it goes, durably, before the log comes.
        retired += try directory.retire(files.base, indexes)
        try directory.force()
        try files.rename(to: .none, logFirst: true)
        try directory.force()
        withExtendedLifetime(replaced) {}
        // Readers hold what they read open: there is nothing to wait for.
        for name in retired { directory.unlink(name) }
    }
}
