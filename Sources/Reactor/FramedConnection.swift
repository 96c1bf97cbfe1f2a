package import Bytes
package import Host
internal import CLinux
internal import Glibc

/// What a connection tells its user, on the loop's thread.
package protocol FrameHandler: AnyObject {
    /// An outgoing connection is established.
    func connected(_ connection: FramedConnection)
    /// One whole frame without its four-byte length. The memory may be written to and is valid until the tick ends,
    /// after all tick handlers; where `keepBytes` cuts frames, only during the call.
    ///
    /// - Parameter frameBytes: what the length field said: more than `bytes.count` only where `keepBytes` cut it.
    func received(_ bytes: UnsafeMutableRawBufferPointer, frameBytes: Int, on connection: FramedConnection)
    /// The peer will send nothing more, but may still read. By default the connection closes when its output is drained.
    func inputEnded(_ connection: FramedConnection)
    /// All that was queued is with the kernel.
    func outputDrained(_ connection: FramedConnection)
    /// The connection is gone and its descriptor closed. Called once.
    func closed(_ connection: FramedConnection, _ reason: CloseReason)
}

extension FrameHandler {
    package func connected(_ connection: FramedConnection) {}
    package func inputEnded(_ connection: FramedConnection) { connection.closeWhenDrained() }
    package func outputDrained(_ connection: FramedConnection) {}
}

