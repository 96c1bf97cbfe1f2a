// A disk in memory that fails, shortens, tears or forgets on demand, the same way every time.
import Glibc
import Host

/// Counts every operation that changes something; one of them can be made to go wrong. After a crash every call fails
/// until `reboot`.
final class SimulatedFileSystem: FileSystem, @unchecked Sendable {
    // @unchecked: every requirement takes `monitor`.
    final class Node {
        var bytes: [UInt8] = []
        /// What an fsync made sure of.
        var durable: [UInt8] = []
        var holder: Int32?
    }

    enum Fault: Equatable {
        /// The operation fails and changes nothing.
        case fails(Int32)
        /// A write takes so many bytes and says so.
        case short(Int)
        /// The operation is the last: of a write so many bytes happen, of anything else nothing.
        case crash(torn: Int)
    }

    enum Reboot: Equatable {
        /// The process died; the kernel kept what was written.
        case kill
        /// Whatever was not forced is gone.
        case powerLoss
        /// Each file and each name that was not forced is gone or not, by the seed.
        case partialPowerLoss(seed: UInt64)
    }

    private let monitor = Monitor()
    private var names: [String: Node] = [:]
    private var durableNames: [String: Node] = [:]
    private var directories: Set<String> = ["."]
    private var durableDirectories: Set<String> = ["."]
    /// Names that a rename ties together until the directory is forced: a journal keeps both of a pair or neither.
    private var renames: [(from: String, to: String)] = []
    private var open: [Int32: (path: String, node: Node?)] = [:]
    private var nextDescriptor: Int32 = 100
    private(set) var operations = 0
    private(set) var isCrashed = false
    private(set) var fault: (at: Int, what: Fault)?
    /// Calls of pwrite and pwritev that ended on a `.log` file.
    private(set) var logWrites = 0
    /// Every fdatasync and fsync fails from now on.
    var failsSynchronizing = false
    var freeSpace: Int64 = 1 << 40
    private(set) var reads = 0

    var openFiles: Int { monitor.locked { open.count } }

    /// The `number`-th operation from now on goes wrong.
    func plan(_ what: Fault, at number: Int) {
        monitor.locked { fault = (operations + number, what) }
    }

    /// Whether the planned fault was met.
    var isFaultMet: Bool { monitor.locked { fault.map { operations >= $0.at } ?? true } }

    func reboot(_ how: Reboot) {
        monitor.locked {
            open = [:]
            isCrashed = false
            fault = nil
            failsSynchronizing = false
            for node in names.values { node.holder = nil }
            switch how {
            case .kill: return
            case .powerLoss: lose { true }
            case .partialPowerLoss(let seed):
                var generator = SplitMix(seed)
                lose { generator.next() & 1 == 0 }
            }
            for node in names.values { node.durable = node.bytes }
            durableNames = names
            durableDirectories = directories
        }
    }

    private func lose(_ isLost: () -> Bool) {
        var decided: Set<String> = []
        for path in Set(names.keys).union(durableNames.keys).sorted() where names[path] !== durableNames[path] && !decided.contains(path) {
            let together = tied(to: path)
            decided.formUnion(together)
            if isLost() { for path in together { names[path] = durableNames[path] } }
        }
        renames = []
        for path in directories.symmetricDifference(durableDirectories).sorted() where isLost() {
            if durableDirectories.contains(path) { directories.insert(path) } else { directories.remove(path) }
        }
        names = names.filter { path, _ in directories.contains(AtomicReplace.parent(of: path)) }
        var seen: Set<ObjectIdentifier> = []
        for (_, node) in names.sorted(by: { $0.key < $1.key }) where seen.insert(ObjectIdentifier(node)).inserted {
            if node.bytes != node.durable, isLost() { node.bytes = node.durable }
        }
    }

    private func tied(to path: String) -> Set<String> {
        var all: Set<String> = [path]
        while true {
            let more = renames.filter { all.contains($0.from) != all.contains($0.to) }
            if more.isEmpty { return all }
            for pair in more { all.formUnion([pair.from, pair.to]) }
        }
    }

    // MARK: For tests to look and to damage

    func bytes(of path: String) -> [UInt8]? { monitor.locked { names[path]?.bytes } }
    func paths() -> [String] { monitor.locked { names.keys.sorted() } }
    func allDirectories() -> [String] { monitor.locked { directories.sorted() } }

    func damage(_ path: String, _ body: (inout [UInt8]) -> Void) {
        monitor.locked { body(&names[path]!.bytes) }
    }

