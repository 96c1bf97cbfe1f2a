// A control group of memory for the children of one experiment.
internal import Glibc
internal import Topology

/// Made in the nearest place that lets us, by the rules of `ControlGroup`; removed by `remove`, when its processes have ended.
struct MemoryGroup {
    private let group: ControlGroup

    /// What a child is told, which enters by itself, before it takes memory that would stay charged to where it was.
    var path: String { group.memoryDirectory }

    /// - Throws: `SetupFailure` that says what is missing, where such a group can't be made.
    init(limitBytes: Int) throws {
        let made: ControlGroup
        do { made = try ControlGroup.make("tidemark-\(getpid())") } catch {
            throw SetupFailure(description: "no control group of memory may be made here: \(error)")
        }
        do { try made.limit(to: Int64(limitBytes)) } catch {
            made.remove()
            throw SetupFailure(description: "a control group of memory takes no limit here: \(error)")
        }
        group = made
    }

    /// Moves the calling process into the group at `path`.
    static func enter(_ path: String) throws { try ControlGroup.join(path) }

    func remove() { group.remove() }
}
