// What is left of the simulated disk when the power goes. The model:
//
//   - What an fsync, fdatasync or syncfs covered is there, to the byte, and nothing takes it away but a later change that
//     was covered too.
//   - Of the writes and truncations of a file since then, each may be there, be missing, or be torn at any byte (its
//     front, its back or all but its middle made it), in any order; where data is missing that the file's size counts,
//     zeros are read. So a later write may be there without an earlier one of the same file or of another.
//   - Files made, renamed or removed since their directory was forced: a beginning of these changes, or any choice of
//     them, in their order. One rename is there or not, never half; a removed name comes back with its file.
//   - A directory that was made, renamed or removed is in its old state or its new one.
//   - A killed process loses nothing of it: the kernel has all that was written.
//   - A failed fsync promises nothing, whatever a later one says.
//
// Kinder than a disk that lies about its cache, harsher than a journalling file system that keeps metadata in order.
import Host

/// A file's contents, and what of them the disk is sure to have.
final class SimulatedFile {
    enum Change {
        case write(position: Int, bytes: [UInt8])
        case truncate(Int)
    }

    var bytes: [UInt8]
    /// What an fsync made sure of.
    var durable: [UInt8] = []
    /// What happened since.
    var changes: [Change] = []
    var holder: Int32?
    /// Numbers of the pages that are in the page cache.
    var resident: Set<Int> = []

    static let pageBytes = 4096

    /// The pages that a range touches.
    static func pages(_ position: Int, _ count: Int) -> Range<Int> {
        position / pageBytes..<max(position / pageBytes, (position + count + pageBytes - 1) / pageBytes)
    }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func write(_ bytes: [UInt8], at position: Int) {
        Self.put(bytes, at: position, in: &self.bytes)
        resident.formUnion(Self.pages(position, bytes.count))
        changes.append(.write(position: position, bytes: bytes))
    }

    func truncate(to size: Int) {
        Self.resize(&bytes, to: size)
        changes.append(.truncate(size))
    }

    func force() {
        durable = bytes
        changes = []
    }

    var isPending: Bool { !changes.isEmpty }

    func copy() -> SimulatedFile {
        let copy = SimulatedFile(bytes)
        (copy.durable, copy.changes) = (durable, changes)
        return copy
    }

    /// The power goes. Nothing is known of what was written by a test behind the disk's back.
    func lose(_ generator: inout SplitMix) {
        guard isPending else { return }
        let (whole, wasReordered) = (bytes, generator.next() & 1 == 0)
        switch generator.next() % 4 {
        case 0: bytes = durable
        case 1: break
        default:
            bytes = durable
            for change in wasReordered ? changes.shuffled(using: &generator) : changes { apply(change, &generator) }
            if bytes.count < whole.count, generator.next() % 3 == 0 { Self.resize(&bytes, to: whole.count) }
        }
        force()
    }

    private func apply(_ change: Change, _ generator: inout SplitMix) {
        let fate = generator.next() % 4
        if fate == 0 { return }
        switch change {
        case .truncate(let size): Self.resize(&bytes, to: size)
        case .write(let position, let written):
            guard fate == 1, !written.isEmpty else { return Self.put(written, at: position, in: &bytes) }
            let cut = Int(generator.next() % UInt64(written.count + 1))
            switch generator.next() % 3 {
            case 0: Self.put(Array(written[..<cut]), at: position, in: &bytes)
            case 1: Self.put(Array(written[cut...]), at: position + cut, in: &bytes)
            default:
                let end = cut + Int(generator.next() % UInt64(written.count - cut + 1))
                Self.put(Array(written[..<cut]), at: position, in: &bytes)
                Self.put(Array(written[end...]), at: position + end, in: &bytes)
            }
        }
    }

    static func put(_ new: [UInt8], at position: Int, in bytes: inout [UInt8]) {
        guard !new.isEmpty else { return }
        if bytes.count == position { return bytes += new }
        if bytes.count < position + new.count { resize(&bytes, to: position + new.count) }
        bytes.withUnsafeMutableBytes { target in
            new.withUnsafeBytes { (target.baseAddress! + position).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        }
    }

    static func resize(_ bytes: inout [UInt8], to size: Int) {
        if bytes.count > size { bytes.removeLast(bytes.count - size) } else { bytes += [UInt8](repeating: 0, count: size - bytes.count) }
    }
}

extension SimulatedFileSystem {
    enum Reboot: Equatable {
        /// The process died; the kernel kept what was written.
        case kill
        /// Whatever was not forced is gone.
        case powerLoss
        /// What was not forced is there, gone, torn or reordered, by the seed.
        case partialPowerLoss(seed: UInt64)
    }

