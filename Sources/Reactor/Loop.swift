package import Host
internal import CLinux
internal import Synchronization

/// One thread's event loop. Everything but `post` and `stop` belongs to the thread that runs it.
package final class Loop: @unchecked Sendable {
    // @unchecked: only `inbox`, `wake` and `stopping` are touched from other threads; the first is a
    // mutex, the second an eventfd, the third an atomic.
    struct Registration {
        var handler: (any EventHandler)?
        var generation: UInt32 = 0
        var interest: Readiness = []
    }

    let epoll: Int32
    let wake: Int32
    let events: UnsafeMutablePointer<clinux_event>
    static let eventCapacity = 256
    static let wakeToken = UInt64.max

    /// Indexed by descriptor.
    var registrations: ContiguousArray<Registration> = []
    var timers = TimerHeap()
    var tickHandlers: ContiguousArray<any TickHandler> = []
    /// Connections with something to send when the tick ends.
    var flushing: ContiguousArray<FramedConnection> = []
    /// Connections that hold whole frames they were not allowed to deliver before.
    var resuming: ContiguousArray<FramedConnection> = []
    var isHurried = false
    /// When stalled connections are next asked for their pipes.
    var reclaimAt: UInt64 = 0
    var copyBuffers: [CopyBuffer] = []

    private let inbox = Mutex<[@Sendable () -> Void]>([])
    private let stopping = Atomic<Bool>(false)

    /// CLOCK_MONOTONIC nanoseconds when the current tick's wait returned.
    package internal(set) var now: UInt64
    /// Where this loop's connections receive.
    package let memory: ReceiveMemory
    /// Pipes for this loop's file transfers.
    package let pipes: PipePool
    package internal(set) var counters = LoopCounters()

    /// - Throws: `SystemError` of epoll_create1(2) or eventfd(2).
    package init() throws(SystemError) {
        epoll = try checked(clinux_epoll_create(), "epoll_create1", "loop")
        wake = try checked(clinux_eventfd(), "eventfd", "loop")
        events = .allocate(capacity: Loop.eventCapacity)
        now = clinux_monotonic_ns()
        memory = ReceiveMemory()
        pipes = PipePool()
        _ = try checked(clinux_epoll_set(epoll, wake, Loop.wakeToken, UInt32(CLINUX_IN), false), "epoll_ctl", "eventfd")
    }

    deinit {
        events.deallocate()
        _ = clinux_close(wake)
        _ = clinux_close(epoll)
    }

    // MARK: descriptors

    /// Reports `fd`'s readiness to `handler`, which the loop retains until `deregister`.
    package func register(_ fd: Int32, _ interest: Readiness, _ handler: any EventHandler) throws(SystemError) {
        while registrations.count <= Int(fd) { registrations.append(Registration()) }
        precondition(registrations[Int(fd)].handler == nil, "descriptor \(fd) is registered already")
        let generation = registrations[Int(fd)].generation &+ 1
        let failed = clinux_epoll_set(epoll, fd, token(fd, generation), interest.rawValue, false)
        _ = try checked(failed, "epoll_ctl", "fd \(fd)")
        registrations[Int(fd)] = Registration(handler: handler, generation: generation, interest: interest)
    }

    /// Changes what is asked about a registered descriptor; free when it is asked already.
    package func update(_ fd: Int32, _ interest: Readiness) {
        let registration = registrations[Int(fd)]
        precondition(registration.handler != nil, "descriptor \(fd) is not registered")
        guard registration.interest != interest else { return }
        let failed = clinux_epoll_set(epoll, fd, token(fd, registration.generation), interest.rawValue, true)
        precondition(failed == 0, "epoll_ctl modify of fd \(fd): errno \(-failed)")
        counters.systemCalls &+= 1
        registrations[Int(fd)].interest = interest
    }

    /// Forgets a descriptor, also the events of it that this tick has fetched already. Does not close it.
    package func deregister(_ fd: Int32) {
        guard Int(fd) < registrations.count, registrations[Int(fd)].handler != nil else { return }
        _ = clinux_epoll_remove(epoll, fd)
        registrations[Int(fd)].handler = nil
        registrations[Int(fd)].interest = []
    }

    private func token(_ fd: Int32, _ generation: UInt32) -> UInt64 { UInt64(generation) << 32 | UInt64(UInt32(fd)) }

    // MARK: timers and tick handlers

    /// A new timer, armed. The caller keeps `handler` alive until it fires or is cancelled.
    package func addTimer(at nanoseconds: UInt64, _ handler: any TimerHandler) -> Timer {
        let timer = Timer(handler)
        timers.arm(timer, at: nanoseconds)
        return timer
    }

    /// Arms a timer, or moves its deadline.
    package func arm(_ timer: Timer, at nanoseconds: UInt64) { timers.arm(timer, at: nanoseconds) }
    /// Harmless when it is not armed.
    package func cancel(_ timer: Timer) { timers.remove(timer) }

    package func addTickHandler(_ handler: any TickHandler) { tickHandlers.append(handler) }
    package func removeTickHandler(_ handler: any TickHandler) { tickHandlers.removeAll { $0 === handler } }

    /// The next wait will not block.
    package func soon() { isHurried = true }

    // MARK: from any thread

    /// Runs `work` on the loop's thread in its next tick, in the order of the posts of one thread. Work posted
    /// before the loop has taken the last lot shares its one wake-up.
    package func post(_ work: @escaping @Sendable () -> Void) {
        let wasEmpty = inbox.withLock { queue in
            queue.append(work)
            return queue.count == 1
        }
        if wasEmpty { clinux_eventfd_signal(wake) }
    }

    /// Makes `run` return after its current tick. A later `run` goes on.
    package func stop() {
        stopping.store(true, ordering: .releasing)
        clinux_eventfd_signal(wake)
    }

    func takePosted() -> [@Sendable () -> Void] {
        _ = clinux_eventfd_take(wake)
        counters.systemCalls &+= 1
        return inbox.withLock { queue in
            let taken = queue
            queue = []
            return taken
        }
    }

    func takeStop() -> Bool { stopping.exchange(false, ordering: .acquiringAndReleasing) }
}

/// What a loop has done since it was made.
package struct LoopCounters: Sendable {
    /// Bytes received from sockets.
    package var bytesIn: UInt64 = 0
    /// Bytes handed to sockets.
    package var bytesOut: UInt64 = 0
    /// Of `bytesOut`, those that came from files.
    package var fileBytes: UInt64 = 0
    /// Of `fileBytes`, those that never were in user memory (splice and sendfile).
    package var zeroCopyBytes: UInt64 = 0
    /// Of `zeroCopyBytes`, those that went through a pipe (splice).
    package var spliceBytes: UInt64 = 0
    /// File ranges that had to go by sendfile because no pipe was to be had.
    package var spliceFallbacks: UInt64 = 0
    /// System calls made by the loop and its connections.
    package var systemCalls: UInt64 = 0
}
