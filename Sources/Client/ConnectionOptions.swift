/// How a client connects, whatever it does then.
package struct ConnectionOptions: Sendable {
    /// Named in every request header.
    package var clientID = "tidemark"
    /// TCP congestion control, such as `cubic`; nil leaves the system's. Both sides should have the same: one
    /// that paces, such as bbr, halves what a loopback carries.
    package var congestionControl: String?
    /// Of every connection, to whatever broker of the cluster.
    package var security = ConnectionSecurity.none
    /// Socket buffers in bytes; nil leaves them to the kernel's own tuning.
    package var sendBufferBytes: Int32?
    package var receiveBufferBytes: Int32?
    /// Until a connection can carry requests: TCP, TLS and authentication together.
    package var connectTimeoutNanoseconds: UInt64 = 10_000_000_000
    /// After this long without an answer a connection is given up.
    package var requestTimeoutNanoseconds: UInt64 = 30_000_000_000
    /// A connection on which nothing was asked for so long asks for its topic's leaders: brokers close silent ones, some after as little as
    /// four minutes.
    package var keepAliveNanoseconds: UInt64 = 120_000_000_000
    /// Between attempts to connect again.
    package var reconnectBackoffNanoseconds: UInt64 = 50_000_000

    package init() {}
}
