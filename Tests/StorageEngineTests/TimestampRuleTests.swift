import Codecs
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct TimestampRuleTests {
    /// The time that was refused.
    private func refused(_ body: () throws -> Void) -> Int64? {
        do { try body() } catch {
            if case .timestampOutOfRange(let timestamp, _, _)? = error as? StorageError { return timestamp }
            Issue.record("\(error)")
        }
        return nil
    }

    @Test func `a record from the far future is refused and pins nothing`() throws {
        let now = WallClock.milliseconds()
        for (overrides, ahead, isRefused) in [
            ([:], 3_700_000, true), ([:], 3_500_000, false), (["message.timestamp.after.max.ms": "1000"], 5_000, true),
            (["message.timestamp.after.max.ms": "100000"], 5_000, false),
            (["message.timestamp.after.max.ms": "9223372036854775807"], Int64.max - now, false),
        ] as [([String: String], Int64, Bool)] {
            let rig = try Rig(overrides)
            let refused = refused { _ = try rig.stage(batch(1, timestamp: now + ahead)) }
            #expect(refused == (isRefused ? now + ahead : nil), "\(overrides) \(ahead)")
            #expect(rig.log.stagedCount == (isRefused ? 0 : 1))
        }
    }

    @Test func `the last record counts when times grow within a batch`() throws {
        let rig = try Rig(["message.timestamp.after.max.ms": "1000"])
        #expect(throws: StorageError.self) { try rig.stage(batch(10_000, timestamp: WallClock.milliseconds(), valueBytes: 0)) }
    }

    @Test func `a record from the far past is refused, wherever it stands in its batch`() throws {
        let rig = try Rig(["message.timestamp.before.max.ms": "100000"])
        let now = WallClock.milliseconds()
        #expect(throws: StorageError.self) { try rig.stage(batch(1, timestamp: now - 200_000)) }
        // From too old to young enough.
        #expect(throws: StorageError.self) { try rig.stage(batch(10_000, timestamp: now - 105_000, valueBytes: 0)) }
        _ = try rig.stage(batch(2, timestamp: now - 50_000))
        // A record without a time is not an old one.
        _ = try rig.stage(batch(1, timestamp: -1))
        #expect(rig.log.stagedCount == 2)
        // By default no record is too old.
        _ = try Rig().stage(batch(1, timestamp: 0))
    }

    /// A batch whose header says that its records are of now, though the last is of a year later.
    private func lying(_ codec: CompressionCodec) -> [UInt8] {
        let now = WallClock.milliseconds()
        var bytes = batch([KeyedRecord("a", "v", at: now), KeyedRecord("b", "v", at: now + 31_536_000_000)])
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: now.bigEndian, toByteOffset: BatchLayout.maxTimestamp, as: Int64.self) }
        return compressed(sealed(bytes), codec)
    }

    @Test func `a record from the far future behind a header that lies is refused where its batch is opened`() throws {
        for codec in everyCodec where codec != .none {
            for overrides in [["cleanup.policy": "compact"], ["message.timestamp.before.max.ms": "1000000"]] {
                let rig = try Rig(overrides)
                let time = try #require(refused { _ = try rig.stage(lying(codec)) })
                #expect(time > WallClock.milliseconds() + 31_000_000_000)
            }
            // Elsewhere the header counts, for retention too: it pins nothing.
            let rig = try Rig(["retention.ms": "1000"])
            try rig.append(lying(codec))
            #expect(try rig.log.enforceRetention(now: WallClock.milliseconds() + 5_000).segments == 1)
        }
        // The door walks what is not compressed, and compares.
        #expect(throws: StorageError.self) { try Rig().stage(lying(.none)) }
    }

    @Test func `a producer can't say when the broker appends`() throws {
        let rig = try Rig()
        var bytes = batch(1)
        bytes[BatchLayout.attributes + 1] |= 0x08
        #expect(throws: StorageError.timestampType) { try rig.stage(sealed(bytes)) }
    }

    @Test func `the broker's time replaces the producer's where the topic says so`() throws {
        let rig = try Rig(["message.timestamp.type": "LogAppendTime", "message.timestamp.after.max.ms": "0"])
        let before = WallClock.milliseconds()
        let staged = try rig.stage(batch(3, timestamp: .max - 10))
        let after = WallClock.milliseconds()
        let time = try #require(staged.logAppendTimeMilliseconds)
        #expect(before <= time && time <= after)
        _ = try rig.write()
        // Read back with its checksum.
        #expect(try rig.readAll() == [ReadBatch(baseOffset: 0, count: 3, bytes: batch(3, timestamp: .max - 10).count)])
        #expect(try rig.log.offset(forTimestamp: time) == TimestampedOffset(offset: 0, timestamp: time))
        #expect(try rig.log.offset(forTimestamp: time + 1) == nil)
        #expect(try Rig().stage(batch(1)).logAppendTimeMilliseconds == nil)
    }

    @Test func `values out of range are refused by name, and every key shows its value`() throws {
        for (key, value) in [
            ("cleanup.policy", "compress"), ("cleanup.policy", ""), ("cleanup.policy", "delete,"), ("retention.ms", "-2"),
            ("retention.bytes", "x"), ("file.delete.delay.ms", "-1"), ("message.timestamp.type", "createtime"),
            ("message.timestamp.after.max.ms", "-1"), ("message.timestamp.before.max.ms", "9223372036854775808"),
        ] {
            let error = #expect(throws: StorageError.self) { _ = try LogConfiguration().applying([key: value]) }
            #expect(error.map { "\($0)" }?.hasPrefix("\(key)=\(value): ") == true)
        }
        let overrides = [
            "cleanup.policy": "compact,delete", "retention.ms": "5", "retention.bytes": "7", "file.delete.delay.ms": "9",
            "message.timestamp.type": "LogAppendTime", "message.timestamp.after.max.ms": "11", "message.timestamp.before.max.ms": "13",
        ]
        let entries = Dictionary(uniqueKeysWithValues: try LogConfiguration().applying(overrides).entries().map { ($0.key, $0.value) })
        for (key, value) in overrides { #expect(entries[key] == value) }
        #expect(entries.keys.sorted() == LogConfiguration.topicKeys.sorted())
        let defaults = Dictionary(uniqueKeysWithValues: LogConfiguration().entries().map { ($0.key, $0.value) })
        #expect(defaults["retention.ms"] == "604800000" && defaults["retention.bytes"] == "-1" && defaults["cleanup.policy"] == "delete")
    }
}
