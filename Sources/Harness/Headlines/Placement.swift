// Which CPUs a pinned broker and its client get.
internal import Topology

/// A broker's and a client's CPUs; nil where the scheduler decides.
struct Placement: CustomStringConvertible {
    var broker: CPUSet?
    var client: CPUSet?
    /// How the two CPUs lie to each other.
    var distance: CPUTopology.Distance?

    static let unpinned = Placement()

    /// The first allowed CPU for the broker; for the client the same one, or the one that is nearest without being
    /// an SMT sibling (two hyper-threads share a core's execution units: that is another experiment).
    ///
    /// - Throws: `HarnessError` when the client needs a CPU of its own and there is none.
    static func pair(sameCPU: Bool, _ machine: MachineDescription) throws -> Placement {
        let allowed = try CPUSet.allowed().cpus
        guard let first = allowed.first else { throw HarnessError.impossible("this process may run on no CPU at all") }
        let broker = CPUSet([first])
        if sameCPU { return Placement(broker: broker, client: broker, distance: .same) }
        let topology = machine.topology
        let others = allowed.dropFirst().map { (cpu: $0, distance: topology.distance(from: first, to: $0)) }
        guard let chosen = others.first(where: { $0.distance == .otherCore }) ?? others.first else {
            throw HarnessError.impossible("a pinned broker and client need two CPUs; this process may use only CPU \(first)")
        }
        return Placement(broker: broker, client: CPUSet([chosen.cpu]), distance: chosen.distance)
    }

    var description: String {
        guard let broker, let client else { return "unpinned" }
        if broker == client { return "broker and client on CPU \(broker)" }
        return "broker CPU \(broker) · client CPU \(client)"
    }
}
