// What tells of itself that it is a model of hardware, so that no figure from it is taken for hardware's.

/// How a machine or a disk says that it is modelled.
package enum Modelled {
    /// A word of the kernel's command line, without blanks: `tidemark.modelled=lab-vm`.
    static let kernelWord = "tidemark.modelled="
    /// A file at the root of a file system, one line: the class that its disk plays, then how it does it.
    package static let markName = ".tidemark-modelled"

    /// What of the machine is modelled; nil for hardware, and for a guest that runs on it at its own speed.
    static func machine(_ system: any SystemSource, cpuModel: String?) -> String? {
        let kernel = words(system.text("/proc/cmdline"))
        var parts = kernel.filter { $0.hasPrefix(kernelWord) }.map { String($0.dropFirst(kernelWord.count)) }.filter { !$0.isEmpty }
        // As QEMU calls a processor that it translates; under KVM the same machine bears another name.
        if let cpuModel, cpuModel.contains("QEMU TCG") { parts.append("processor emulated by QEMU") }
        // The kernel cuts one node's memory up: distances of 10, the same CPUs on each.
        if kernel.contains(where: { $0.hasPrefix("numa=fake") }) { parts.append("NUMA nodes emulated by the kernel") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// How this machine or the disk under `directory` is modelled, for whoever prints a figure of them; nil for hardware.
    package static func text(directory: String?, _ system: any SystemSource = LiveSystem()) -> String? {
        let disk = directory.flatMap { try? DataDirectory.identify($0, system) }
        let parts = [MachineDescription.read(system).modelled, disk?.modelled].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// A disk's own word.
    struct Disk: Equatable {
        /// nil where the mark names no class: then what the system shows of it counts.
        let diskClass: DiskClass?
        let text: String
    }

    /// The mark of the file system mounted at `mountPoint`; nil where it bears none.
    static func disk(at mountPoint: String, _ system: any SystemSource) -> Disk? {
        guard let text = system.text("\(mountPoint == "/" ? "" : mountPoint)/\(markName)"), let line = text.split(separator: "\n").first
        else { return nil }
        let parts = line.split(separator: " ", maxSplits: 1)
        guard let first = parts.first else { return nil }
        guard let diskClass = DiskClass(rawValue: String(first)) else { return Disk(diskClass: nil, text: String(line)) }
        return Disk(diskClass: diskClass, text: parts.count > 1 ? trimmed(parts[1]) : "a \(diskClass.rawValue)")
    }
}