    func put(_ bytes: [UInt8], at path: String) {
        monitor.locked {
            let node = Node()
            node.bytes = bytes
            names[path] = node
        }
    }

    func remove(_ path: String) { monitor.locked { names[path] = nil } }

    // MARK: Faults

    /// Counts an operation. nil: go on. Else what to answer, after `body` was told how many bytes happen all the same.
    private func meet(_ body: (Int) -> Void = { _ in }) -> Int32? {
        if isCrashed { return -EIO }
        operations += 1
        guard let fault, fault.at == operations else { return nil }
        switch fault.what {
        case .fails(let errno): return -errno
        case .short: return nil
        case .crash(let torn):
            body(torn)
            isCrashed = true
            return -EIO
        }
    }

    private var shortened: Int? {
        if let fault, fault.at == operations, case .short(let count) = fault.what { return count }
        return nil
    }

    // MARK: FileSystem

    func open(_ path: String, _ access: FileAccess) -> Int32 {
        monitor.locked {
            if isCrashed { return -EIO }
            if case .directory = access {
                guard directories.contains(path) else { return -ENOENT }
                return descriptor(path, nil)
            }
            if names[path] == nil {
                switch access {
                case .create, .createEmpty: break
                default: return -ENOENT
                }
                guard directories.contains(AtomicReplace.parent(of: path)) else { return -ENOENT }
                if let error = meet() { return error }
                names[path] = Node()
            } else if case .createEmpty = access {
                if let error = meet() { return error }
                names[path]!.bytes = []
            }
            return descriptor(path, names[path])
        }
    }

    private func descriptor(_ path: String, _ node: Node?) -> Int32 {
        nextDescriptor += 1
        open[nextDescriptor] = (path, node)
        return nextDescriptor
    }

    func close(_ descriptor: Int32) {
        monitor.locked {
            if open[descriptor]?.node?.holder == descriptor { open[descriptor]?.node?.holder = nil }
            open[descriptor] = nil
        }
    }

