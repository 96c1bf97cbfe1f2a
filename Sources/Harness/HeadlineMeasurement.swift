// Where a headline measurement plugs in.
package import Topology

/// One measurement that a run carries beside, or instead of, its own load.
///
/// It writes what it found into `context.record` (headlines, metrics, phases, facts, notes) and calls
/// `context.publish()` between its timed parts. A state or placement it could not reach goes into its
/// facts, so that the verdict speaks; it throws only when the run cannot go on.
package protocol HeadlineMeasurement {
    /// As the profile's `headlines:` calls it.
    var name: String { get }
    /// What it will cost at most, known before anything starts.
    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost
    func run(_ context: RunContext) throws
}
