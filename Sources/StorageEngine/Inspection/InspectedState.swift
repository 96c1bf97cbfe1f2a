// Whether a data directory is in use, was closed, or waits for recovery.
internal import Host

struct InspectedState: Equatable {
    /// A broker holds the directory's lock.
    var isLive = false
    /// The last run closed it: every index is complete.
    var wasClosed = false

    init() {}

    /// Looks, and changes nothing. The lock is tried and let go of at once.
    init(of directory: String, in fileSystem: any FileSystem) throws(StorageError) {
        let lock: File
        do { lock = try fileSystem.file("\(directory)/\(DataDirectory.lockName)", .read) } catch {
            if error.isMissing { return }
            throw .io(error)
        }
        isLive = !(try io { () throws(SystemError) in try lock.tryLock() })
        do {
            _ = try fileSystem.file("\(directory)/\(DataDirectory.cleanMarkName)", .read)
            wasClosed = !isLive
        } catch {
            if !error.isMissing { throw .io(error) }
        }
    }

    var description: String {
        if isLive { return "a broker runs on it: read as far as it is written" }
        return wasClosed ? "closed in order" : "not closed: the next start recovers it"
    }
}
