import Reactor
import StorageEngine
import Testing

@testable import Broker

@Suite struct ConfigurationTests {
    private func failure(_ file: String) -> String? {
        var configuration = BrokerConfiguration()
        do {
            try configuration.apply(file: file, named: "broker.conf")
            return nil
        } catch { return error.description }
    }

    @Test(arguments: [
        ("# fine\nlog.segment.bites=1\n", "broker.conf:2: unknown key \"log.segment.bites\"; did you mean log.segment.bytes?"),
        ("zzz=1", "broker.conf:1: unknown key \"zzz\""),
        ("num.partitions=many", "broker.conf:1: num.partitions=many: a whole number from 1 to 100000 is expected"),
        ("num.partitions=0", "broker.conf:1: num.partitions=0: a whole number from 1 to 100000 is expected"),
        ("\n\nnum.partitions", "broker.conf:3: there is no =; num.partitions=value is expected"),
        ("num.partitions 4", "broker.conf:1: there is no =; num.partitions=value is expected"),
        ("=4", "broker.conf:1: what stands before the = is no key; key=value is expected"),
        ("node.id=1\nnode.id=2", "broker.conf:2: node.id is set on line 1 already"),
        ("auto.create.topics.enable=yes", "broker.conf:1: auto.create.topics.enable=yes: true or false is expected"),
        ("super.users=alice", "broker.conf:1: super.users=alice: User:NAME, separated by semicolons, is expected"),
        ("sasl.enabled.mechanisms=GSSAPI", "broker.conf:1: sasl.enabled.mechanisms=GSSAPI: one or several of PLAIN,SCRAM-SHA-256,SCRAM-SHA-512 are expected"),
        ("advertised.listeners=here", "broker.conf:1: advertised.listeners=here: \"here\" is not HOST:PORT"),
    ])
    func `a mistake is named with file, line and what would be right`(file: String, message: String) {
        #expect(failure(file) == message)
    }

    @Test(arguments: [
        "ssl.key.password hunter2", "ssl.key.password: hunter2", "ssl.key.password hunter2=", "ssl.key.password:hunter2==", "hunter2", "hun ter2=x",
        "ssl.key.pasword=hunter2", "ssl.key.pasword hunter2", "ssl.key.password=x\nssl.key.password=hunter2", "ssl.key.password=hunter2\nlogger.level=x",
    ])
    func `no mistake in a line lets its secret out`(line: String) throws {
        let message = try #require(failure(line))
        #expect(!message.contains("hun") && !message.contains("ter2"), "\(message)")
    }

    @Test func `the engine's own limits are named by the broker's key`() {
        #expect(failure("log.segment.bytes=5")?.hasPrefix("broker.conf:1: log.segment.bytes=5: segment.bytes=5: a number from 1024") == true)
    }

    @Test func `a file of good lines sets what it says, with sizes by their unit`() throws {
        var configuration = BrokerConfiguration()
        try configuration.apply(
            file: " # comment\n\nlog.segment.bytes = 16MiB\r\nnum.partitions=4\nadvertised.listeners=PLAINTEXT://a:1,b:2\nlog.flush.interval.messages=1\ncluster.id=x=y\n",
            named: "f")
        #expect(configuration.defaultPartitions == 4)
        #expect(configuration.advertised == [Endpoint(host: "a", port: 1), Endpoint(host: "b", port: 2)])
        #expect(configuration.clusterID == "x=y")
        let storage = try configuration.storage()
        #expect(storage.log.segmentBytes == 16 << 20)
        #expect(storage.log.flushPolicy == .everyAppend)
    }

    @Test func `every key of the table reads back what it was set to`() throws {
        let values: [String: String] = ["auto.create.topics.enable": "false", "log.message.timestamp.type": "LogAppendTime", "log.preallocate": "false", "log.read.ahead": "false", "advertised.listeners": "h:9", "tcp.congestion": "reno", "cluster.id": "c", "log.cleanup.policy": "compact,delete",
            "log.cleaner.min.cleanable.ratio": "0.25",
            "log.cleaner.enable": "false", "compression.type": "zstd", "quota.window.num": "7", "quota.window.size.seconds": "7",
            "max.incremental.fetch.session.cache.slots": "7", "group.max.size": "7", "offsets.topic.num.partitions": "7",
            "transaction.state.log.num.partitions": "7", "allow.everyone.if.no.acl.found": "true", "authorizer.class.name": "acl",
            "super.users": "User:a;User:b", "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "max.connections.per.ip.overrides": "10.0.0.7:1", "num.network.threads": "3", "ssl.client.auth": "requested", "ssl.enabled.protocols": "TLSv1.3",
            "ssl.keystore.type": "PEM", "ssl.truststore.type": "PEM", "logger.format": "json", "logger.level": "error", "metrics.listen": "127.0.0.1:9644"]
        for key in ConfigurationTable.keys {
            var configuration = BrokerConfiguration()
            let value = values[key.name] ?? "1048577"
            guard key.name != "num.partitions", key.name != "residency.sample.interval", key.name != "drain.timeout.ms", key.name != "max.connections", key.name != "metrics.max.partitions", key.kind != .password else { continue }
            try configuration.set(key.name, value, at: "test")
            #expect(key.read(configuration) == value, "\(key.name)")
            #expect(ConfigurationTable.help().contains(key.name))
        }
        #expect(ConfigurationTable.names == ConfigurationTable.names.sorted() || ConfigurationTable.names.count == Set(ConfigurationTable.names).count)
    }

    @Test func `listeners are read strictly`() throws {
        #expect(try ListenSpecification(parsing: "127.0.0.1:9092") == ListenSpecification(endpoint: Endpoint(host: "127.0.0.1", port: 9092)))
        #expect(try ListenSpecification(parsing: "[::1]:0,transfer=sendfile").endpoint == Endpoint(host: "::1", port: 0))
        #expect(try ListenSpecification(parsing: "h:1,transfer=copy,buffer=128KiB").transfer == TransferMode.copy(bufferBytes: 131_072))
        #expect(try ListenSpecification(parsing: "h:1").security == .plain)
        #expect(try ListenSpecification(parsing: "h:1,security=sasl,transfer=copy").security == .sasl)
        for wrong in ["", "host", "host:x", "h:70000", ":1", "h:1,mode=splice", "h:1,transfer=magic", "h:1,buffer=1MiB", "h:1,transfer=copy,buffer=1", "h:1,", "h:1,security=none", "h:1,security="] {
            #expect(throws: ConfigurationError.self, "\(wrong)") { try ListenSpecification(parsing: wrong) }
        }
    }
}