    enum NameChange {
        case made(String, SimulatedFile)
        case renamed(String, String, SimulatedFile)
        case removed(String)

        /// The directory that has to be forced for it.
        var directory: String {
            switch self {
            case .made(let path, _), .removed(let path), .renamed(let path, _, _): AtomicReplace.parent(of: path)
            }
        }

        func apply(to names: inout [String: SimulatedFile]) {
            switch self {
            case .made(let path, let file): names[path] = file
            case .removed(let path): names[path] = nil
            case .renamed(let path, let newPath, let file):
                if names[path] === file { names[path] = nil }
                names[newPath] = file
            }
        }
    }

    func reboot(_ how: Reboot) {
        monitor.locked {
            closeAll()
            isCrashed = false
            fault = nil
            failsSynchronizing = false
            broken = nil
            for file in names.values { file.holder = nil }
            switch how {
            case .kill: return
            case .powerLoss:
                (names, directories) = (durableNames, durableDirectories)
                for file in names.values where file.isPending {
                    file.bytes = file.durable
                    file.force()
                }
            case .partialPowerLoss(let seed):
                var generator = SplitMix(seed)
                loseNames(&generator)
                for (_, file) in names.sorted(by: { $0.key < $1.key }) { file.lose(&generator) }
            }
            let found = names.filter { path, _ in directories.contains(AtomicReplace.parent(of: path)) }
            (names, durableNames, nameChanges, durableDirectories) = (found, found, [], directories)
        }
    }

    private func loseNames(_ generator: inout SplitMix) {
        var left = durableNames
        let kept = Int(generator.next() % UInt64(nameChanges.count + 1))
        let isPrefix = generator.next() & 1 == 0
        for (index, change) in nameChanges.enumerated() where isPrefix ? index < kept : generator.next() % 3 != 0 {
            change.apply(to: &left)
        }
        names = left
        for path in directories.symmetricDifference(durableDirectories).sorted() where generator.next() & 1 == 0 {
            if durableDirectories.contains(path) { directories.insert(path) } else { directories.remove(path) }
        }
    }

    func forceNames(of directory: String) {
        for change in nameChanges where change.directory == directory { change.apply(to: &durableNames) }
        nameChanges.removeAll { $0.directory == directory }
        for path in directories.symmetricDifference(durableDirectories) where AtomicReplace.parent(of: path) == directory {
            if directories.contains(path) { durableDirectories.insert(path) } else { durableDirectories.remove(path) }
        }
    }

    func forceAll() {
        for file in names.values { file.force() }
        (durableNames, nameChanges, durableDirectories) = (names, [], directories)
    }

    /// A directory takes what is in it along, as far as a crash remembers it too.
    func renameDirectory(_ path: String, _ newPath: String) {
        func moved(_ file: String) -> String {
            AtomicReplace.parent(of: file) == path ? newPath + file.dropFirst(path.count) : file
        }
        directories.remove(path)
        directories.insert(newPath)
        names = Dictionary(uniqueKeysWithValues: names.map { (moved($0.key), $0.value) })
        for (file, node) in durableNames where moved(file) != file { durableNames[moved(file)] = node }
        nameChanges = nameChanges.map { change in
            switch change {
            case .made(let file, let node): .made(moved(file), node)
            case .removed(let file): .removed(moved(file))
            case .renamed(let file, let other, let node): .renamed(moved(file), moved(other), node)
            }
        }
    }

    /// Whether a crash now could lose bytes of a file's contents.
    var hasPendingWrite: Bool {
        monitor.locked { names.values.contains { $0.changes.contains { if case .write = $0 { true } else { false } } } }
    }

    /// The disk as it is now, with nobody using it: to crash it while the original goes on.
    func fork() -> SimulatedFileSystem {
        monitor.locked {
            let copy = SimulatedFileSystem()
            var copies: [ObjectIdentifier: SimulatedFile] = [:]
            func copied(_ file: SimulatedFile) -> SimulatedFile {
                if let known = copies[ObjectIdentifier(file)] { return known }
                let new = file.copy()
                copies[ObjectIdentifier(file)] = new
                return new
            }
            copy.names = names.mapValues(copied)
            copy.durableNames = durableNames.mapValues(copied)
            copy.nameChanges = nameChanges.map { change in
                switch change {
                case .made(let path, let file): .made(path, copied(file))
                case .removed: change
                case .renamed(let path, let newPath, let file): .renamed(path, newPath, copied(file))
                }
            }
            (copy.directories, copy.durableDirectories, copy.freeSpace) = (directories, durableDirectories, freeSpace)
            return copy
        }
    }
}
