// Kafka's properties as settings of our client: what is mapped, what is refused, what is only named.
import Client
import Records
import Security
import Testing

@testable import Harness

private func producer(_ words: String...) throws -> ProducerProperties {
    try ProducerProperties(["bootstrap.servers": "127.0.0.1:9092"].adding(words))
}

private func consumer(_ words: String..., fetchBytes: Int = 1 << 20, socketBytes: Int = -1) throws -> ConsumerProperties {
    try ConsumerProperties(["bootstrap.servers": "127.0.0.1:9092"].adding(words), group: "g", fetchBytes: fetchBytes, socketBytes: socketBytes)
}

@Suite struct PropertiesTests {
    @Test(arguments: [
        ["acks=2"], ["acks=-2"], ["linger.ms=soon"], ["linger.ms=-1"], ["batch.size=0"], ["batch.size=99999999999"], ["compression.type=brotli"],
        ["compression.type=zstd", "compression.zstd.level=99"], ["enable.idempotence=perhaps"], ["enable.idempotence=true", "acks=1"],
        ["enable.idempotence=true", "max.in.flight.requests.per.connection=6"], ["enable.idempotence=true", "retries=0"],
        ["delivery.timeout.ms=1000"], ["security.protocol=SASL_SSL"], ["partitioner.class=org.example.Mine"], ["bootstrap.servers=localhost"],
        ["bootstrap.servers=,"], ["transactional.id="], ["transactional.id=t", "acks=1"], ["transactional.id=t", "retries=0"],
        ["transactional.id=t", "enable.idempotence=false"], ["transactional.id=t", "transaction.timeout.ms=0"], ["request.timeout.ms=0"], ["buffer.memory=99999999999999"],
    ])
    func `a producer property that is none, or can't be honoured, is refused by name`(words: [String]) {
        let name = words.last!.prefix { $0 != "=" }
        do {
            _ = try ProducerProperties(["bootstrap.servers": "127.0.0.1:9092"].adding(words))
            Issue.record("\(words) was taken")
        } catch {
            let text = error.description
            #expect(text.contains(name) || text.contains("HOST:PORT") || text == "the transactional id is empty", "\(text)")
        }
    }

    @Test func `what wants to be encrypted is not sent in the clear, and what was prepared is taken`() throws {
        #expect(throws: PeerToolError.self) { _ = try producer("security.protocol=SSL") }
        #expect(try producer("security.protocol=plaintext").options.security.protocolName == "PLAINTEXT")
        let login = ConnectionSecurity(login: try SaslLogin(.plain, user: "a", password: Array("b".utf8)))
        let values = ["bootstrap.servers": "127.0.0.1:9092", "security.protocol": "SASL_PLAINTEXT"]
        #expect(try ProducerProperties(values, security: login).options.security.login != nil)
        #expect(throws: PeerToolError.self) { _ = try ProducerProperties(["bootstrap.servers": "127.0.0.1:9092"], security: login) }
    }

    @Test(arguments: ["acks", "=1", "a=b=c", "acks="])
    func `a word that is no property is refused, and its value is not repeated`(word: String) {
        #expect(throws: PeerToolError.refused("the property ‘\(word.prefix { $0 != "=" })’ is not of the form NAME=VALUE")) { _ = try [String: String]().adding([word]) }
    }

    @Test func `without a word a producer is as Kafka 4's is`() throws {
        let properties = try producer()
        let configuration = properties.configuration
        #expect(configuration.acks == -1 && configuration.isIdempotent && configuration.maxInFlight == 5 && configuration.retries == nil)
        #expect(configuration.batchBytes == 16_384 && configuration.lingerNanoseconds == 5_000_000 && configuration.bufferMemoryBytes == 33_554_432)
        #expect(configuration.maxRequestBytes == 1_048_576 && configuration.codec == .none && configuration.deliveryTimeoutNanoseconds == 120_000_000_000)
        #expect(properties.options.clientID == "perf-producer-client" && properties.options.requestTimeoutNanoseconds == 30_000_000_000)
        #expect(properties.partitioner == .sticky && properties.inactive == [] && properties.bootstrap == [BrokerAddress("127.0.0.1:9092")!])
    }

    @Test func `what is given is mapped, later words win, and what does nothing is named`() throws {
        let properties = try producer(
            "acks=1", "linger.ms=7", "batch.size=65536", "buffer.memory=1000000", "compression.type=ZSTD", "compression.zstd.level=3",
            "compression.gzip.level=9", "max.in.flight.requests.per.connection=2", "request.timeout.ms=1500", "delivery.timeout.ms=9000",
            "client.id=a", "client.id=b", "retries=3", "retry.backoff.ms=50", "send.buffer.bytes=131072", "sasl.jaas.config=secret",
            "partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner", "metadata.max.age.ms=1", "bootstrap.servers=[::1]:1,b:2")
        let configuration = properties.configuration
        #expect(configuration.acks == 1 && !configuration.isIdempotent && configuration.maxInFlight == 2 && configuration.retries == 3)
        #expect(configuration.batchBytes == 65_536 && configuration.lingerNanoseconds == 7_000_000 && configuration.bufferMemoryBytes == 1_000_000)
        #expect(configuration.codec == .zstd && configuration.compressionLevel == 3 && configuration.retryBackoffNanoseconds == 50_000_000)
        #expect(configuration.brokerTimeoutMilliseconds == 1_500 && configuration.deliveryTimeoutNanoseconds == 9_000_000_000)
        #expect(properties.options.clientID == "b" && properties.options.sendBufferBytes == 131_072 && properties.partitioner == .roundRobin)
        #expect(properties.inactive == ["compression.gzip.level", "metadata.max.age.ms", "sasl.jaas.config"])
        #expect(properties.bootstrap.map(\.description) == ["[::1]:1", "b:2"])
    }

