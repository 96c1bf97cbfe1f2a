// What stands between a connected socket of a loop and its first request: the TLS handshake, then who the client is.
internal import CLinux
internal import Glibc
internal import Host
internal import Security
internal import TLS
internal import Wire

/// The opening of one connection, driven by its socket's readiness. Not on any request's path: it allocates as it likes.
struct ConnectionOpening {
    private enum Stage {
        /// The relay's word is awaited.
        case securing(TLSLink)
        case authenticating(Authentication)
        case done
    }

    private let broker: BrokerAddress
    private let clientID: String
    private let login: SaslLogin?
    private var stage = Stage.done
    /// Of the frame on its way out: what the socket has not taken yet.
    private var unsent: ArraySlice<UInt8> = []
    private var frame = SmallFrame()

    /// - Parameter link: nil: in the clear.
    init(_ link: TLSLink?, _ options: ConnectionOptions, at broker: BrokerAddress) {
        self.broker = broker
        clientID = options.clientID
        login = options.security.login
        if let link { stage = .securing(link) } else { authenticate() }
    }

    /// What is waited for, for messages.
    var awaited: String {
        switch stage {
        case .securing: "TLS handshake"
        case .authenticating: "authentication"
        case .done: "nothing"
        }
    }

    /// Whether the socket has to take more before there is anything to read.
    var wantsToSend: Bool { !unsent.isEmpty }

    /// Goes on as far as the socket lets it.
    ///
    /// - Returns: whether requests may be sent now.
    /// - Throws: `.security`, `.closed`, `.malformed`.
    mutating func advance(_ descriptor: Int32) throws(ClientError) -> Bool {
        while true {
            guard try send(descriptor) else { return false }
            switch stage {
            case .done: return true
            case .securing(let link):
                guard try hear(link, descriptor) else { return false }
                authenticate()
            case .authenticating(var authentication):
                guard let answer = try frame.receive(from: descriptor, of: broker) else { return false }
                let next = try answer.withUnsafeBytes { bytes in
                    Result { () throws(ClientError) in try authentication.receive(bytes) }
                }.get()
                stage = next == nil ? .done : .authenticating(authentication)
                unsent = (next ?? [])[...]
            }
        }
    }

    private mutating func authenticate() {
        guard let login else {
            stage = .done
            return
        }
        var authentication = Authentication(login, at: broker, clientID: clientID)
        unsent = authentication.begin()[...]
        stage = .authenticating(authentication)
    }

    /// - Returns: false while the handshake goes on.
    private func hear(_ link: TLSLink, _ descriptor: Int32) throws(ClientError) -> Bool {
        var word: UInt8 = 0
        let count = clinux_recv(descriptor, &word, 1)
        if count == -Int(EAGAIN) { return false }
        guard count == 1 else { throw .security(broker, link.failure?.description ?? "the TLS handshake was broken off") }
        return true
    }

    /// - Returns: whether everything is with the socket.
    private mutating func send(_ descriptor: Int32) throws(ClientError) -> Bool {
        while !unsent.isEmpty {
            let count = unsent.withUnsafeBytes { clinux_send(descriptor, $0.baseAddress!, $0.count, false) }
            if count == -Int(EAGAIN) { return false }
            guard count >= 0 else { throw .closed(broker, SystemError(call: "send", errno: Int32(-count), subject: broker.description)) }
            unsent = unsent.dropFirst(count)
        }
        return true
    }
}

/// One length-prefixed frame at a time, behind which nothing has been sent.
struct SmallFrame {
    private var bytes: [UInt8] = []

    /// - Returns: a whole frame without its length; nil: more has to come.
    mutating func receive(from descriptor: Int32, of broker: BrokerAddress) throws(ClientError) -> [UInt8]? {
        while true {
            let length = bytes.count < Frame.lengthSize ? 0 : Int(bytes.prefix(Frame.lengthSize).reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            guard !ConnectionSecurity.isAlert(frameLength: length) else { throw .security(broker, ConnectionSecurity.alertMeaning) }
            guard bytes.count < Frame.lengthSize || (4...Authentication.maxFrameBytes).contains(length) else {
                throw .malformed(broker, "a frame of \(length) bytes during authentication")
            }
            let wanted = Frame.lengthSize + length - bytes.count
            if bytes.count >= Frame.lengthSize, wanted == 0 {
                defer { bytes = [] }
                return Array(bytes[Frame.lengthSize...])
            }
            let taken = try take(wanted, from: descriptor, of: broker)
            guard taken > 0 else { return nil }
        }
    }

    private mutating func take(_ wanted: Int, from descriptor: Int32, of broker: BrokerAddress) throws(ClientError) -> Int {
        let before = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: wanted))
        let count = bytes.withUnsafeMutableBytes { clinux_recv(descriptor, $0.baseAddress! + before, wanted) }
        bytes.removeLast(wanted - max(0, count))
        if count == -Int(EAGAIN) { return 0 }
        guard count > 0 else {
            throw .closed(broker, count == 0 ? nil : SystemError(call: "recv", errno: Int32(-count), subject: broker.description))
        }
        return count
    }
}
