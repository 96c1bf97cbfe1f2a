// What a connection knows of its rights to topics: produce and fetch ask for each topic of each request.
internal import Vocabulary

/// Decisions by the bytes of a topic's name, good until a rule changes.
struct TopicAccess {
    /// Topics of one connection; with more, all are forgotten.
    private static let limit = 10_000

    private final class Entry {
        let name: [UInt8]
        /// A bit for each operation that was asked about, and for each that is allowed.
        var known: UInt16 = 0
        var allowed: UInt16 = 0

        init(_ name: UnsafeRawBufferPointer) { self.name = Array(name) }

        func isNamed(_ bytes: UnsafeRawBufferPointer) -> Bool {
            name.count == bytes.count && name.withUnsafeBytes { $0.elementsEqual(bytes) }
        }
    }

    private var version: UInt64 = 0
    private var entries: [UInt64: Entry] = [:]
    private var last: Entry?

    mutating func isAuthorized(_ operation: Operation, _ name: UnsafeRawBufferPointer, _ access: Access) -> Bool {
        guard let authorizer = access.authorizer else { return true }
        // Before the rules are looked at: a change between the two is seen next time.
        let current = authorizer.version
        if current != version { self = TopicAccess(version: current) }
        let entry = entry(name)
        let bit: UInt16 = 1 << UInt16(operation.rawValue)
        if entry.known & bit == 0 {
            entry.known |= bit
            if access.isAuthorized(operation, .topic(String(decoding: name, as: UTF8.self))) { entry.allowed |= bit }
        }
        return entry.allowed & bit != 0
    }

    init(version: UInt64 = 0) { self.version = version }

    private mutating func entry(_ name: UnsafeRawBufferPointer) -> Entry {
        if let last, last.isNamed(name) { return last }
        let hash = TopicTable.hash(name)
        if let found = entries[hash], found.isNamed(name) {
            last = found
            return found
        }
        if entries.count >= TopicAccess.limit { entries.removeAll() }
        // One of another name with the same hash makes room: that is rare, and it only is asked about again.
        let made = Entry(name)
        entries[hash] = made
        last = made
        return made
    }
}
