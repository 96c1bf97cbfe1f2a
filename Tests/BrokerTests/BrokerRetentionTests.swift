import Glibc
import Host
import StorageEngine
import Testing
import Vocabulary
import Wire

@testable import Broker

@Suite struct BrokerRetentionTests {
    /// Waits until the log begins at `offset`, five seconds at most.
    private func begins(_ client: RawClient, _ topic: String, _ partition: Int32 = 0, at offset: Offset) throws -> Bool {
        let deadline = MonotonicClock.now() + 5_000_000_000
        while MonotonicClock.now() < deadline {
            if try client.list(topic, partition, ListOffsetsRequest.earliestTimestamp).offset == offset { return true }
            MonotonicClock.sleep(nanoseconds: 5_000_000)
        }
        return false
    }

    @Test(arguments: [1, 2])
    func `every partition's old segments go, also those that nobody asked for since the start`(loops: Int) throws {
        let directory: String
        do {
            let server = try TestBroker(loops: loops, ["log.retention.check.interval.ms": "3600000", "log.retention.ms": "1"])
            directory = server.directory + "-kept"
            let client = try server.connect()
            try client.create("t", partitions: 3)
            for partition in Int32(0)..<3 { _ = try client.produce("t", partition, batch(4)) }
            MonotonicClock.sleep(nanoseconds: 50_000_000)
            // The interval has not passed.
            #expect(try client.list("t", 1, ListOffsetsRequest.earliestTimestamp).offset == 0)
            client.close()
            try server.stop()
            #expect(rename(server.directory, directory) == 0)
        }
        let server = try TestBroker(loops: loops, directory: directory, ["log.retention.check.interval.ms": "20", "log.retention.ms": "1"])
        let deadline = MonotonicClock.now() + 5_000_000_000
        while server.counter("retention_segments") < 3, MonotonicClock.now() < deadline { MonotonicClock.sleep(nanoseconds: 5_000_000) }
        #expect(server.counter("retention_segments") == 3)
        let client = try server.connect()
        for partition in Int32(0)..<3 {
            #expect(try client.list("t", partition, ListOffsetsRequest.earliestTimestamp).offset == 4)
            #expect(try client.fetch("t", partition, from: 3).errorCode == .offsetOutOfRange)
            #expect(try client.produce("t", partition, batch()).baseOffset == 4)
        }
    }

