// A set of CPUs, as the kernel writes it.
internal import CLinux
package import Host

/// CPUs by number. Written and read as a kernel list: `0-3,8`.
package struct CPUSet: Hashable, Sendable, Codable {
    /// Ascending, each once.
    package let cpus: [Int32]

    package init(_ cpus: some Sequence<Int32>) { self.cpus = Set(cpus).sorted() }

    /// Reads a kernel list; nil when it is none. An empty text is the empty set.
    package init?(list: some StringProtocol) {
        var cpus: [Int32] = []
        for part in list.split(separator: ",") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard let first = ends.first.flatMap({ Int32($0) }), let last = ends.last.flatMap({ Int32($0) }),
                ends.count <= 2, first >= 0, first <= last, last < Self.capacity
            else { return nil }
            cpus.append(contentsOf: first...last)
        }
        self.init(cpus)
    }

    /// CPU_SETSIZE: what one affinity call can name.
    package static let capacity: Int32 = 1024

    package var isEmpty: Bool { cpus.isEmpty }
    package var count: Int { cpus.count }
    package func contains(_ cpu: Int32) -> Bool { cpus.contains(cpu) }
    package func isSubset(of other: CPUSet) -> Bool { Set(cpus).isSubset(of: other.cpus) }

    /// The CPUs a thread may run on; 0 is the calling thread.
    ///
    /// - Throws: `SystemError` of sched_getaffinity(2), ESRCH for a thread that ended.
    package static func allowed(thread: Int32 = 0) throws(SystemError) -> CPUSet {
        var cpus = [Int32](repeating: 0, count: Int(capacity))
        let count = try checked(clinux_get_affinity(thread, &cpus, capacity), "sched_getaffinity", "thread \(thread)")
        return CPUSet(cpus[..<Int(count)])
    }
}

extension CPUSet: CustomStringConvertible {
    package var description: String {
        var parts: [String] = []
        var index = 0
        while index < cpus.count {
            let first = cpus[index]
            var last = first
            while index + 1 < cpus.count, cpus[index + 1] == last + 1 {
                index += 1
                last += 1
            }
            parts.append(first == last ? "\(first)" : "\(first)-\(last)")
            index += 1
        }
        return parts.joined(separator: ",")
    }
}
