// How the files of removed segments go: first the new start is on the disk, then they get other names, then, when
// readers that opened them have had their time, they are unlinked. A crash anywhere leaves a log that begins at the old
// start or at the new one:
//
//   before the checkpoint   nothing happened
//   behind it               the next start retires what lies below the checkpoint, in whatever order names survived
//   behind the renames      the next start unlinks every `.deleted`
internal import Host
internal import Vocabulary

/// The slow half of `removeSegments`. On the remover's thread.
struct SegmentRemoval: Sendable {
    let directory: LogDirectory
    let dataDirectory: DataDirectory
    let durability: LogDurability
    /// Ascending by offset.
    let segments: [SegmentFiles]
    /// The base offset of the first segment that stays.
    let firstKept: Offset
    let delayMilliseconds: Int64

    func run() {
        // A log out of service is left as it is for the next recovery.
        guard !durability.hasFailed else { return }
        var names: [String] = []
        var isRemembered = false
        do throws(StorageError) {
            // The segment that carries the log's end from here on may have been made a moment ago.
            try synchronizeDirectory()
            isRemembered = writeStart()
            var pace = RemovalPace(dataDirectory, hurries: !isRemembered)
            for files in segments {
                pace.next()
                if let failure = durability.failure { throw .fenced(failure) }
                names += try files.rename(to: .deleted, logFirst: true).map { SegmentNaming.name(files.base, $0, .deleted) }
                // On a full disk the checkpoint can't be written, and this is what makes room: one by one, the names
                // that survive a crash are always the last ones.
                if !isRemembered { try synchronizeDirectory() }
            }
            try retireSnapshots(&names, &pace)
        } catch {
            // What keeps its name the next start retires.
        }
        dataDirectory.removeLater(directory, names: names, delayMilliseconds: delayMilliseconds, hurries: !isRemembered)
    }

    private func writeStart() -> Bool {
        do { try dataDirectory.writeLogStarts() } catch { return false }
        return true
    }

    private func synchronizeDirectory() throws(StorageError) {
        let file = try directory.guarded { () throws(SystemError) in
            try directory.fileSystem.file(directory.path, .directory)
        }
        let result = directory.fileSystem.synchronize(file.descriptor)
        if result < 0 { throw .io(SystemError(call: "fsync", errno: -result, subject: directory.path)) }
    }

    /// Snapshots of the removed part, as long as there is one at the new start or behind it.
    private func retireSnapshots(_ names: inout [String], _ pace: inout RemovalPace) throws(StorageError) {
        let offsets = try directory.guarded { () throws(SystemError) in try directory.fileSystem.list(directory.path) }
            .compactMap(SegmentNaming.parse).filter { $0.kind == .snapshot }.map(\.base)
        guard offsets.contains(where: { $0 >= firstKept }) else { return }
        for offset in offsets where offset < firstKept {
            pace.next()
            names += try directory.retire(offset, [.snapshot])
        }
    }
}
