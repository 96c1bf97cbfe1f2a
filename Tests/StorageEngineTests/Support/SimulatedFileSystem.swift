// A disk in memory that fails, shortens, tears or forgets on demand, the same way every time. What a crash leaves of it is
// in SimulatedCrash.
import Glibc
import Host

/// Counts every operation that changes something; one of them can be made to go wrong. After a crash every call fails
/// until `reboot`.
final class SimulatedFileSystem: FileSystem, @unchecked Sendable {
    // @unchecked: every requirement takes `monitor`.
    enum Fault: Equatable {
        /// The operation fails and changes nothing.
        case fails(Int32)
        /// A write takes so many bytes and says so.
        case short(Int)
        /// The operation is the last: of a write so many bytes happen, of anything else nothing.
        case crash(torn: Int)
    }

    let monitor = Monitor()
    var names: [String: SimulatedFile] = [:]
    var durableNames: [String: SimulatedFile] = [:]
    /// Changes of names since their directory was forced, in order.
    var nameChanges: [NameChange] = []
    var directories: Set<String> = ["."]
    var durableDirectories: Set<String> = ["."]
    private var open: [Int32: (path: String, file: SimulatedFile?)] = [:]
    private var nextDescriptor: Int32 = 100
    private(set) var operations = 0
    var isCrashed = false
    var fault: (at: Int, what: Fault)?
    /// Calls of pwrite and pwritev that ended on a `.log` file.
    private(set) var logWrites = 0
    /// Every fdatasync and fsync fails from now on.
    var failsSynchronizing = false
    /// Every call on a path that begins so fails: a disk that died, or one that became read-only.
    var broken: (prefix: String, errno: Int32, readsToo: Bool)?
    var freeSpace: Int64 = 1 << 40
    private(set) var reads = 0
    /// Called behind each operation that changed something, without the monitor.
    var observer: (() -> Void)?

    var openFiles: Int { monitor.locked { open.count } }

    /// The `number`-th operation from now on goes wrong.
    func plan(_ what: Fault, at number: Int) {
        monitor.locked { fault = (operations + number, what) }
    }

    /// Whether the planned fault was met.
    var isFaultMet: Bool { monitor.locked { fault.map { operations >= $0.at } ?? true } }

    func closeAll() { open = [:] }

    // MARK: For tests to look and to damage

    func bytes(of path: String) -> [UInt8]? { monitor.locked { names[path]?.bytes } }
    func paths() -> [String] { monitor.locked { names.keys.sorted() } }
    func allDirectories() -> [String] { monitor.locked { directories.sorted() } }

    func damage(_ path: String, _ body: (inout [UInt8]) -> Void) {
        monitor.locked { body(&names[path]!.bytes) }
    }

    func put(_ bytes: [UInt8], at path: String) {
        monitor.locked { names[path] = SimulatedFile(bytes) }
    }

    func remove(_ path: String) { monitor.locked { names[path] = nil } }

    /// Takes all of a file out of the page cache.
    func evict(_ path: String) { monitor.locked { names[path]?.resident = [] } }
    /// Brings pages of a file into it.
    func load(_ path: String, pages: Range<Int>) { monitor.locked { names[path]?.resident.formUnion(pages) } }
    func residentPages(of path: String) -> Set<Int> { monitor.locked { names[path]?.resident ?? [] } }

    /// A directory goes with all that is in it, as if somebody had removed it.
    func removeDirectoryTree(_ path: String) {
        monitor.locked {
            names = names.filter { !$0.key.hasPrefix(path + "/") }
            directories = directories.filter { $0 != path && !$0.hasPrefix(path + "/") }
        }
    }

    // MARK: Faults

