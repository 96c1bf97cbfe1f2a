// A connection to one broker on a loop: requests out in order, whole answers in, in the same order.
internal import Bytes
internal import CLinux
internal import Glibc
internal import Host
internal import Reactor
internal import TLS
internal import Wire

/// Who a `ClientSocket` reports to, on the loop's thread.
protocol ClientSocketUser: AnyObject {
    func opened(_ socket: ClientSocket)
    /// The answer to `request`, without its length. `bytes` is valid during the call; where the socket keeps only
    /// the front of answers, `frameBytes` is more than `bytes.count`.
    func answered(_ request: OutgoingFrame, _ bytes: UnsafeRawBufferPointer, frameBytes: Int, at now: UInt64, on socket: ClientSocket)
    /// A request that expects no answer is with the socket.
    func sent(_ request: OutgoingFrame, at now: UInt64, on socket: ClientSocket)
    /// Ended. `requests` are those without an answer, oldest first, unsent ones last. The socket is closed.
    func lost(_ requests: ContiguousArray<OutgoingFrame>, _ error: ClientError, on socket: ClientSocket)
}

final class ClientSocket: EventHandler {
    let broker: BrokerAddress
    unowned let user: any ClientSocketUser
    private let loop: Loop
    private let options: ConnectionOptions
    /// Of the broker's TCP connection; with TLS, once that stands, of the near end of a relay. -1 for none.
    private(set) var descriptor: Int32
    private(set) var isOpen = false
    private var isEnded = false
    /// From the end of connecting on, until it is open.
    private var opening: ConnectionOpening?
    /// Requests with the socket, waiting for their answer, oldest first.
    private(set) var awaiting: ContiguousArray<OutgoingFrame> = []
    private var unsent: ContiguousArray<OutgoingFrame> = []
    private var lastSentAt = clinux_monotonic_ns()
    private var receiver: FrameReceiver
    let connectDeadline: UInt64

    /// Starts to connect. `opened`, when requests may go, or `lost` follows.
    ///
    /// - Parameter keptBytes: of each answer only so many are kept, the rest is dropped in the kernel; nil keeps all.
    init(
        loop: Loop, broker: BrokerAddress, options: ConnectionOptions, receiveBytes: Int, keptBytes: Int?,
        user: any ClientSocketUser
    ) throws(ClientError) {
        self.loop = loop
        self.broker = broker
        self.options = options
        self.user = user
        connectDeadline = clinux_monotonic_ns() &+ options.connectTimeoutNanoseconds
        receiver = FrameReceiver(capacity: receiveBytes, keptBytes: keptBytes, dropsInKernel: options.security.tls == nil)
        let socket = clinux_tcp_connect(broker.host, broker.port, options.congestionControl)
        descriptor = socket
        guard socket >= 0 else {
            throw .connect(broker, SystemError(call: "connect", errno: -socket, subject: broker.description))
        }
        if options.sendBufferBytes != nil || options.receiveBufferBytes != nil {
            _ = clinux_set_buffers(socket, options.sendBufferBytes ?? 0, options.receiveBufferBytes ?? 0)
        }
        do throws(SystemError) {
            try loop.register(socket, .writable, self)
        } catch {
            _ = clinux_close(socket)
            descriptor = -1
            throw .connect(broker, error)
        }
    }

    deinit { if descriptor >= 0 { _ = clinux_close(descriptor) } }

    /// Requests without an answer yet.
    var inFlight: Int { awaiting.count + unsent.count }

    /// Whether a broker may soon take it for one that nobody needs.
    func isSilent(_ now: UInt64) -> Bool {
        isOpen && inFlight == 0 && now > lastSentAt && now &- lastSentAt >= options.keepAliveNanoseconds
    }

    /// Queues a request and sends what the socket takes now.
    func send(_ request: OutgoingFrame, now: UInt64) {
        request.queuedAt = now
        lastSentAt = now
        unsent.append(request)
        // An older one that waits for room goes first, when the socket has some.
        if isOpen, unsent.count == 1 { flush() }
    }

