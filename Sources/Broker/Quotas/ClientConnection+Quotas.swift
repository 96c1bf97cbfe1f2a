// What quotas do to one connection: it is told how long to hold off, and is not read from for as long.
internal import Reactor
internal import Vocabulary
internal import Wire

/// A connection's part in quotas. Made when the first one is looked up for it.
final class Throttling: TimerHandler {
    private struct Lookup {
        var version: UInt64 = 0
        var principal = ""
        var clientID: [UInt8] = []
        var applied: AppliedQuota?
    }

    private unowned let client: ClientConnection
    private var lookups: [QuotaKind: Lookup] = [:]
    private lazy var timer = Timer(self)

    init(_ client: ClientConnection) { self.client = client }

    /// Whether the connection is not read from because it was told to hold off.
    var isMuted: Bool { timer.isArmed }

    /// The quota of the one who sent a request; looked up again when quotas, the principal or the client id changed.
    func applied(_ kind: QuotaKind, _ header: RequestHeaderView) -> AppliedQuota? {
        let quotas = client.broker.quotas
        let version = quotas.version
        let clientID = header.clientID ?? UnsafeRawBufferPointer(start: nil, count: 0)
        if let lookup = lookups[kind], lookup.version == version, lookup.principal == client.principal,
            lookup.clientID.elementsEqual(clientID)
        {
            return lookup.applied
        }
        let user = client.principal.hasPrefix("User:") ? String(client.principal.dropFirst(5)) : client.principal
        let applied = quotas.applied(
            kind, user: user, clientID: String(decoding: clientID, as: UTF8.self), at: client.shard.loop.now)
        lookups[kind] = Lookup(version: version, principal: client.principal, clientID: Array(clientID), applied: applied)
        return applied
    }

    /// Reads nothing for so long. Of several times the one that ends last counts.
    func mute(milliseconds: Int32) {
        guard milliseconds > 0, client.connection.isOpen else { return }
        client.connection.pauseReading()
        let loop = client.shard.loop
        let deadline = loop.now + UInt64(milliseconds) * 1_000_000
        if !timer.isArmed || timer.deadline < deadline { loop.arm(timer, at: deadline) }
    }

    func timerFired(_ timer: Timer) { client.unlimit() }

    func end() { client.shard.loop.cancel(timer) }
}

extension ClientConnection {
    /// The quota that a request is under, nil for none. One load of a flag while nobody has a quota.
    @inline(__always)
    func quota(_ kind: QuotaKind, _ header: RequestHeaderView) -> AppliedQuota? {
        guard broker.quotas.isLimited(kind) else { return nil }
        let throttling = self.throttling ?? Throttling(self)
        self.throttling = throttling
        return throttling.applied(kind, header)
    }

    /// Counts a produce request and mutes the connection if it was too much.
    ///
    /// - Returns: how long, in milliseconds.
    func throttleProduce(_ header: RequestHeaderView, bytes: Int) -> Int32 {
        guard let quota = quota(.produce, header) else { return 0 }
        let milliseconds = quota.meter.record(bytes, limit: quota.bytesPerSecond, at: shard.loop.now)
        mute(milliseconds)
        return milliseconds
    }

    func mute(_ milliseconds: Int32) {
        guard milliseconds > 0 else { return }
        shard.counters.add(.requestsThrottled)
        throttling?.mute(milliseconds: milliseconds)
    }
}