    func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int, at position: Int64) -> Int {
        monitor.locked {
            guard !isCrashed, let node = open[descriptor]?.node else { return Int(-EIO) }
            reads += 1
            guard Int(position) < node.bytes.count else { return 0 }
            let range = Int(position)..<min(node.bytes.count, Int(position) + count)
            node.bytes.withUnsafeBytes { bytes.copyMemory(from: $0.baseAddress! + range.lowerBound, byteCount: range.count) }
            return range.count
        }
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int, at position: Int64) -> Int {
        monitor.locked { write(descriptor, Array(UnsafeRawBufferPointer(start: bytes, count: count)), at: position) }
    }

    func write(_ descriptor: Int32, _ vectors: UnsafePointer<WriteVector>, _ count: Int32, at position: Int64) -> Int {
        monitor.locked {
            var bytes: [UInt8] = []
            for index in 0..<Int(count) {
                bytes += UnsafeRawBufferPointer(start: vectors[index].base, count: vectors[index].count)
            }
            return write(descriptor, bytes, at: position)
        }
    }

    private func write(_ descriptor: Int32, _ bytes: [UInt8], at position: Int64) -> Int {
        guard let (path, node) = open[descriptor], let node else { return Int(-EBADF) }
        func put(_ count: Int) {
            let end = Int(position) + count
            if node.bytes.count < end { node.bytes += [UInt8](repeating: 0, count: end - node.bytes.count) }
            node.bytes.replaceSubrange(Int(position)..<end, with: bytes[..<count])
        }
        if let error = meet({ put(min($0, bytes.count)) }) { return Int(error) }
        let count = min(bytes.count, shortened ?? bytes.count)
        put(count)
        if path.hasSuffix(".log") { logWrites += 1 }
        return count
    }

    func synchronizeData(_ descriptor: Int32) -> Int32 {
        monitor.locked {
            if let error = meet() { return error }
            if failsSynchronizing { return -EIO }
            guard let node = open[descriptor]?.node else { return -EBADF }
            node.durable = node.bytes
            return 0
        }
    }

    func synchronize(_ descriptor: Int32) -> Int32 {
        monitor.locked {
            if let error = meet() { return error }
            if failsSynchronizing { return -EIO }
            guard let directory = open[descriptor]?.path else { return -EBADF }
            for path in Set(names.keys).union(durableNames.keys) where AtomicReplace.parent(of: path) == directory {
                durableNames[path] = names[path]
            }
            renames.removeAll { AtomicReplace.parent(of: $0.from) == directory }
            for path in directories.union(durableDirectories) where AtomicReplace.parent(of: path) == directory {
                if directories.contains(path) { durableDirectories.insert(path) } else { durableDirectories.remove(path) }
            }
            return 0
        }
    }

    func synchronizeFileSystem(_ descriptor: Int32) -> Int32 {
        monitor.locked {
            if let error = meet() { return error }
            if failsSynchronizing { return -EIO }
            for node in names.values { node.durable = node.bytes }
            durableNames = names
            durableDirectories = directories
            renames = []
            return 0
        }
    }

    func truncate(_ descriptor: Int32, to bytes: Int64) -> Int32 {
        monitor.locked {
            if let error = meet() { return error }
            guard let node = open[descriptor]?.node else { return -EBADF }
            let count = Int(bytes)
            if node.bytes.count > count {
                node.bytes.removeLast(node.bytes.count - count)
            } else {
                node.bytes += [UInt8](repeating: 0, count: count - node.bytes.count)
            }
            return 0
        }
    }

    func allocate(_ descriptor: Int32, from position: Int64, count: Int64) -> Int32 {
        monitor.locked {
            if let error = meet() { return error }
            guard let node = open[descriptor]?.node else { return -EBADF }
            let end = Int(position + count)
            if node.bytes.count < end { node.bytes += [UInt8](repeating: 0, count: end - node.bytes.count) }
            return 0
        }
    }

    func size(_ descriptor: Int32) -> Int64 {
        monitor.locked { isCrashed ? Int64(-EIO) : Int64(open[descriptor]?.node?.bytes.count ?? 0) }
    }

    func tryLock(_ descriptor: Int32) -> Int32 {
        monitor.locked {
            guard let node = open[descriptor]?.node else { return -EBADF }
            if node.holder != nil, node.holder != descriptor { return -EWOULDBLOCK }
            node.holder = descriptor
            return 0
        }
    }

    func rename(_ path: String, to newPath: String) -> Int32 {
        monitor.locked {
            if let error = meet() { return error }
            if let node = names[path] {
                names[path] = nil
                names[newPath] = node
                renames.append((path, newPath))
                return 0
            }
            guard directories.contains(path) else { return -ENOENT }
            rename(path, newPath, in: &directories, &names)
            return 0
        }
    }

    /// A directory takes what is in it along, as far as a crash remembers it too.
    private func rename(_ path: String, _ newPath: String, in directories: inout Set<String>, _ names: inout [String: Node]) {
        directories.remove(path)
        directories.insert(newPath)
        for (file, node) in names where AtomicReplace.parent(of: file) == path {
            names[file] = nil
            names[newPath + file.dropFirst(path.count)] = node
        }
        for (file, node) in durableNames where AtomicReplace.parent(of: file) == path {
            durableNames[newPath + file.dropFirst(path.count)] = node
        }
    }

    func unlink(_ path: String) -> Int32 {
        monitor.locked {
            if directories.contains(path) { return -EISDIR }
            guard names[path] != nil else { return isCrashed ? -EIO : -ENOENT }
            if let error = meet() { return error }
            names[path] = nil
            return 0
        }
    }

    func makeDirectory(_ path: String) -> Int32 {
        monitor.locked {
            guard !directories.contains(path) else { return isCrashed ? -EIO : -EEXIST }
            if let error = meet() { return error }
            directories.insert(path)
            return 0
        }
    }

    func removeDirectory(_ path: String) -> Int32 {
        monitor.locked {
            guard directories.contains(path) else { return isCrashed ? -EIO : -ENOENT }
            guard !names.keys.contains(where: { AtomicReplace.parent(of: $0) == path }) else { return -ENOTEMPTY }
            if let error = meet() { return error }
            directories.remove(path)
            return 0
        }
    }

    func list(_ path: String) throws(SystemError) -> [String] {
        try monitor.locked { () throws(SystemError) in
            guard !isCrashed else { throw SystemError(call: "opendir", errno: EIO, subject: path) }
            guard directories.contains(path) else { throw SystemError(call: "opendir", errno: ENOENT, subject: path) }
            return names.keys.filter { AtomicReplace.parent(of: $0) == path }.map { String($0.dropFirst(path.count + 1)) }
                + directories.filter { AtomicReplace.parent(of: $0) == path }.map { String($0.dropFirst(path.count + 1)) }
        }
    }

    func freeBytes(_ path: String) -> Int64 { monitor.locked { freeSpace } }
}

/// A small seeded generator, so that a failure names the seed that shows it again.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