    @Test(arguments: ["acks=0", "max.in.flight.requests.per.connection=6", "retries=0"])
    func `idempotence goes by itself where something else forbids it`(word: String) throws {
        #expect(try !producer(word).configuration.isIdempotent)
        #expect(try producer("compression.type=gzip", "compression.gzip.level=-1").configuration.compressionLevel == nil)
    }

    @Test func `an id or a duration makes transactions, and the rest is as Kafka's tool has it`() throws {
        let values = ["bootstrap.servers": "127.0.0.1:9092"]
        #expect(try producer().configuration.transaction == nil)
        let byProperty = try #require(try producer("transactional.id=p", "transaction.timeout.ms=9000").configuration.transaction)
        #expect(byProperty.id == "p" && byProperty.nanoseconds == 3_000_000_000 && byProperty.timeoutMilliseconds == 9_000)
        #expect(byProperty.records == .max && byProperty.reportsAnswers && byProperty.abortShare == 0)
        let byFlags = try ProducerProperties(
            values.adding(["transactional.id=p"]), transactionalID: "f", transactionMilliseconds: 50).configuration.transaction
        #expect(byFlags?.id == "f" && byFlags?.nanoseconds == 50_000_000 && byFlags?.timeoutMilliseconds == 60_000)
        let ids = try (0..<2).map { _ in try ProducerProperties(values, transactionMilliseconds: 50).configuration.transaction?.id ?? "" }
        #expect(ids[0] != ids[1] && ids.allSatisfy { $0.hasPrefix("performance-producer-") }, "\(ids)")
        for milliseconds in [0, -1, Int64.max] {
            #expect(throws: PeerToolError.self) { _ = try ProducerProperties(values, transactionMilliseconds: milliseconds) }
        }
    }

    @Test(arguments: [["session.timeout.ms=3000"], ["heartbeat.interval.ms=0"], ["partition.assignment.strategy=org.example.Mine"], ["enable.auto.commit=no"], ["fetch.max.bytes=0"], ["max.poll.records=0"], ["security.protocol=SSL"], ["isolation.level=all"]])
    func `a consumer property that can't be honoured is refused`(words: [String]) {
        #expect(throws: PeerToolError.self) {
            _ = try ConsumerProperties(["bootstrap.servers": "127.0.0.1:9092"].adding(words), group: "g", fetchBytes: 1, socketBytes: -1)
        }
    }

    @Test func `a consumer's flags and properties are mapped`() throws {
        let properties = try consumer(
            "fetch.min.bytes=10", "fetch.max.wait.ms=20", "max.poll.records=7", "isolation.level=read_uncommitted", "check.crcs=false", fetchBytes: 4096,
            socketBytes: 65_536)
        #expect(properties.configuration.minBytes == 10 && properties.configuration.maxWaitMilliseconds == 20 && properties.pollRecords == 7)
        #expect(properties.configuration.partitionMaxBytes == 4096 && properties.configuration.maxBytes == 52_428_800)
        #expect(properties.options.receiveBufferBytes == 65_536 && properties.inactive == ["check.crcs"])
        #expect(!properties.configuration.isCommittedOnly && properties.commits)
        #expect(try consumer("isolation.level=read_committed").configuration.isCommittedOnly)
        #expect(throws: PeerToolError.self) { _ = try consumer(fetchBytes: 0) }
        #expect(throws: PeerToolError.self) { _ = try consumer(socketBytes: -2) }
    }

    @Test func `a consumer is a member as Kafka's client is one, unless it is told otherwise`() throws {
        let usual = try consumer().group
        #expect(usual.name == "g" && usual.assignor == .range && usual.sessionTimeoutMilliseconds == 45_000)
        #expect(usual.rebalanceTimeoutMilliseconds == 300_000)
        #expect(usual.heartbeatNanoseconds == 3_000_000_000 && usual.commitNanoseconds == 5_000_000_000)
        let properties = try consumer(
            "session.timeout.ms=9000", "heartbeat.interval.ms=200", "max.poll.interval.ms=7000", "auto.commit.interval.ms=100", "enable.auto.commit=false",
            "partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor,org.example.Mine")
        #expect(properties.group.assignor == .cooperativeSticky && properties.group.sessionTimeoutMilliseconds == 9_000 && !properties.commits)
        #expect(properties.group.rebalanceTimeoutMilliseconds == 7_000 && properties.group.heartbeatNanoseconds == 200_000_000)
        #expect(properties.group.commitNanoseconds == 100_000_000 && properties.inactive == [])
        #expect(throws: PeerToolError.self) {
            _ = try ConsumerProperties(["bootstrap.servers": "127.0.0.1:9092"], group: "", fetchBytes: 1, socketBytes: -1)
        }
    }
}
