// Where a loop receives: a few arenas of 1.25 MiB, whatever the number of connections.

/// A loop's receive memory. All connections of a tick receive into one arena behind each other; a connection
/// takes an arena for itself only while it has a large incomplete frame in it.
package final class ReceiveMemory {
    /// More than this misses the second-level cache and receives at half the speed.
    package static let arenaBytes = 1_310_720
    /// Arenas at most: 5 MiB a loop, resident only where they were used.
    package static let arenaLimit = 4
    /// A receive is not worth its system call with less room than this.
    static let usefulRoom = 262_144

    private var shared: FrameMemory?
    private var idle: [FrameMemory] = []
    private var made = 0
    /// What connections gave up during this tick: its bytes are still in use until the tick ends.
    private var retiring: [FrameMemory] = []

    /// The arena that the tick's connections share; nil when all are taken.
    func sharedArena() -> FrameMemory? {
        if shared == nil { shared = spareArena() }
        return shared
    }

    /// An arena for one connection; nil when none is left.
    func spareArena() -> FrameMemory? {
        if let arena = idle.popLast() { return arena }
        guard made < ReceiveMemory.arenaLimit else { return nil }
        made += 1
        return FrameMemory(capacity: ReceiveMemory.arenaBytes, home: self, budget: nil)
    }

    /// Lets a connection keep the shared arena, if others still have one to receive into.
    func detach(_ arena: FrameMemory) -> Bool {
        precondition(arena === shared, "only the shared arena is detached")
        guard let successor = spareArena() else { return false }
        shared = successor
        return true
    }

    /// Takes memory back when the tick ends and its pins are gone.
    func retire(_ memory: FrameMemory) { retiring.append(memory) }

    func endOfTick() {
        if let arena = shared {
            if arena.pins == 0 { arena.used = 0 } else if arena.room < ReceiveMemory.usefulRoom {
                arena.isRetired = true
                shared = nil
            }
        }
        guard !retiring.isEmpty else { return }
        for memory in retiring {
            memory.isRetired = true
            if memory.pins == 0 { recycle(memory) }
        }
        retiring.removeAll(keepingCapacity: true)
    }

    func recycle(_ memory: FrameMemory) {
        memory.isRetired = false
        guard memory.isArena else { return }
        memory.used = 0
        idle.append(memory)
    }
}