/// A non-blocking TCP connection that receives whole length-prefixed frames and sends byte ranges and file
/// ranges in order. It lives on one loop; the loop retains it until it is closed.
package final class FramedConnection: EventHandler {
    package struct Configuration: Sendable {
        /// A frame that announces more closes the connection.
        package var maxFrameBytes = 104_857_600
        package var transfer = TransferMode.standard
        /// Deliver only the first so many bytes of each frame; the rest leaves the socket without being copied.
        package var keepBytes: Int?
        /// Find peers that are gone: keepalive probes after a minute, unacknowledged bytes for half of one.
        package var findsDeadPeers = true
        /// Whether the socket leads to the peer itself: what goes by reference into a relay is copied behind it.
        package var leadsToPeer = true
        package init() {}
    }

    package let fd: Int32
    package let loop: Loop
    package let configuration: Configuration
    /// A frame that announces more closes the connection.
    package var maxFrameBytes: Int
    let budget: MemoryBudget
    var handler: (any FrameHandler)?

    // What is received and not yet delivered. At most one of `pending`, `held` and `spill` is in use.
    /// A small incomplete frame, in memory of its exact size.
    var pending: UnsafeMutableRawBufferPointer?
    /// An arena of our own, with undelivered bytes in `heldRange`.
    var held: FrameMemory?
    var heldRange = 0..<0
    /// A frame larger than an arena, with `spillCount` bytes received.
    var spill: FrameMemory?
    var spillCount = 0
    /// The memory of the frame that is being delivered.
    var delivering: FrameMemory?
    /// With `keepBytes`: the front of the current frame, and what is still to be dropped of it.
    var head: UnsafeMutableRawBufferPointer?
    var headCount = 0
    var discardLeft = 0
    var isHeadDiscarded = false

    // What is to be sent.
    /// Bytes to send, appended by the user; `enqueue` puts a file range behind what stands here. Nothing leaves
    /// before `flush` or `flushNow`.
    package var output = ByteWriter(capacity: 512)
    var sentPosition = 0
    var files: ContiguousArray<QueuedFile> = []
    var filesHead = 0
    var fileBytesUnsent = 0
    var pipe: Pipe?
    var pipeCount = 0
    var copyBuffer: CopyBuffer?
    var mapping = FileMapping()

    private(set) package var isOpen = true
    var isConnecting = false
    package private(set) var isReadingPaused = false
    /// The receive side has ended: end of stream was seen.
    var hasInputEnded = false
    var isInputEndTold = false
    var isClosingWhenDrained = false
    var isFlushQueued = false
    var isResumeQueued = false
    /// Waiting for the memory budget or an arena.
    var isStarved = false
    /// When the socket last refused bytes, 0 while it takes them.
    var blockedSince: UInt64 = 0
    private var retryTimer: Timer?

    /// Serves an accepted, non-blocking socket, which it owns from now on, also when it throws.
    package init(
        loop: Loop, accepted fd: Int32, budget: MemoryBudget, configuration: Configuration, handler: any FrameHandler
    ) throws(SystemError) {
        self.loop = loop
        self.fd = fd
        self.budget = budget
        self.configuration = configuration
        maxFrameBytes = configuration.maxFrameBytes
        self.handler = handler
        if configuration.findsDeadPeers { _ = clinux_tcp_keepalive(fd, 60, 10, 3, 30_000) }
        do { try loop.register(fd, .readable, self) } catch {
            _ = clinux_close(fd)
            throw error
        }
    }

    private init(
        loop: Loop, connecting fd: Int32, budget: MemoryBudget, configuration: Configuration, handler: any FrameHandler
    ) throws(SystemError) {
        self.loop = loop
        self.fd = fd
        self.budget = budget
        self.configuration = configuration
        maxFrameBytes = configuration.maxFrameBytes
        self.handler = handler
        isConnecting = true
        do { try loop.register(fd, .writable, self) } catch {
            _ = clinux_close(fd)
            throw error
        }
    }

    /// Starts an outgoing connection; `handler.connected` or `handler.closed` follows.
    ///
    /// - Parameter congestion: a congestion control by name, nil for the system's default.
    /// - Throws: `SystemError` of socket(2) or an immediate refusal of connect(2).
    package static func connect(
        loop: Loop, host: String, port: UInt16, congestion: String?, budget: MemoryBudget,
        configuration: Configuration, handler: any FrameHandler
    ) throws(SystemError) -> FramedConnection {
        let fd = try checked(clinux_tcp_connect(host, port, congestion), "connect", "\(host):\(port)")
        return try FramedConnection(
            loop: loop, connecting: fd, budget: budget, configuration: configuration, handler: handler)
    }

    deinit {
        precondition(!isOpen, "a connection is closed before it is let go")
        pending?.deallocate()
        head?.deallocate()
    }

    /// Closes an accepted socket that nobody will serve.
    package static func refuse(_ fd: Int32) { _ = clinux_close(fd) }

    /// The address that the peer reached us by; nil when the socket has none any more.
    package var localHost: String? { FramedConnection.localHost(of: fd) }

    package static func localHost(of fd: Int32) -> String? {
        var endpoint = clinux_endpoint()
        guard clinux_local_endpoint(fd, &endpoint) == 0 else { return nil }
        let host = withUnsafeBytes(of: endpoint.host) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return host.isEmpty ? nil : host
    }

    package func ready(_ events: Readiness) {
        if isConnecting {
            finishConnect()
            return
        }
        if events.contains(.error) {
            let error = clinux_socket_error(fd)
            close(error == 0 || error == -ECONNRESET || error == -EPIPE ? .peer
                : .system(SystemError(call: "connection", errno: -error, subject: "fd \(fd)")))
            return
        }
        if events.contains(.writable) { flush() }
        if !isReadingPaused, !hasInputEnded, events.hasInput {
            if configuration.keepBytes == nil { receive() } else { receiveHeads() }
        }
    }

    private func finishConnect() {
        let error = clinux_socket_error(fd)
        guard error == 0 else {
            close(.system(SystemError(call: "connect", errno: -error, subject: "fd \(fd)")))
            return
        }
        isConnecting = false
        updateInterest()
        handler?.connected(self)
        if isOpen, output.count > 0 || filesHead < files.count { flush() }
    }

    // MARK: reading on and off

    /// Delivers no more frames and leaves what comes in the socket, until `resumeReading`.
    package func pauseReading() {
        guard !isReadingPaused else { return }
        isReadingPaused = true
        updateInterest()
    }

    package func resumeReading() {
        guard isReadingPaused else { return }
        isReadingPaused = false
        guard isOpen else { return }
        updateInterest()
        queueResume()
    }

    func queueResume() {
        guard !isResumeQueued, pending != nil || held != nil else { return }
        isResumeQueued = true
        loop.resuming.append(self)
    }

    var wantsRead: Bool { !isReadingPaused && !hasInputEnded && !isStarved }

    func updateInterest() {
        guard isOpen, !isConnecting else { return }
        var interest: Readiness = []
        if wantsRead { interest.insert(.readable) }
        if blockedSince > 0 { interest.insert(.writable) }
        loop.update(fd, interest)
    }

    /// Stops reading for 10 ms: memory for more is not to be had.
    func starve() {
        isStarved = true
        updateInterest()
        let timer = retryTimer ?? Timer(self)
        retryTimer = timer
        loop.arm(timer, at: loop.now + 10_000_000)
    }

    // MARK: the end

    /// Closes as soon as everything queued has been sent; receives nothing more.
    package func closeWhenDrained() {
        guard isOpen else { return }
        isClosingWhenDrained = true
        hasInputEnded = true
        updateInterest()
        if unsentBytes == 0 { close() } else { flush() }
    }

    /// Closes at once. What is unsent is lost.
    package func close(_ reason: CloseReason = .local) {
        guard isOpen else { return }
        isOpen = false
        loop.deregister(fd)
        if let retryTimer { loop.cancel(retryTimer) }
        releaseReceived()
        releaseOutput()
        _ = clinux_close(fd)
        let last = handler
        handler = nil
        last?.closed(self, reason)
    }
}

extension FramedConnection: TimerHandler {
    package func timerFired(_ timer: Timer) {
        guard isOpen else { return }
        isStarved = false
        updateInterest()
        queueResume()
    }
}
