// Finishes or undoes the swaps that a crash interrupted, before the segments are looked at. The table is in
// Compaction/Replacement.swift. A crash in here leaves a case of the same table.
internal import Host
internal import Records
internal import Vocabulary

struct ReplacementRecovery {
    private let directory: LogDirectory
    private let scratch: UnsafeMutableRawBufferPointer
    /// Swaps that were finished, and replacements that were dropped.
    private(set) var completed = 0
    private(set) var undone = 0

    init(_ directory: LogDirectory, scratch: UnsafeMutableRawBufferPointer) {
        self.directory = directory
        self.scratch = scratch
    }

    /// - Returns: whether the directory is another one now.
    mutating func run(_ names: [String]) throws(StorageError) -> Bool {
        let suffixed = names.compactMap(SegmentNaming.parseSuffixed)
        guard !suffixed.isEmpty else { return false }
        var bases = Set(names.compactMap(SegmentNaming.parse).filter { $0.kind == .log }.map(\.base))
        for base in suffixed.filter({ $0.kind == .log && $0.suffix == .cleaned }).map(\.base) {
            try remove(base, .log, .cleaned)
            undone += 1
        }
        // The crash may have come before the replacement's name was forced: nothing goes before that is done.
        try force()
        for base in suffixed.filter({ $0.kind == .log && $0.suffix == .swap }).map(\.base).sorted() {
            if let end = try wholeEnd(base) {
                try complete(base, upTo: end, &bases)
                completed += 1
            } else {
                try remove(base, .log, .swap)
                undone += 1
            }
        }
        for (base, kind, suffix) in suffixed where kind != .log || suffix == .deleted { try remove(base, kind, suffix) }
        try force()
        return true
    }

    /// Behind the replacement's last record; nil when it is not whole.
    private func wholeEnd(_ base: Offset) throws(StorageError) -> Offset? {
        let file = try SegmentFiles(base, in: directory, .swap).open(.log, .read)
        var scan = try TailScan(file, buffer: scratch)
        var end: Offset?
        let result = try scan.run(base: base, verifiedFrom: 0) { (batch) throws(StorageError) in end = batch.nextOffset }
        return result.tail == .whole ? end : nil
    }

    private func complete(_ base: Offset, upTo end: Offset, _ bases: inout Set<Offset>) throws(StorageError) {
        let indexes = SegmentNaming.Kind.ofSegment.filter { $0 != .log }
        for covered in bases.filter({ $0 > base && $0 < end }).sorted(by: >) {
            for kind in [.log] + indexes { try remove(covered, kind, .none) }
            bases.remove(covered)
        }
        for kind in indexes { try remove(base, kind, .none) }
        try force()
        try io { [directory] () throws(SystemError) in
            try directory.fileSystem.renameFile(directory.path(base, .log, .swap), to: directory.path(base, .log))
        }
        try force()
    }

    private func remove(_ base: Offset, _ kind: SegmentNaming.Kind, _ suffix: SegmentNaming.Suffix) throws(StorageError) {
        try io { [directory] () throws(SystemError) in
            try directory.fileSystem.removeFile(directory.path(base, kind, suffix))
        }
    }

    private func force() throws(StorageError) {
        try io { [directory] () throws(SystemError) in try directory.fileSystem.synchronizeDirectory(directory.path) }
    }
}
