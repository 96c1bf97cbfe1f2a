// Timers of a loop: a binary min-heap of objects that know their place in it.

/// Hears that a timer's time has come, on its loop's thread.
package protocol TimerHandler: AnyObject {
    func timerFired(_ timer: Timer)
}

/// One deadline. It may be armed again and again; a loop keeps it alive only while it is armed.
package final class Timer {
    /// The handler must outlive the armed timer: whoever owns both cancels it first.
    fileprivate unowned let handler: any TimerHandler
    /// CLOCK_MONOTONIC nanoseconds; meaningful while armed.
    package fileprivate(set) var deadline: UInt64 = 0
    fileprivate var index = -1

    package init(_ handler: any TimerHandler) { self.handler = handler }

    package var isArmed: Bool { index >= 0 }
}

/// The armed timers, earliest first.
struct TimerHeap {
    private var heap: [Timer] = []

    var earliest: UInt64? { heap.first?.deadline }

    mutating func arm(_ timer: Timer, at deadline: UInt64) {
        if timer.index >= 0 { remove(timer) }
        timer.deadline = deadline
        timer.index = heap.count
        heap.append(timer)
        rise(from: timer.index)
    }

    mutating func remove(_ timer: Timer) {
        let index = timer.index
        guard index >= 0 else { return }
        precondition(index < heap.count && heap[index] === timer, "a timer belongs to the loop that armed it")
        timer.index = -1
        let last = heap.removeLast()
        guard last !== timer else { return }
        heap[index] = last
        last.index = index
        rise(from: index)
        sink(from: last.index)
    }

    /// Takes the earliest timer out when its deadline is not after `now`.
    mutating func popExpired(_ now: UInt64) -> Timer? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        remove(first)
        return first
    }

    private mutating func rise(from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].deadline < heap[parent].deadline else { return }
            exchange(index, parent)
            index = parent
        }
    }

    private mutating func sink(from start: Int) {
        var index = start
        while true {
            var least = index
            for child in (2 * index + 1)..<(2 * index + 3) where child < heap.count {
                if heap[child].deadline < heap[least].deadline { least = child }
            }
            guard least != index else { return }
            exchange(index, least)
            index = least
        }
    }

    private mutating func exchange(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        heap[a].index = a
        heap[b].index = b
    }
}

extension Timer {
    /// Only for the loop that popped it.
    func fire() { handler.timerFired(self) }
}
