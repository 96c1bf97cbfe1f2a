// TLS: sockets of TLS connections are taken, plaintext sockets are given back.
//
// The broker's connections know one thing only: a stream socket that whole frames come from, and that byte
// ranges and file ranges go to. For a TLS client that socket is the near end of a socket pair; the far end
// belongs to an event loop of SwiftNIO's, which encrypts and decrypts between it and the client. So a TLS
// connection has the same receive memory, the same limits and the same back-pressure as a plain one, and the
// plain one pays nothing for it. All that is known of the client besides is its certificate's subject.
//
// A client has the same from its side: a connected socket in, the near end of a pair out, and the whole relay in its own process.
//
//   TLSSettings · TLSContext     files and rules in, a ready server context out
//   TLSTerminator · TerminatorLane   the loops, whose turn it is, the end
//   Handshake · HandshakeQueue   from an accepted socket to a relay, in time or not at all
//   Relay · RelayHalf            what comes in on one socket goes out on the other, no faster than it is taken
//   HandshakeFailure             why a client is not served, in words
//   DistinguishedName · DERReader   a certificate's subject as Kafka writes it
//   TLSClientSettings · TLSConnector   a client's files and rules, and what makes its connections
//   ClientHandshake · TLSLink    from a connected socket to a relay, and what its owner hears of it
//   TLSClientFailure             why a broker is not spoken to, in words
//
// No other target knows SwiftNIO.
