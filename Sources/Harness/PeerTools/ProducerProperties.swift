// Kafka's producer properties as settings of our client.
package import Client
internal import Codecs
internal import Foundation
internal import Records

/// What of Kafka's producer properties has a meaning here. What is not given has the default of Kafka 4.
package struct ProducerProperties: Sendable {
    package let bootstrap: [BrokerAddress]
    package let configuration: ProducerConfiguration
    package let options: ConnectionOptions
    let partitioner: Partitioner.Kind
    /// How long a topic may take to be there.
    let topicWaitNanoseconds: UInt64
    /// Given properties that do nothing here, by name.
    package let inactive: [String]

    /// - Parameters:
    ///   - security: what was made of the properties that say how to get in.
    ///   - transactionalID: the flag's, which wins over the property.
    ///   - transactionMilliseconds: the flag's. It, an id or both make transactions.
    /// - Throws: `.refused` for values that are none, that contradict each other, or that this client can't honour.
    package init(
        _ values: [String: String], security: ConnectionSecurity = .none, transactionalID: String? = nil, transactionMilliseconds: Int64? = nil
    ) throws(PeerToolError) {
        var table = PropertyTable(values)
        bootstrap = try table.bootstrap()
        options = try table.connections(clientID: "perf-producer-client", security)
        var configuration = try Self.batching(&table)
        configuration.transaction = try Self.transactions(&table, transactionalID, transactionMilliseconds)
        try Self.setDelivery(&configuration, &table, options)
        try Self.setCompression(&configuration, &table)
        self.configuration = configuration
        // Kafka's producer waits a minute for a topic; somebody who mistyped one should not.
        topicWaitNanoseconds = try table.nanoseconds("max.block.ms") ?? 10_000_000_000
        partitioner = try Self.partitioner(table.text("partitioner.class"))
        inactive = table.inactive
    }

    /// Where something asks for transactions; the rest has the defaults of Kafka's tool.
    private static func transactions(
        _ table: inout PropertyTable, _ flagID: String?, _ flagMilliseconds: Int64?
    ) throws(PeerToolError) -> TransactionPlan? {
        let given = flagID ?? table.text("transactional.id")
        guard given != nil || flagMilliseconds != nil else { return nil }
        let id = given ?? "performance-producer-\(UUID().uuidString)"
        guard !id.isEmpty else { throw .refused("the transactional id is empty") }
        let milliseconds = flagMilliseconds ?? usualTransactionMilliseconds
        // A year, as for every other time: more would overflow.
        guard (1...31_536_000_000).contains(milliseconds) else {
            throw .refused("--transaction-duration-ms must be from 1 to 31536000000, not \(milliseconds)")
        }
        // Only time ends them. Kafka's tool hears of a record when its leader answers, so its latencies leave the commit out.
        var plan = TransactionPlan(id: id, records: .max, nanoseconds: UInt64(milliseconds) * 1_000_000)
        plan.timeoutMilliseconds = Int32(try table.integer("transaction.timeout.ms", in: 1...Int64(Int32.max)) ?? Int64(plan.timeoutMilliseconds))
        plan.reportsAnswers = true
        return plan
    }
    /// Of a transaction, where only its id is given.
    private static let usualTransactionMilliseconds: Int64 = 3_000

    private static func partitioner(_ name: String?) throws(PeerToolError) -> Partitioner.Kind {
        // Records have no keys: Kafka's default and its sticky partitioners do the same with them.
        switch name?.split(separator: ".").last {
        case nil, "UniformStickyPartitioner", "DefaultPartitioner": return .sticky
        case "RoundRobinPartitioner": return .roundRobin
        case let other?: throw .refused("partitioner.class: \(other) is not known here; RoundRobinPartitioner is, and the sticky default")
        }
    }

    private static func batching(_ table: inout PropertyTable) throws(PeerToolError) -> ProducerConfiguration {
        var configuration = ProducerConfiguration()
        configuration.batchBytes = Int(try table.integer("batch.size", in: 1...(1 << 30)) ?? 16_384)
        configuration.lingerNanoseconds = try table.nanoseconds("linger.ms") ?? 5_000_000
        configuration.bufferMemoryBytes = Int(try table.integer("buffer.memory", in: 1...(16 << 30)) ?? 32 << 20)
        configuration.maxRequestBytes = Int(try table.integer("max.request.size", in: 1...(256 << 20)) ?? 1 << 20)
        return configuration
    }

    private static func setDelivery(
        _ configuration: inout ProducerConfiguration, _ table: inout PropertyTable, _ options: ConnectionOptions
    ) throws(PeerToolError) {
        configuration.acks = try table.choice("acks", ["all": -1, "-1": -1, "1": 1, "0": 0]) ?? -1
        configuration.maxInFlight = Int(try table.integer("max.in.flight.requests.per.connection", in: 1...1_000) ?? 5)
        let retries = try table.integer("retries", in: 0...Int64(Int32.max)) ?? Int64(Int32.max)
        configuration.retries = retries == Int64(Int32.max) ? nil : Int(retries)
        let obstacle: String? =
            if configuration.acks != -1 { "acks=\(configuration.acks)" }
            else if configuration.maxInFlight > 5 { "max.in.flight.requests.per.connection=\(configuration.maxInFlight)" }
            else if retries == 0 { "retries=0" }
            else { nil }
        // As in Kafka it goes by itself where something else forbids it, but not where it was asked for.
        let isAsked = try table.flag("enable.idempotence")
        if isAsked == true, let obstacle { throw .refused("enable.idempotence=true does not go together with \(obstacle)") }
        configuration.isIdempotent = isAsked ?? (obstacle == nil)
        if configuration.transaction != nil, !configuration.isIdempotent {
            throw .refused("transactions do not go together with \(obstacle ?? "enable.idempotence=false")")
        }
        configuration.retryBackoffNanoseconds = try table.nanoseconds("retry.backoff.ms") ?? 100_000_000
        configuration.brokerTimeoutMilliseconds = Int32(clamping: options.requestTimeoutNanoseconds / 1_000_000)
        let least = configuration.lingerNanoseconds + options.requestTimeoutNanoseconds
        let asked = try table.nanoseconds("delivery.timeout.ms")
        if let asked, asked < least {
            throw .refused("delivery.timeout.ms=\(asked / 1_000_000) is less than linger.ms + request.timeout.ms, \(least / 1_000_000)")
        }
        configuration.deliveryTimeoutNanoseconds = asked ?? max(120_000_000_000, least)
    }

    private static func setCompression(_ configuration: inout ProducerConfiguration, _ table: inout PropertyTable) throws(PeerToolError) {
        configuration.codec = try table.choice(
            "compression.type", ["none": Codec.none, "gzip": .gzip, "snappy": .snappy, "lz4": .lz4, "zstd": .zstd]) ?? .none
        guard let levels = Compressor.levels(configuration.codec) else { return }
        let level = try table.integer("compression.\(configuration.codec).level", in: Int64(min(-1, levels.lowerBound))...Int64(levels.upperBound))
        // gzip's -1 is its default, as no level is here.
        configuration.compressionLevel = level.map(Int.init).flatMap { levels.contains($0) ? $0 : nil }
    }
}
