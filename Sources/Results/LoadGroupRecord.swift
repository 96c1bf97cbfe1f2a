// One named group of producers or consumers in one phase.
package import Measurement

package struct LoadGroupRecord: Codable, Equatable, Sendable {
    package enum Role: String, Codable, Sendable { case producers, consumers }
    package var name: String
    package var role: Role
    /// Threads.
    package var lanes: Int
    /// Of producers `open`, `closed` or `max`; of consumers `tail`, or `slow` where they read no faster than they are told to.
    package var mode: String
    package var series: [SecondRecord] = []
    /// Raw, by clock: `schedule_lag`, `client_delay`, `service`, `response`, `end_to_end`.
    package var histograms: [String: LatencyHistogram] = [:]
    /// Of producers as the phase has them; of consumers `consumed_records`, `consumed_bytes`, `polls`, and `behind_records`:
    /// acknowledged and not yet read at the end of the phase; of late ones, slow or held back before, `read_nanoseconds`: the time in which they were consumed.
    package var counters: [String: UInt64] = [:]
    /// The rules that this group broke, and its flags; they are among the run's.
    package var reasons: [Verdict.Reason] = []
    /// Of readers, how far behind they were, where the load has several groups of them; nil: the phase's lag is theirs, or there is none.
    package var lag: LagRecord?
    package var notes: [String] = []

    package init(name: String, role: Role, lanes: Int, mode: String) {
        self.name = name
        self.role = role
        self.lanes = lanes
        self.mode = mode
    }

    /// Whether the broker did not keep up with its schedule: then its times are no claim.
    package var isSaturated: Bool { reasons.contains { $0.outcome == .saturated } }
}
