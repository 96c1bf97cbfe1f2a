// What the doctor found, for people and for programs.
internal import Foundation
internal import Topology

/// The machine, the directories named, the traits; the placement where it was asked for.
struct DoctorReport: Encodable {
    /// As they were asked for.
    let paths: [String]
    let machine: MachineDescription
    let directories: [DataDirectory]
    let traits: [MachineTrait]
    let placement: [PlacementCell]?

    /// - Parameter live: whether it is this machine, of which more can be measured than its files tell.
    /// - Throws: `TopologyError` of a directory.
    static func examine(_ paths: [String], _ system: any SystemSource, live: Bool, placement: Bool) throws -> DoctorReport {
        let directories = try paths.map { try DataDirectory.identify($0, system) }
        let machine = MachineDescription.read(system)
        // Long enough for a spell of a tenth of a second every few seconds. What a modelled processor loses is its emulator's.
        let milliseconds: UInt64 = machine.modelled == nil ? 2_000 : 200
        return DoctorReport(
            paths: paths, machine: machine, directories: directories,
            traits: Doctor.examine(dataDirectories: paths, probe: live ? TraitProbe.measure(milliseconds: milliseconds) : TraitProbe(), system),
            placement: placement ? PlacementCheck.run(directory: directories.first?.path ?? ".") : nil)
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Without the last line's end.
    func text(all: Bool) -> String {
        var lines = [
            "\(machine.cpuModel ?? "unknown CPU"), \(machine.logicalCPUs) CPUs, \(machine.memoryBytes >> 20) MiB, "
                + "kernel \(machine.kernel ?? "unknown")" + (machine.hypervisor.map { ", under \($0)" } ?? "")
        ]
        if let modelled = machine.modelled { lines.append("MODELLED, no figure of hardware: \(modelled)") }
        if machine.nodes.count > 1 {
            lines += machine.nodes.map { node in
                "node \(node.id): \(node.cpus.isEmpty ? "no CPUs" : "CPUs \(node.cpus)"), \(node.memoryBytes >> 20) MiB, "
                    + "distances \(node.distances.map { "\($0)" }.joined(separator: " "))"
            }
        }
        lines += zip(paths, directories).map { path, disk in
            "\(path): \(disk.fileSystem) on \(disk.devices.last?.name ?? disk.mountSource)"
                + (disk.numaNode.map { ", at node \($0)" } ?? "") + ", class \(disk.diskClass.rawValue): \(disk.classReason)"
        }
        if let placement { lines += ["", placementLine(placement)] + placement.map { "  \($0)" } }
        for trait in traits where all || trait.state != .absent {
            lines.append("")
            lines.append("\(trait.state == .present ? "!" : trait.state == .absent ? "-" : "?") \(trait.name.rawValue): \(trait.state.rawValue) (\(trait.evidence))")
            lines.append("    effect: \(trait.effect)")
            lines.append("    counter-measure: \(trait.counterMeasure)")
            if let fix = trait.fix { lines.append("    fix: \(fix)") }
        }
        return lines.joined(separator: "\n")
    }

    private func placementLine(_ cells: [PlacementCell]) -> String {
        let verified = cells.count { $0.outcome == .verified }
        let skipped = cells.count { $0.outcome == .skipped }
        let verdict = PlacementCheck.holds(cells) ? "placing works" : "PLACING DOES NOT WORK"
        return "\(verdict): \(verified) of \(cells.count - skipped) cells verified on \(machine.nodes.count) node\(machine.nodes.count == 1 ? "" : "s")"
            + (skipped > 0 ? ", \(skipped) skipped" : "")
    }
}
