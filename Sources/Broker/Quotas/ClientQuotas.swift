// The quotas in force, for all loops: one meter for each subject, one flag to ask while there are no quotas.
internal import StorageEngine
internal import Synchronization

/// A quota as it counts for one client, with the meter that it shares with others.
struct AppliedQuota: Sendable {
    let bytesPerSecond: Int64
    let meter: QuotaMeter
    /// The most bytes that one fetch may bring: what a full set of windows allows.
    let windowBytes: Int
}

/// Where quotas are kept. Safe to use from any thread; a loop takes the lock when its connection's quotas have to be
/// looked up anew, and a meter's for each request that a quota is for.
final class ClientQuotas: Sendable {
    /// Subjects that are counted by themselves. Beyond it, those that come share one meter.
    static let meterLimit = 10_000

    private struct State {
        var table: QuotaTable
        var meters: [QuotaSubject: QuotaMeter] = [:]
        var overflow: [QuotaKind: QuotaMeter] = [:]
        /// When meters that nobody needs were last looked for.
        var sweptAt: UInt64 = 0
    }

    private let windowCount: Int
    private let windowNanoseconds: UInt64
    private let state: Mutex<State>
    private let limited: Atomic<UInt8>
    private let version_ = Atomic<UInt64>(1)

    init(_ table: QuotaTable, windowCount: Int, windowSeconds: Int) {
        self.windowCount = windowCount
        windowNanoseconds = UInt64(windowSeconds) * 1_000_000_000
        state = Mutex(State(table: table))
        limited = Atomic(Self.bits(table))
    }

    /// The quotas that the data directories remember.
    convenience init(_ configuration: BrokerConfiguration, _ storage: Storage) throws {
        guard let table = QuotaTable(lines: try storage.settings(.clientQuotas)) else {
            throw ConfigurationError("the file \(SettingsFile.clientQuotas.rawValue) of the data directories has lines that say nothing; it was written by another version, or by hand")
        }
        self.init(table, windowCount: configuration.quotaWindowCount, windowSeconds: configuration.quotaWindowSeconds)
    }

    private static func bits(_ table: QuotaTable) -> UInt8 {
        QuotaKind.allCases.reduce(0) { table.hasAny($1) ? $0 | $1.bit : $0 }
    }

    /// Whether anybody has a quota of that kind: all that a request costs where there are none.
    @inline(__always) func isLimited(_ kind: QuotaKind) -> Bool { limited.load(ordering: .relaxed) & kind.bit != 0 }

    /// Changes with every change of the quotas.
    var version: UInt64 { version_.load(ordering: .acquiring) }

    var table: QuotaTable { state.withLock { $0.table } }

    /// Puts other quotas in force, from the next request of every connection on. What was sent so far stays counted.
    func replace(_ table: QuotaTable) {
        state.withLock { $0.table = table }
        version_.add(1, ordering: .releasing)
        limited.store(Self.bits(table), ordering: .releasing)
    }

    /// The quota of a client, nil for none.
    func applied(_ kind: QuotaKind, user: String, clientID: String, at now: UInt64) -> AppliedQuota? {
        state.withLock { state in
            guard let match = state.table.match(kind, user: user, clientID: clientID) else { return nil }
            let perWindow = match.bytesPerSecond.multipliedReportingOverflow(by: Int64(windowCount - 1) * Int64(windowNanoseconds / 1_000_000_000))
            return AppliedQuota(
                bytesPerSecond: match.bytesPerSecond, meter: meter(of: match.subject, &state, now),
                windowBytes: perWindow.overflow ? .max : Int(perWindow.partialValue))
        }
    }

    private func meter(of subject: QuotaSubject, _ state: inout State, _ now: UInt64) -> QuotaMeter {
        if let meter = state.meters[subject] { return meter }
        if state.meters.count >= Self.meterLimit { sweep(&state, now) }
        let meter = QuotaMeter(windowCount: windowCount, windowNanoseconds: windowNanoseconds)
        guard state.meters.count < Self.meterLimit else {
            if let shared = state.overflow[subject.kind] { return shared }
            state.overflow[subject.kind] = meter
            return meter
        }
        state.meters[subject] = meter
        return meter
    }

    /// Forgets meters that say nothing and that no connection holds: a stranger may come under any number of client ids.
    private func sweep(_ state: inout State, _ now: UInt64) {
        guard state.sweptAt == 0 || now >= state.sweptAt + windowNanoseconds else { return }
        state.sweptAt = now
        for subject in Array(state.meters.keys) {
            guard var meter = state.meters.removeValue(forKey: subject) else { continue }
            if !isKnownUniquelyReferenced(&meter) || !meter.isIdle(at: now) { state.meters[subject] = meter }
        }
    }
}
