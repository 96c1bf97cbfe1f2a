// `tidemark doctor`: what of this machine spoils numbers.
internal import ArgumentParser
internal import Topology

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Find the traits of this machine that spoil measurements.")

    @Option(help: "Data directories to look at as well.") var dataDir: [String] = ["/var/tmp"]
    @Flag(help: "Show absent traits too.") var all = false

    func run() throws {
        let machine = MachineDescription.read()
        print("\(machine.cpuModel ?? "unknown CPU"), \(machine.logicalCPUs) CPUs, \(machine.memoryBytes >> 20) MiB, "
            + "kernel \(machine.kernel ?? "unknown")" + (machine.hypervisor.map { ", under \($0)" } ?? ""))
        for directory in dataDir {
            let disk = try DataDirectory.identify(directory)
            print("\(directory): \(disk.fileSystem) on \(disk.devices.last?.name ?? disk.mountSource), class \(disk.diskClass.rawValue): \(disk.classReason)")
        }
        let traits = Doctor.examine(dataDirectories: dataDir, probe: TraitProbe.measure())
        for trait in traits where all || trait.state != .absent {
            print("")
            print("\(trait.state == .present ? "!" : trait.state == .absent ? "-" : "?") \(trait.name.rawValue): \(trait.state.rawValue) (\(trait.evidence))")
            print("    effect: \(trait.effect)")
            print("    counter-measure: \(trait.counterMeasure)")
            if let fix = trait.fix { print("    fix: \(fix)") }
        }
    }
}