    @Test func `more partitions than one tick takes are all looked at`() throws {
        let server = try TestBroker(["log.retention.check.interval.ms": "50", "log.retention.ms": "1"])
        let client = try server.connect()
        let count = Int32(RetentionTask.partitionsPerTick * 2 + 5)
        try client.create("t", partitions: count)
        for partition in 0..<count { _ = try client.produce("t", partition, batch()) }
        for partition in 0..<count { #expect(try begins(client, "t", partition, at: 1), "\(partition)") }
    }

    @Test func `a topic's own limits come before the broker's`() throws {
        let server = try TestBroker([
            "log.retention.check.interval.ms": "20", "log.retention.ms": "-1", "log.segment.bytes": "1024", "log.retention.bytes": "1500",
        ])
        let client = try server.connect()
        try client.create("default")
        try client.create("own", ["retention.bytes": "-1", "retention.ms": "1"])
        try client.create("kept", ["retention.bytes": "-1"])
        for _ in 0..<6 { for topic in ["default", "own", "kept"] { _ = try client.produce(topic, batch(1, valueBytes: 600)) } }
        // Six segments of 681 bytes: the last three have 1500.
        #expect(try begins(client, "default", at: 3))
        #expect(try begins(client, "own", at: 6))
        #expect(try client.list("kept", ListOffsetsRequest.earliestTimestamp).offset == 0)
    }

    @Test func `hours yield to minutes and minutes to milliseconds, in any order`() throws {
        let minute = Int64(60_000)
        let cases: [([(String, String)], Int64?)] = [
            ([], 7 * 24 * 60 * minute), ([("hours", "2")], 120 * minute), ([("hours", "-1")], nil),
            ([("minutes", "3"), ("hours", "2")], 3 * minute), ([("hours", "2"), ("minutes", "-1")], nil),
            ([("ms", "5"), ("minutes", "3"), ("hours", "2")], 5), ([("hours", "2"), ("minutes", "3"), ("ms", "-1")], nil),
        ]
        for (settings, expected) in cases {
            var configuration = BrokerConfiguration()
            for (unit, value) in settings { try configuration.set("log.retention.\(unit)", value, at: "test") }
            #expect(try configuration.storage().log.retentionMilliseconds == expected, "\(settings)")
        }
        for wrong in ["-2", "x", "1.5"] {
            var configuration = BrokerConfiguration()
            #expect(throws: ConfigurationError.self) { try configuration.set("log.retention.hours", wrong, at: "test") }
        }
    }

    @Test(arguments: ["log.retention.minutes", "log.retention.hours"])
    func `old records go after so many minutes or hours of their own time`(key: String) throws {
        let server = try TestBroker(["log.retention.check.interval.ms": "20", key: "1"])
        let client = try server.connect()
        let unit: Int64 = key.hasSuffix("minutes") ? 60_000 : 3_600_000
        for topic in ["old", "young"] { try client.create(topic) }
        _ = try client.produce("young", batch(1, timestamp: WallClock.milliseconds() - unit / 2))
        _ = try client.produce("old", batch(1, timestamp: WallClock.milliseconds() - unit * 2))
        #expect(try begins(client, "old", at: 1))
        #expect(try client.list("young", ListOffsetsRequest.earliestTimestamp).offset == 0)
    }

    @Test func `the broker's keys for files and times reach the engine`() throws {
        var configuration = BrokerConfiguration()
        for (key, value) in [
            ("log.segment.delete.delay.ms", "7"), ("log.message.timestamp.type", "LogAppendTime"),
            ("log.message.timestamp.after.max.ms", "8"), ("log.message.timestamp.before.max.ms", "9"),
        ] { try configuration.set(key, value, at: "test") }
        let log = try configuration.storage().log
        #expect(log.fileDeleteDelayMilliseconds == 7 && log.timestampType == .logAppendTime)
        #expect(log.timestampAfterMaximumMilliseconds == 8 && log.timestampBeforeMaximumMilliseconds == 9)
    }

    @Test func `a record from the future or the past is refused before it is stored`() throws {
        let server = try TestBroker(["log.message.timestamp.before.max.ms": "1000000"])
        let client = try server.connect()
        try client.create("t")
        let now = WallClock.milliseconds()
        #expect(try client.produce("t", batch(1, timestamp: now + 7_200_000)).errorCode == .invalidTimestamp)
        #expect(try client.produce("t", batch(1, timestamp: now - 2_000_000)).errorCode == .invalidTimestamp)
        #expect(try client.produce("t", batch(1, timestamp: now)).errorCode == .none)
        #expect(try client.endOffset("t") == 1)
    }

    @Test(arguments: [1, 2], [-1, 1] as [Int16])
    func `producers learn the time that the broker gave their records`(loops: Int, acks: Int16) throws {
        for flush in ["1", "9223372036854775807"] {
            let server = try TestBroker(loops: loops)
            let client = try server.connect()
            try client.create("t", partitions: 2, ["message.timestamp.type": "LogAppendTime", "flush.messages": flush])
            try client.create("c")
            let before = WallClock.milliseconds()
            for partition in Int32(0)..<2 {
                let time = try client.produce("t", partition, batch(2), acks: acks).logAppendTimeMilliseconds
                #expect(before <= time && time <= WallClock.milliseconds(), "\(partition)")
                #expect(try client.list("t", partition, time).offset == 0)
            }
            #expect(try client.produce("c", batch(2), acks: acks).logAppendTimeMilliseconds == -1)
        }
    }
}