    /// What is waited for before it is open, for messages.
    var awaited: String { opening?.awaited ?? "connect" }

    func ready(_ events: Readiness) {
        guard descriptor >= 0 else { return }
        if !isOpen {
            do throws(ClientError) {
                guard try open(events) else { return }
            } catch { return end(error) }
            isOpen = true
            opening = nil
            loop.update(descriptor, .readable)
            user.opened(self)
        }
        if descriptor >= 0, events.hasInputOrError { receive() }
        if descriptor >= 0, !unsent.isEmpty { flush() }
    }

    /// - Returns: whether requests may go.
    private func open(_ events: Readiness) throws(ClientError) -> Bool {
        if opening == nil {
            let failed = clinux_socket_error(descriptor)
            guard failed == 0 else {
                throw .connect(broker, SystemError(call: "connect", errno: -failed, subject: broker.description))
            }
            guard events.contains(.writable) else { return false }
            opening = ConnectionOpening(try secure(), options, at: broker)
        }
        if try opening!.advance(descriptor) { return true }
        loop.update(descriptor, opening!.wantsToSend ? [.readable, .writable] : .readable)
        return false
    }

    /// Gives the connected socket to TLS and takes the near end of its relay instead; nil, and nothing is done, in the clear.
    private func secure() throws(ClientError) -> TLSLink? {
        guard let tls = options.security.tls else { return nil }
        let connected = descriptor
        loop.deregister(connected)
        descriptor = -1
        do throws(SystemError) {
            let now = clinux_monotonic_ns()
            let left = Int((max(now, connectDeadline) - now) / 1_000_000)
            let link = try tls.secure(connected, host: broker.host, timeoutMilliseconds: left)
            descriptor = link.descriptor
            try loop.register(descriptor, .readable, self)
            return link
        } catch { throw .connect(broker, error) }
    }

    /// Gives the connection up; `lost` is called before this returns.
    func end(_ error: ClientError) {
        guard !isEnded else { return }
        var requests = awaiting
        requests.append(contentsOf: unsent)
        close()
        user.lost(requests, error, on: self)
    }

    /// Closes without a word to the user.
    func close() {
        guard !isEnded else { return }
        isEnded = true
        if descriptor >= 0 {
            loop.deregister(descriptor)
            _ = clinux_close(descriptor)
        }
        descriptor = -1
        isOpen = false
        opening = nil
        awaiting.removeAll()
        unsent.removeAll()
    }

    private func flush() {
        while let request = unsent.first {
            let now = clinux_monotonic_ns()
            let failed = request.send(on: descriptor, now: now)
            if failed == -Int(EAGAIN) { return loop.update(descriptor, [.readable, .writable]) }
            guard failed == 0 else {
                return end(.closed(broker, SystemError(call: "sendmsg", errno: Int32(-failed), subject: broker.description)))
            }
            unsent.removeFirst()
            if request.expectsResponse {
                awaiting.append(request)
            } else {
                user.sent(request, at: clinux_monotonic_ns(), on: self)
                guard descriptor >= 0 else { return }
            }
        }
        loop.update(descriptor, .readable)
    }

    private func receive() {
        // Bounded, so that one busy connection does not starve the schedule of its lane.
        for _ in 0..<Self.receivesPerTick {
            let count = receiver.receive(from: descriptor)
            if count == -Int(EAGAIN) { return }
            guard count > 0 else {
                let error = count == 0 ? nil : SystemError(call: "recv", errno: Int32(-count), subject: broker.description)
                return end(.closed(broker, error))
            }
            let now = clinux_monotonic_ns()
            do throws(FrameError) {
                while let frame = try receiver.next() {
                    guard !awaiting.isEmpty else { throw .unasked }
                    let request = awaiting.removeFirst()
                    user.answered(request, frame.bytes, frameBytes: frame.frameBytes, at: now, on: self)
                    guard descriptor >= 0 else { return }
                }
            } catch {
                return end(.malformed(broker, error.description))
            }
            if !receiver.wasFull { return }
        }
    }

    private static let receivesPerTick = 16
}
