// The unfinished handshakes of one event loop, by the address that they came from.

/// A bounded set. Where it is full, the oldest of the address with the most makes room: an address that floods displaces its
/// own, and clients who finish in time get in whatever number of others never do. Belongs to its event loop.
final class HandshakeQueue {
    /// The unfinished handshakes of one address, oldest first.
    private final class Line {
        var oldest: Handshake?
        var newest: Handshake?
        var count = 0
    }

    private var lines: [String: Line] = [:]
    private(set) var count = 0
    private var begun: UInt64 = 0
    private let limit: Int
    /// Nobody is let in any more.
    private(set) var isClosed = false

    init(limit: Int) { self.limit = limit }

    /// - Returns: the handshake that has to go, if one has.
    func append(_ handshake: Handshake) -> Handshake? {
        let surplus = count >= limit ? longestLine?.oldest : nil
        if let surplus { remove(surplus) }
        begun += 1
        handshake.number = begun
        let line = lines[handshake.address] ?? Line()
        lines[handshake.address] = line
        handshake.older = line.newest
        line.newest?.newer = handshake
        line.newest = handshake
        if line.oldest == nil { line.oldest = handshake }
        line.count += 1
        count += 1
        return surplus
    }

    /// Of equally long ones that whose oldest has waited longest. A look at every address, of which there are at most
    /// as many as handshakes: 10 µs, and only while a flood is on.
    private var longestLine: Line? {
        lines.values.max { ($0.count, $1.oldest?.number ?? 0) < ($1.count, $0.oldest?.number ?? 0) }
    }

    /// Harmless for one that is not in it.
    func remove(_ handshake: Handshake) {
        guard let line = lines[handshake.address], handshake.older != nil || handshake === line.oldest else { return }
        if let older = handshake.older { older.newer = handshake.newer } else { line.oldest = handshake.newer }
        if let newer = handshake.newer { newer.older = handshake.older } else { line.newest = handshake.older }
        handshake.older = nil
        handshake.newer = nil
        line.count -= 1
        count -= 1
        if line.count == 0 { lines[handshake.address] = nil }
    }

    /// Ends all of them, and all that will come.
    func close() {
        isClosed = true
        while let handshake = lines.values.first?.oldest { handshake.fail(.stopping) }
    }
}
