// The TLS side of the listeners: sockets go through the terminator before a shard gets them.
internal import Reactor
internal import Synchronization
internal import TLS

/// One context for each TLS listener, and the threads that they share.
final class TLSListeners: Sendable {
    /// By listener; nil for those that are not encrypted.
    private let contexts: Mutex<[TLSContext?]>
    private let terminator: TLSTerminator

    /// - Returns: nil where no listener is a TLS one: then no thread is started.
    /// - Throws: `ConfigurationError` for certificates and keys that can't be used.
    init?(_ configuration: BrokerConfiguration, threads: Int) throws(ConfigurationError) {
        guard configuration.listeners.contains(where: \.security.isEncrypted) else { return nil }
        contexts = Mutex(try TLSListeners.load(configuration))
        terminator = TLSTerminator(threads: threads)
    }

    private static func load(_ configuration: BrokerConfiguration) throws(ConfigurationError) -> [TLSContext?] {
        var contexts: [TLSContext?] = []
        for listener in configuration.listeners {
            guard listener.security.isEncrypted else {
                contexts.append(nil)
                continue
            }
            let settings = try configuration.tls.settings(listener.clientCertificates)
            do throws(TLSSetupError) { contexts.append(try TLSContext(settings)) } catch {
                throw ConfigurationError(error.description)
            }
        }
        return contexts
    }

    /// Reads the files again, for the connections that come.
    ///
    /// - Throws: what is wrong with them; then those from before stay in force.
    func reload(_ configuration: BrokerConfiguration) throws(ConfigurationError) {
        let loaded = try TLSListeners.load(configuration)
        contexts.withLock { $0 = loaded }
    }

    /// What the socket of a listener must go through first; nil: nothing.
    func context(of listener: Int) -> TLSContext? { contexts.withLock { $0[listener] } }

    /// Makes the handshake, then gives the plaintext socket to a shard.
    func accepted(_ fd: Int32, _ origin: ClientOrigin, _ context: TLSContext, _ broker: Broker) {
        var origin = origin
        origin.isRelayed = true
        origin.localHost = FramedConnection.localHost(of: fd)
        terminator.terminate(fd, from: origin.address, with: context, timeoutMilliseconds: broker.configuration.setupMilliseconds) { [origin, broker] event in
            switch event {
            case .established(let plaintext, let subject):
                var origin = origin
                origin.certificateSubject = subject
                broker.deal(plaintext, origin)
            case .failed(let failure): broker.handshakeFailed(failure, origin)
            case .ended: broker.connectionClosed(origin)
            }
        }
    }

    func drain() { terminator.refuseHandshakes() }

    /// - Returns: connections that did not take their last bytes in time.
    func stop(by deadline: UInt64) -> Int { terminator.stop(by: deadline) }
}

extension Broker {
    fileprivate func handshakeFailed(_ failure: HandshakeFailure, _ origin: ClientOrigin) {
        post(to: 0) { $0.counters.add(.handshakesFailed) }
        switch failure {
        // Port scanners and health checks do it all the time.
        case .left, .stopping: break
        default: log.limited(.handshakeFailed, "\(origin.peer): \(failure)")
        }
    }
}
