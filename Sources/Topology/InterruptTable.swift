// Interrupts as the kernel counts them, by source and CPU.

/// /proc/interrupts at one moment.
package struct InterruptTable: Equatable, Sendable {
    struct Source: Equatable {
        /// `25` or `LOC`.
        let id: String
        /// What the kernel says behind the counts: `PCI-MSI 49152-edge virtio0-req.0`, `Local timer interrupts`.
        let name: String
        let counts: [Int32: UInt64]
    }
    let sources: [Source]

    /// What came of one source between two moments.
    package struct Growth: Equatable, Sendable {
        package let id: String
        package let name: String
        /// One for each set of CPUs that was asked about.
        package let counts: [UInt64]
    }

    /// nil where the kernel shows none.
    package static func read(_ system: any SystemSource = LiveSystem()) -> InterruptTable? { system.text("/proc/interrupts").flatMap { parse($0) } }

    /// A head that names the CPUs, then a line a source: `25:  10  0  PCI-MSI 49152-edge  virtio0-req.0`. What has no count for each
    /// CPU, such as `ERR: 0`, is left out.
    static func parse(_ text: String) -> InterruptTable? {
        let lines = text.split(separator: "\n")
        let cpus = (lines.first ?? "").split(separator: " ").compactMap { $0.hasPrefix("CPU") ? Int32($0.dropFirst(3)) : nil }
        guard !cpus.isEmpty else { return nil }
        return InterruptTable(sources: lines.dropFirst().compactMap { line -> Source? in
            let words = line.split(separator: " ")
            guard let id = words.first, id.hasSuffix(":"), words.count > cpus.count else { return nil }
            var counts: [Int32: UInt64] = [:]
            for (cpu, word) in zip(cpus, words.dropFirst()) {
                guard let count = UInt64(word) else { return nil }
                counts[cpu] = count
            }
            return Source(id: String(id.dropLast()), name: words.dropFirst(cpus.count + 1).joined(separator: " "), counts: counts)
        })
    }

    /// What came since an earlier moment on sets of CPUs, the source with the most first; those without any are left out.
    package func since(_ earlier: InterruptTable, on sets: [CPUSet], most: Int) -> [Growth] {
        let before = Dictionary(earlier.sources.map { ($0.id, $0.counts) }) { first, _ in first }
        let grown = sources.map { source -> Growth in
            let counts = sets.map { cpus in
                // A count that fell belongs to a source that went and came again.
                cpus.cpus.reduce(UInt64(0)) { sum, cpu in
                    let now = source.counts[cpu] ?? 0
                    return sum + now - min(now, before[source.id]?[cpu] ?? 0)
                }
            }
            return Growth(id: source.id, name: source.name, counts: counts)
        }
        let some = grown.filter { $0.counts.contains { $0 > 0 } }
        return Array(some.sorted { ($0.counts.reduce(0, +), $1.id) > ($1.counts.reduce(0, +), $0.id) }.prefix(most))
    }

    /// The CPUs that a numbered interrupt may go to; nil for one of the CPUs' own, and where it can't be read.
    package static func affinity(of id: String, _ system: any SystemSource = LiveSystem()) -> String? {
        Int(id) == nil ? nil : system.text("/proc/irq/\(id)/smp_affinity_list")
    }
}
