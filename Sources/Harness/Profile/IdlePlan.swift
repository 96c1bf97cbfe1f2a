// `idleConnections:` in a profile: connections that are open beside its load and ask for nothing.

package struct IdlePlan: Equatable, Sendable {
    package var count: Int
    /// Each asks once in so long, so that the broker does not close it for its silence.
    package var keepAliveNanoseconds: UInt64

    static let countMaximum = 100_000
    /// Where nothing is known of the broker: brokers that are kept for others close connections after as little as four minutes.
    static let usualKeepAliveNanoseconds: UInt64 = 120_000_000_000
}

extension Profile {
    /// nil: there are none.
    var idlePlan: IdlePlan? {
        guard idleConnections > 0 else { return nil }
        let limit = broker.settings["connections.max.idle.ms"].flatMap { UInt64($0) }.map { min($0, UInt64(Int32.max)) * 1_000_000 / 3 }
        return IdlePlan(count: idleConnections, keepAliveNanoseconds: min(limit ?? .max, IdlePlan.usualKeepAliveNanoseconds))
    }

    /// What they stand beside.
    func checkIdleConnections(_ top: ProfileSection) throws(ProfileError) {
        guard idleConnections > 0 else { return }
        if producerGroups.isEmpty { throw top.error("idleConnections", "‘idleConnections’ are open beside the load of ‘producers’, which is missing") }
        if gate != nil { throw top.error("idleConnections", "a comparison of builds has its own connections only: no ‘idleConnections’ with ‘gate’") }
        if let placing = headlines.placing {
            throw top.error("idleConnections", "‘headlines.\(placing)’ runs the load once a place, without others beside it: no ‘idleConnections’")
        }
    }
}
