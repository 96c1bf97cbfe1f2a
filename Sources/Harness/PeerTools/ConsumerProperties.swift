// Kafka's consumer properties as settings of our client.
package import Client

/// What of Kafka's consumer properties has a meaning here. What is not given has Kafka's default.
package struct ConsumerProperties: Sendable {
    package let bootstrap: [BrokerAddress]
    package let configuration: ConsumerConfiguration
    package let options: ConnectionOptions
    /// Records that one poll of Kafka's consumer returns at most.
    let pollRecords: Int
    /// Given properties that do nothing here, by name.
    package let inactive: [String]

    /// - Parameters:
    ///   - security: what was made of the properties that say how to get in.
    ///   - fetchBytes: of one partition in an answer; the flag's, which wins over the property.
    ///   - socketBytes: of the receive buffer; -1 leaves it to the kernel. The flag's too.
    /// - Throws: `.refused` for values that are none or that this client can't honour.
    package init(
        _ values: [String: String], security: ConnectionSecurity = .none, fetchBytes: Int, socketBytes: Int
    ) throws(PeerToolError) {
        guard (1...Int(Self.largestFetch)).contains(fetchBytes) else {
            throw .refused("--fetch-size \(fetchBytes) is outside of what this client takes, 1 to \(Self.largestFetch)")
        }
        guard socketBytes == -1 || (1...(1 << 30)).contains(socketBytes) else {
            throw .refused("--socket-buffer-size \(socketBytes) is no size; -1 leaves it to the kernel")
        }
        var table = PropertyTable(values)
        bootstrap = try table.bootstrap()
        if try table.choice("isolation.level", ["read_uncommitted": false, "read_committed": true]) == true {
            throw .refused("isolation.level=read_committed: this consumer hands on whole batches and reads uncommitted ones too")
        }
        var options = try table.connections(clientID: "perf-consumer-client", security)
        options.receiveBufferBytes = socketBytes > 0 ? Int32(socketBytes) : nil
        self.options = options
        var configuration = ConsumerConfiguration()
        configuration.partitionMaxBytes = Int32(fetchBytes)
        configuration.maxBytes = Int32(try table.integer("fetch.max.bytes", in: 1...Self.largestFetch) ?? 50 << 20)
        configuration.minBytes = Int32(try table.integer("fetch.min.bytes", in: 0...Self.largestFetch) ?? 1)
        configuration.maxWaitMilliseconds = Int32(try table.integer("fetch.max.wait.ms", in: 0...3_600_000) ?? 500)
        configuration.retryBackoffNanoseconds = try table.nanoseconds("retry.backoff.ms") ?? 100_000_000
        self.configuration = configuration
        pollRecords = Int(try table.integer("max.poll.records", in: 1...Int64(Int32.max)) ?? 500)
        inactive = table.inactive
    }

    /// What an answer may take of memory: half of the longest frame that a connection accepts.
    private static let largestFetch: Int64 = 256 << 20
}
