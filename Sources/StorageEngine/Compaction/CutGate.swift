// What keeps the two apart that change a log's sealed segments: its owner, who cuts the end off, and the cleaner, who
// replaces them.
//
//   a replacement is being made   the cut goes on; the replacement gets no name that a start would take up
//   it has such a name            the cut takes the name away, and the owner refuses the swap
//   it is in the owner's list     the cut waits until the cleaner has settled the files
//
// Segments may look as they did before a cut and hold other records: only the number of cuts tells.
internal import Host
internal import Synchronization

final class CutGate: Sendable {
    private let monitor = Monitor()
    private let count = Atomic(0)
    /// Swaps between the owner's list and the end of their files' moves.
    private let moving = Atomic(0)
    private let failed = Mutex<StorageError?>(nil)

    /// How often the log was cut.
    var cuts: Int { count.load(ordering: .acquiring) }

    /// Why a swap's files were left half moved; nil when none was. The next start moves them.
    var failure: StorageError? { failed.withLock { $0 } }

    /// What was read of the log before does not count from here on. Waits for swaps that are in the owner's list.
    func cut() {
        monitor.locked {
            count.add(1, ordering: .acquiringAndReleasing)
            while moving.load(ordering: .relaxed) > 0 { monitor.wait() }
        }
    }

    /// Runs `body`, which no cut interrupts, unless there was one since `seen`.
    ///
    /// - Returns: whether it ran.
    func unlessCut(since seen: Int, _ body: () throws(StorageError) -> Void) throws(StorageError) -> Bool {
        monitor.lock()
        defer { monitor.unlock() }
        guard cuts == seen else { return false }
        try body()
        return true
    }

    /// A replacement is in the owner's list: its files are the cleaner's until `endSwap`.
    func beginSwap() { monitor.locked { _ = moving.add(1, ordering: .relaxed) } }

    func endSwap(_ failure: StorageError?) {
        if let failure { failed.withLock { $0 = $0 ?? failure } }
        monitor.locked {
            moving.subtract(1, ordering: .relaxed)
            monitor.signal()
        }
    }
}
