// A book as it is read: its claims, and what each comes to.
package import Results

package struct ClaimBook: Sendable {
    /// Of its directory.
    package let name: String
    package let record: BookRecord
    package let readings: [ClaimReading]
    /// Those of its claims, in the order in which they were made.
    package let experiments: [ExperimentReading]
    /// Of the first run; nil: there is none.
    package let machine: EnvironmentRecord?
    package let disk: DiskRecord?
    /// How the machine or a disk of any run is modelled; empty for hardware.
    package let modelled: [String]
    /// Runs that the machine spoiled and that were made once more, each with its reason.
    package let repeats: [String]

    /// - Throws: `ResultError.unreadable` for a claim that this program does not know.
    package init(name: String, record: BookRecord, machine: EnvironmentRecord?, disk: DiskRecord?, _ evidence: Evidence) throws(ResultError) {
        guard let claims = ClaimCatalogue.named(record.claims) else {
            throw .unreadable(path: name, reason: "it has claims that this program does not know: \(record.claims.joined(separator: ", "))")
        }
        self.name = name
        self.record = record
        self.machine = machine
        self.disk = disk
        modelled = evidence.modelled.union([machine?.hard["modelled"]].compactMap { $0 }).sorted()
        repeats = evidence.repeats
        readings = claims.map { ClaimReading($0, evidence) }
        experiments = ClaimCatalogue.experiments(of: claims).map { ExperimentReading($0, tier: record.tier, evidence) }
    }

    package func experiments(of claim: any Claim) -> [ExperimentReading] { experiments.filter { claim.experiments.contains($0.name) } }

    /// Experiments that have nothing to show, with the reason.
    package var failures: [(experiment: String, reason: String)] {
        record.experiments.compactMap { experiment in experiment.failure.map { (experiment.name, $0) } }
    }

    /// `AMD EPYC · 2 CPUs · 23.5 GiB · Linux 6.18 · KVM · ext4 on vda (virtual)`, and what of it is modelled.
    package var machineLine: String {
        let known = ["cpu_model", "cpus", "memory", "kernel", "hypervisor"].compactMap { machine?.hard[$0] }
        let label = modelled.isEmpty ? nil : "MODELLED, no figure of hardware: \(modelled.joined(separator: " / "))"
        return (known.filter { $0 != "unknown" && $0 != "none" } + [disk?.place, label].compactMap { $0 }).joined(separator: " · ")
    }

    /// `claims of 2026-11-30T06:00:00Z, quick tier, tidemark 0.1.0`, and whether it was carried to its end.
    package var conditions: String {
        let tier = record.tier == "quick" ? "quick tier: a first impression" : "full tier"
        let reservations = [record.endedAt == nil ? "it was not carried to its end" : nil, record.hasNoSeal ? "its book.json carries no seal" : nil]
        return (["\(record.startedAt), \(tier), \(record.software)"] + reservations.compactMap { $0 }).joined(separator: "; ")
    }

    /// What spoils numbers on this machine, as it was found.
    package var traits: [String] { machine?.traits.filter(\.spoils).map { "\($0.name): \($0.finding); \($0.countermeasure)" } ?? [] }
}
