// The keys that keep a stranger from hurting the broker: how many connections, and how long they may be idle.

/// Connections from one address, where an address has a limit of its own.
package struct AddressLimits: Equatable, Sendable {
    /// From each address.
    var limit = Int(Int32.max)
    var overrides: [String: Int] = [:]

    func limit(of address: String) -> Int { overrides[address] ?? limit }
}

extension ConfigurationTable {
    static let connectionKeys: [ConfigurationKey] = [
        .number("connections.max.idle.ms", .long, 10...Int(Int32.max), "How long a connection may neither send a whole request nor take an answer.", \.maxIdleMilliseconds),
        .number("max.connections.per.ip", .int, 1...Int(Int32.max), "Connections from one address at most.", \.addressLimits.limit),
        ConfigurationKey(
            name: "max.connections.per.ip.overrides", kind: .list,
            documentation: "Addresses with limits of their own, ADDRESS:COUNT separated by commas."
        ) { configuration, text throws(ConfigurationError) in
            configuration.addressLimits.overrides = try overrides(text)
        } read: { configuration in
            let overrides = configuration.addressLimits.overrides
            return overrides.isEmpty ? nil : overrides.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ",")
        },
        .optionalNumber("num.network.threads", .int, 1...256, "Threads that encrypt and decrypt for TLS listeners. By default as many as loops.", \.tlsThreads),
        .number("socket.connection.setup.timeout.ms", .long, 10...Int(Int32.max), "How long a new connection may take to its TLS handshake, and then to its first whole request.", \.setupMilliseconds),
    ]

    private static func overrides(_ text: String) throws(ConfigurationError) -> [String: Int] {
        var overrides: [String: Int] = [:]
        for field in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let colon = field.lastIndex(of: ":"), let count = Int32(field[field.index(after: colon)...]), count >= 0, colon > field.startIndex
            else { throw ConfigurationError("max.connections.per.ip.overrides=\(text): \"\(field)\" is not ADDRESS:COUNT, such as 10.0.0.7:100") }
            overrides[String(field[..<colon])] = Int(count)
        }
        return overrides
    }
}
