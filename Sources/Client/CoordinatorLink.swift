// The connection to whoever keeps a group or a producer's transactions: kept open, and found anew where that has moved.
internal import Bytes
internal import Host
internal import Reactor
internal import Wire

/// Who uses a link, on the loop's thread.
protocol CoordinatorLinkUser: AnyObject {
    /// The answer to the last request.
    func answered(_ key: APIKey, _ version: Int16, _ reader: inout ByteReader, at now: UInt64) throws(WireError)
    /// The connection ended, or could not be made.
    ///
    /// - Parameter key: the request without an answer: whether it was carried out is not known. nil: there was none.
    func lost(_ key: APIKey?, _ error: ClientError, at now: UInt64)
}

/// Carries one request at a time. Its user polls it, and sends where it `isFree`.
final class CoordinatorLink {
    private let loop: Loop
    private let options: ConnectionOptions
    /// A group, or a transactional id.
    private let key: String
    private let keyType: Int8
    private let bootstrap: BrokerAddress
    private let versions: APINegotiation
    private unowned let user: any CoordinatorLinkUser
    private let frame = OutgoingFrame()
    private var socket: ClientSocket?
    private var address: BrokerAddress
    /// Whether the coordinator is at `address`.
    private var isFound = true
    private var isBusy = false
    private var notBefore: UInt64 = 0
    private var connectAt: UInt64 = 0
    private var correlationID: Int32 = 0
    /// How long the request on its way may go unanswered.
    private var patience: UInt64 = 0

    private static let answerBytes = 65_536
    /// Until a coordinator that is not ready is asked for again.
    private static let findNanoseconds: UInt64 = 20_000_000

    /// - Parameters:
    ///   - coordinator: as it was found beforehand.
    ///   - bootstrap: where it is asked for when it has moved.
    ///   - versions: of every broker of the cluster.
    ///   - user: must outlive the link.
    init(
        loop: Loop, key: String, keyType: Int8, at coordinator: BrokerAddress, bootstrap: BrokerAddress, versions: APINegotiation,
        options: ConnectionOptions, user: any CoordinatorLinkUser
    ) {
        self.loop = loop
        self.key = key
        self.keyType = keyType
        address = coordinator
        self.bootstrap = bootstrap
        self.versions = versions
        self.options = options
        self.user = user
    }

    deinit { socket?.close() }

    /// Connects, asks for the coordinator, gives up what takes too long.
    func poll(_ now: UInt64) {
        guard let socket else {
            if now >= connectAt { connect(now) }
            return
        }
        if !socket.isOpen {
            if now >= socket.connectDeadline { socket.end(.timedOut(address, waitingFor: socket.awaited)) }
        } else if isBusy {
            if now > frame.queuedAt, now &- frame.queuedAt >= patience { socket.end(.timedOut(address, waitingFor: frame.key.name)) }
        } else if !isFound, now >= notBefore {
            send(FindCoordinatorRequest(keys: [key], keyType: keyType), now: now)
        }
    }

    /// When `poll` has something to do at the latest, beyond what the loop reports; `.max`: nothing is due.
    var nextDeadline: UInt64 {
        guard let socket else { return connectAt }
        if !socket.isOpen { return socket.connectDeadline }
        if isBusy { return frame.queuedAt &+ patience }
        return isFound ? .max : notBefore
    }

    /// Whether a request may go now.
    func isFree(_ now: UInt64) -> Bool { isFound && !isBusy && now >= notBefore && socket?.isOpen == true }

    /// When a request may go that had to wait; `.max` while that is not a question of time.
    var freeAt: UInt64 { isFound && !isBusy && socket?.isOpen == true ? notBefore : .max }

    /// - Precondition: `isFree`, or it asks for the coordinator; the brokers speak this request.
    /// - Parameter more: how long the coordinator may hold the request on purpose, nanoseconds.
    func send<Request: WireMessage>(_ request: Request, now: UInt64, heldFor more: UInt64 = 0) {
        guard let socket, let version = versions.version(of: Request.key) else { return }
        correlationID &+= 1
        isBusy = true
        patience = options.requestTimeoutNanoseconds &+ more
        frame.begin(Request.key, version: version, correlationID: correlationID, clientID: options.clientID)
        request.encode(into: &frame.head, version: version)
        frame.end()
        socket.send(frame, now: now)
    }

    /// Nothing goes for so long.
    func wait(_ nanoseconds: UInt64, from now: UInt64) { notBefore = max(notBefore, now &+ nanoseconds) }

    /// Whoever answered is not the coordinator, or not yet.
    func find(from now: UInt64) {
        isFound = false
        wait(Self.findNanoseconds, from: now)
    }

    func close() {
        socket?.close()
        socket = nil
        connectAt = .max
    }

    private func connect(_ now: UInt64) {
        do throws(ClientError) {
            socket = try ClientSocket(
                loop: loop, broker: address, options: options, receiveBytes: Self.answerBytes, keptBytes: nil, user: self)
        } catch {
            fail(nil, error, now)
        }
    }

    private func fail(_ key: APIKey?, _ error: ClientError, _ now: UInt64) {
        isFound = false
        address = bootstrap
        connectAt = now &+ options.reconnectBackoffNanoseconds
        user.lost(key, error, at: now)
    }

    private func adopt(_ response: FindCoordinatorResponse, _ now: UInt64) {
        guard let found = response.coordinators.first, found.errorCode == .none, let port = UInt16(exactly: found.port) else {
            return wait(Self.findNanoseconds, from: now)
        }
        isFound = true
        let coordinator = BrokerAddress(host: found.host, port: port)
        guard coordinator != address else { return }
        address = coordinator
        socket?.close()
        socket = nil
        connectAt = now
    }
}

extension CoordinatorLink: ClientSocketUser {
    func opened(_ socket: ClientSocket) {}
    func sent(_ request: OutgoingFrame, at now: UInt64, on socket: ClientSocket) {}

    func answered(_ request: OutgoingFrame, _ bytes: UnsafeRawBufferPointer, frameBytes: Int, at now: UInt64, on socket: ClientSocket) {
        do throws(WireError) {
            var reader = ByteReader(bytes)
            let header = try ResponseHeader(from: &reader, key: request.key, version: request.version)
            guard header.correlationID == request.correlationID else {
                return socket.end(.malformed(socket.broker, "answer \(header.correlationID) to request \(request.correlationID)"))
            }
            isBusy = false
            if request.key == .findCoordinator {
                adopt(try FindCoordinatorResponse(from: &reader, version: request.version), now)
            } else {
                try user.answered(request.key, request.version, &reader, at: now)
            }
        } catch {
            // The user has not taken the answer: to it the request went without one.
            isBusy = true
            socket.end(.malformed(socket.broker, "\(request.key.name): \(error)"))
        }
    }

    func lost(_ requests: ContiguousArray<OutgoingFrame>, _ error: ClientError, on socket: ClientSocket) {
        let unanswered = isBusy && frame.key != .findCoordinator ? frame.key : nil
        isBusy = false
        self.socket = nil
        fail(unanswered, error, MonotonicClock.now())
    }
}