    /// Counts an operation. nil: go on. Else what to answer, after `body` was told how many bytes happen all the same.
    private func meet(_ path: String, _ body: (Int) -> Void = { _ in }) -> Int32? {
        if isCrashed { return -EIO }
        if let broken, path.hasPrefix(broken.prefix) { return -broken.errno }
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

    private func isUnreadable(_ path: String) -> Bool {
        guard let broken, broken.readsToo else { return isCrashed }
        return isCrashed || path.hasPrefix(broken.prefix)
    }

    private var shortened: Int? {
        if let fault, fault.at == operations, case .short(let count) = fault.what { return count }
        return nil
    }

    private func changing<Result>(_ body: () -> Result) -> Result {
        defer { observer?() }
        return monitor.locked(body)
    }

    // MARK: FileSystem

    func open(_ path: String, _ access: FileAccess) -> Int32 {
        changing {
            if isUnreadable(path) { return -EIO }
            if case .directory = access {
                guard directories.contains(path) else { return -ENOENT }
                return descriptor(path, nil)
            }
            let file = names[path]
            switch access {
            case .create, .createEmpty, .createPrivate: break
            default:
                guard let file else { return -ENOENT }
                return descriptor(path, file)
            }
            if let file {
                if case .create = access { return descriptor(path, file) }
                if let error = meet(path) { return error }
                file.truncate(to: 0)
                return descriptor(path, file)
            }
            guard directories.contains(AtomicReplace.parent(of: path)) else { return -ENOENT }
            if let error = meet(path) { return error }
            let created = SimulatedFile([])
            names[path] = created
            nameChanges.append(.made(path, created))
            return descriptor(path, created)
        }
    }

    private func descriptor(_ path: String, _ file: SimulatedFile?) -> Int32 {
        nextDescriptor += 1
        open[nextDescriptor] = (path, file)
        return nextDescriptor
    }

    func close(_ descriptor: Int32) {
        monitor.locked {
            if let file = open[descriptor]?.file, file.holder == descriptor { file.holder = nil }
            open[descriptor] = nil
        }
    }

    func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int, at position: Int64) -> Int {
        monitor.locked {
            guard let (path, opened) = open[descriptor], let file = opened, !isUnreadable(path) else { return Int(-EIO) }
            reads += 1
            guard Int(position) < file.bytes.count else { return 0 }
            let count = min(file.bytes.count - Int(position), count)
            // With as much again behind it, as a kernel reads ahead.
            file.resident.formUnion(SimulatedFile.pages(Int(position), min(2 * count, file.bytes.count - Int(position))))
            file.bytes.withUnsafeBytes { bytes.copyMemory(from: $0.baseAddress! + Int(position), byteCount: count) }
            return count
        }
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int, at position: Int64) -> Int {
        changing { write(descriptor, Array(UnsafeRawBufferPointer(start: bytes, count: count)), at: position) }
    }

    func write(_ descriptor: Int32, _ vectors: UnsafePointer<WriteVector>, _ count: Int32, at position: Int64) -> Int {
        changing {
            var bytes: [UInt8] = []
            for index in 0..<Int(count) {
                bytes += UnsafeRawBufferPointer(start: vectors[index].base, count: vectors[index].count)
            }
            return write(descriptor, bytes, at: position)
        }
    }

    private func write(_ descriptor: Int32, _ bytes: [UInt8], at position: Int64) -> Int {
        guard let (path, opened) = open[descriptor], let file = opened else { return Int(-EBADF) }
        func put(_ count: Int) { file.write(count == bytes.count ? bytes : Array(bytes[..<count]), at: Int(position)) }
        if let error = meet(path, { put(min($0, bytes.count)) }) { return Int(error) }
        let count = min(bytes.count, shortened ?? bytes.count)
        put(count)
        if path.hasSuffix(".log") { logWrites += 1 }
        return count
    }

    func synchronizeData(_ descriptor: Int32) -> Int32 {
        changing {
            guard let (path, opened) = open[descriptor], let file = opened else { return isCrashed ? -EIO : -EBADF }
            if let error = meet(path) { return error }
            if failsSynchronizing { return -EIO }
            file.force()
            return 0
        }
    }

    func synchronize(_ descriptor: Int32) -> Int32 {
        changing {
            guard let (path, _) = open[descriptor] else { return isCrashed ? -EIO : -EBADF }
            if let error = meet(path) { return error }
            if failsSynchronizing { return -EIO }
            forceNames(of: path)
            return 0
        }
    }

    func synchronizeFileSystem(_ descriptor: Int32) -> Int32 {
        changing {
            guard let (path, _) = open[descriptor] else { return isCrashed ? -EIO : -EBADF }
            if let error = meet(path) { return error }
            if failsSynchronizing { return -EIO }
            forceAll()
            return 0
        }
    }

