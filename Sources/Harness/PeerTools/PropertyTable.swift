// Settings under Kafka's names, looked up one by one.
internal import Client
internal import Foundation

/// What is never asked for has no effect here, and can be listed.
struct PropertyTable {
    private let values: [String: String]
    private var asked: Set<String> = []

    init(_ values: [String: String]) { self.values = values }

    /// Names that nobody asked for, sorted.
    var inactive: [String] { values.keys.filter { !asked.contains($0) }.sorted() }

    /// The value without blanks around it; nil where there is none.
    mutating func text(_ name: String) -> String? {
        asked.insert(name)
        return values[name]?.trimmingCharacters(in: .whitespaces)
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int64>) throws(PeerToolError) -> Int64? {
        guard let text = text(name) else { return nil }
        guard let value = Int64(text) else { throw .refused("\(name)=\(text) is no whole number") }
        guard range.contains(value) else {
            throw .refused("\(name)=\(value) is outside of what this client takes, \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A property in milliseconds, as nanoseconds.
    mutating func nanoseconds(_ name: String, atLeast least: Int64 = 0) throws(PeerToolError) -> UInt64? {
        // A year: more is no time to wait, and would overflow.
        try integer(name, in: least...31_536_000_000).map { UInt64($0) * 1_000_000 }
    }

    mutating func flag(_ name: String) throws(PeerToolError) -> Bool? {
        try choice(name, ["true": true, "false": false])
    }

    mutating func choice<Value>(_ name: String, _ choices: KeyValuePairs<String, Value>) throws(PeerToolError) -> Value? {
        guard let text = text(name) else { return nil }
        for (word, value) in choices where word == text.lowercased() { return value }
        throw .refused("\(name)=\(text) is none of \(choices.map { $0.key }.joined(separator: ", "))")
    }

    // MARK: what producers and consumers have in common

    /// - Throws: `.refused` where there is no broker, or a word that is none.
    mutating func bootstrap() throws(PeerToolError) -> [BrokerAddress] {
        let words = (text("bootstrap.servers") ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard !words.isEmpty else {
            throw .refused("no broker is named: --bootstrap-server HOST:PORT, or the property bootstrap.servers")
        }
        var addresses: [BrokerAddress] = []
        for word in words {
            guard let address = BrokerAddress(word) else { throw .refused("‘\(word)’ is no broker: HOST:PORT would be one") }
            addresses.append(address)
        }
        return addresses
    }

    /// Connections as Kafka's client makes them, but for socket buffers: the kernel's own tuning, unless they are given.
    ///
    /// - Parameter security: what was made of the properties that say how to get in. Nothing is sent in the clear that they want encrypted.
    mutating func connections(clientID: String, _ security: ConnectionSecurity) throws(PeerToolError) -> ConnectionOptions {
        let name = text("security.protocol") ?? "PLAINTEXT"
        guard name.uppercased() == security.protocolName else {
            throw .refused("security.protocol=\(name), and what was prepared is \(security.protocolName)")
        }
        var options = ConnectionOptions()
        options.security = security
        options.clientID = text("client.id") ?? clientID
        options.connectTimeoutNanoseconds = try nanoseconds("socket.connection.setup.timeout.ms", atLeast: 1) ?? options.connectTimeoutNanoseconds
        options.requestTimeoutNanoseconds = try nanoseconds("request.timeout.ms", atLeast: 1) ?? options.requestTimeoutNanoseconds
        options.reconnectBackoffNanoseconds = try nanoseconds("reconnect.backoff.ms", atLeast: 1) ?? options.reconnectBackoffNanoseconds
        options.sendBufferBytes = try socketBuffer("send.buffer.bytes")
        return options
    }

    /// -1 leaves the size to the kernel.
    mutating func socketBuffer(_ name: String) throws(PeerToolError) -> Int32? {
        let bytes = try integer(name, in: -1...(1 << 30))
        return bytes.flatMap { $0 > 0 ? Int32($0) : nil }
    }
}

extension [String: String] {
    /// This and `NAME=VALUE` words, of which later ones win.
    ///
    /// - Throws: `.refused` for a word with no `=` or several, which Kafka's tools refuse too. Values may be secret and are not repeated.
    package func adding(_ words: [String]) throws(PeerToolError) -> [String: String] {
        var all = self
        for word in words {
            let parts = word.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw .refused("the property ‘\(parts[0])’ is not of the form NAME=VALUE")
            }
            all[String(parts[0])] = String(parts[1])
        }
        return all
    }
}
