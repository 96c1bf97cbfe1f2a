// The memory that received frames lie in: an arena of the loop, or a block made for one big frame.
internal import Glibc

/// Page-aligned memory that frames lie in. A frame's bytes are valid until the tick ends, and for as long as
/// the memory is pinned. Belongs to one loop's thread.
package final class FrameMemory {
    let base: UnsafeMutableRawPointer
    let capacity: Int
    /// Bytes from the front that hold received data of this tick.
    var used = 0
    private(set) var pins = 0
    /// nil for an arena.
    private let budget: MemoryBudget?
    private unowned let home: ReceiveMemory
    /// Out of use but for its pins.
    var isRetired = false

    init(capacity: Int, home: ReceiveMemory, budget: MemoryBudget?) {
        // mmap and not malloc: freeing a big block must give it back, and 4 KiB alignment helps the page cache's copy.
        let mapped = mmap(nil, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        precondition(mapped != MAP_FAILED, "mmap of \(capacity) bytes: errno \(errno)")
        base = mapped!
        self.capacity = capacity
        self.home = home
        self.budget = budget
    }

    deinit {
        munmap(base, capacity)
        budget?.give(capacity)
    }

    var isArena: Bool { budget == nil }
    var room: Int { capacity &- used }

    /// Keeps the bytes valid until the matching `unpin`.
    package func pin() { pins += 1 }

    package func unpin() {
        precondition(pins > 0, "unpinned more often than pinned")
        pins -= 1
        if pins == 0, isRetired { home.recycle(self) }
    }
}