    func truncate(_ descriptor: Int32, to bytes: Int64) -> Int32 {
        changing {
            guard let (path, opened) = open[descriptor], let file = opened else { return isCrashed ? -EIO : -EBADF }
            if let error = meet(path) { return error }
            file.truncate(to: Int(bytes))
            return 0
        }
    }

    func allocate(_ descriptor: Int32, from position: Int64, count: Int64) -> Int32 {
        changing {
            guard let (path, opened) = open[descriptor], let file = opened else { return isCrashed ? -EIO : -EBADF }
            if let error = meet(path) { return error }
            if file.bytes.count < Int(position + count) { file.truncate(to: Int(position + count)) }
            return 0
        }
    }

    func size(_ descriptor: Int32) -> Int64 {
        monitor.locked { isCrashed ? Int64(-EIO) : Int64(open[descriptor]?.file?.bytes.count ?? 0) }
    }

    func tryLock(_ descriptor: Int32) -> Int32 {
        monitor.locked {
            guard let file = open[descriptor]?.file else { return -EBADF }
            if file.holder != nil, file.holder != descriptor { return -EWOULDBLOCK }
            file.holder = descriptor
            return 0
        }
    }

    func rename(_ path: String, to newPath: String) -> Int32 {
        changing {
            if isCrashed { return -EIO }
            if let file = names[path] {
                if let error = meet(path) { return error }
                names[path] = nil
                names[newPath] = file
                nameChanges.append(.renamed(path, newPath, file))
                return 0
            }
            guard directories.contains(path) else { return -ENOENT }
            if let error = meet(path) { return error }
            renameDirectory(path, newPath)
            return 0
        }
    }

    func unlink(_ path: String) -> Int32 {
        changing {
            if directories.contains(path) { return -EISDIR }
            guard names[path] != nil else { return isCrashed ? -EIO : -ENOENT }
            if let error = meet(path) { return error }
            names[path] = nil
            nameChanges.append(.removed(path))
            return 0
        }
    }

    func makeDirectory(_ path: String) -> Int32 {
        changing {
            guard !directories.contains(path) else { return isCrashed ? -EIO : -EEXIST }
            guard directories.contains(AtomicReplace.parent(of: path)) else { return -ENOENT }
            if let error = meet(path) { return error }
            directories.insert(path)
            return 0
        }
    }

    func removeDirectory(_ path: String) -> Int32 {
        changing {
            guard directories.contains(path) else { return isCrashed ? -EIO : -ENOENT }
            guard children(of: path).isEmpty else { return -ENOTEMPTY }
            if let error = meet(path) { return error }
            directories.remove(path)
            return 0
        }
    }

    func list(_ path: String) throws(SystemError) -> [String] {
        try monitor.locked { () throws(SystemError) in
            guard !isUnreadable(path) else { throw SystemError(call: "opendir", errno: EIO, subject: path) }
            guard directories.contains(path) else { throw SystemError(call: "opendir", errno: ENOENT, subject: path) }
            return children(of: path)
        }
    }

    func freeBytes(_ path: String) -> Int64 { monitor.locked { freeSpace } }
    func totalBytes(_ path: String) -> Int64 { 1 << 40 }

    func residentBytes(_ descriptor: Int32, from position: Int64, count: Int64) -> Int64 {
        monitor.locked {
            guard let file = open[descriptor]?.file else { return Int64(-EBADF) }
            return Int64(file.resident.intersection(SimulatedFile.pages(Int(position), Int(count))).count * SimulatedFile.pageBytes)
        }
    }

    func evict(_ descriptor: Int32, from position: Int64, count: Int64) -> Int32 {
        monitor.locked {
            guard let file = open[descriptor]?.file else { return -EBADF }
            file.resident.subtract(SimulatedFile.pages(Int(position), Int(count)))
            return 0
        }
    }

    /// Names of the files and directories in a directory, sorted.
    private func children(of path: String) -> [String] {
        let prefix = path == "." ? "" : path + "/"
        let length = prefix.utf8.count
        var found: [String] = []
        func look(_ candidate: String) {
            guard candidate.utf8.count > length, candidate.hasPrefix(prefix), candidate != path else { return }
            let rest = candidate.utf8.dropFirst(length)
            if !rest.contains(UInt8(ascii: "/")) { found.append(String(Substring(rest))) }
        }
        for name in names.keys { look(name) }
        for name in directories { look(name) }
        return found.sorted()
    }
}
