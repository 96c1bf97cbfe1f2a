import Bytes
import Codecs
import Records
@testable import StorageEngine
import Testing
import Vocabulary

private func dump(_ rig: Rig, _ path: String = "d/t-0", records: Bool = false) throws -> [InspectionLine] {
    var lines: [InspectionLine] = []
    try LogInspection(path, fileSystem: rig.disk).dump(records: records) { lines.append($0) }
    return lines
}

private func record(key: [UInt8]?, value: [UInt8]?, headers: [(String, [UInt8]?)] = []) -> [UInt8] {
    var body = ByteWriter()
    body.int8(0)
    body.varlong(0)
    body.varint(0)
    for field in [key, value] {
        body.varint(Int32(field?.count ?? -1))
        body.write(field ?? [])
    }
    body.varint(Int32(headers.count))
    for (name, value) in headers {
        body.varint(Int32(name.utf8.count))
        body.write(Array(name.utf8))
        body.varint(Int32(value?.count ?? -1))
        body.write(value ?? [])
    }
    var writer = ByteWriter()
    writer.varint(Int32(body.count))
    writer.write(body.bytes)
    return Array(writer.bytes)
}

/// A batch of one record that is `record`, with `attributes`.
private func batch(of record: [UInt8], attributes: UInt8 = 0, producer: ProducerID = -1) -> [UInt8] {
    var bytes = Array(StorageEngineTests.batch(1, producer: producer, epoch: 3, sequence: 0)[..<BatchLayout.headerSize]) + record
    bytes[BatchLayout.attributes + 1] = attributes
    let length = UInt32(bytes.count - BatchLayout.lengthOverhead)
    for n in 0..<4 { bytes[BatchLayout.batchLength + n] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * n)) }
    return sealed(bytes)
}

@Suite struct DumpTests {
    @Test func `a log file that is cut off ends with a line that says so`() throws {
        let rig = try Rig()
        try rig.append(StorageEngineTests.batch(2), StorageEngineTests.batch(3))
        try rig.close()
        rig.disk.damage(rig.path(0, ".log")) { $0.removeLast(5) }
        let lines = try dump(rig)
        let size = StorageEngineTests.batch(2).count
        let damage = try #require(lines.first { $0.name == "damage" })
        #expect(damage["position"] == .number(Int64(size)))
        #expect(lines.filter { $0.name == "batch" }.count == 1)
    }

    @Test func `a batch with a flipped bit is shown as bad, and its records not at all`() throws {
        let rig = try Rig()
        try rig.append(StorageEngineTests.batch(2), StorageEngineTests.batch(3))
        try rig.close()
        rig.disk.damage(rig.path(0, ".log")) { $0[70] ^= 1 }
        let lines = try dump(rig, records: true)
        #expect(lines.filter { $0.name == "batch" }.map { $0["checksum"] } == [.text("bad"), .text("good")])
        #expect(lines.filter { $0.name == "record" }.map { $0["offset"] } == [.number(2), .number(3), .number(4)])
    }

    @Test func `batches, index entries and producers are shown, records when asked for`() throws {
        let rig = try Rig(["index.interval.bytes": "0"])
        for index in 0..<3 {
            try rig.append(StorageEngineTests.batch(2, producer: 9, epoch: 1, sequence: Int32(index * 2), timestamp: Int64(1000 + index * 10)))
        }
        try rig.close()
        let size = StorageEngineTests.batch(2).count
        let lines = try dump(rig)
        let batches = lines.filter { $0.name == "batch" }
        #expect(batches.map { $0["position"] } == [.number(0), .number(Int64(size)), .number(Int64(2 * size))])
        #expect(batches.map { $0["baseOffset"] } == [.number(0), .number(2), .number(4)])
        #expect(batches.last?["producerId"] == .number(9) && batches.last?["baseSequence"] == .number(4))
        #expect(lines.filter { $0.name == "offsetEntry" }.map { $0["offset"] } == [.number(3), .number(5)])
        #expect(lines.filter { $0.name == "timeEntry" }.map { $0["timestamp"] } == [.number(1011), .number(1021)])
        #expect(lines.filter { $0.name == "producer" }.map { $0["lastOffset"] } == [.number(5)])
        #expect(lines.filter { $0.name == "producerBatch" }.map { $0["lastSequence"] } == [.number(1), .number(3), .number(5)])
        #expect(!lines.contains { $0.name == "record" })
        #expect(try dump(rig, records: true).filter { $0.name == "record" }.map { $0["timestamp"] } == [1000, 1001, 1010, 1011, 1020, 1021].map { .number($0) })
    }

    @Test func `keys, values and headers are text where they are text`() throws {
        let rig = try Rig()
        try rig.append(
            batch(of: record(key: Array("k\"1".utf8), value: [0xff, 0x00], headers: [("h", Array("v".utf8)), ("n", nil)])),
            batch(of: record(key: nil, value: [])))
        try rig.close()
        let lines = try dump(rig, records: true).filter { $0.name == "record" }
        #expect(lines[0]["key"] == .text("k\"1") && lines[0]["valueHex"] == .text("ff00"))
        #expect(lines[0]["header.h"] == .text("v") && lines[0]["header.n"] == InspectionValue.none)
        #expect(lines[1]["key"] == InspectionValue.none && lines[1]["value"] == .text(""))
    }

    @Test func `markers are shown without being asked for, compressed records are opened or said to be damaged`() throws {
        let rig = try Rig()
        try rig.append(StorageEngineTests.batch(4))
        try rig.close()
        let commit = batch(of: record(key: [0, 0, 0, 1], value: [0, 0, 0, 0, 0, 8]), attributes: 0x30, producer: 77)
        let abort = batch(of: record(key: [0, 0, 0, 0], value: [0, 0, 0, 0, 0, 9]), attributes: 0x30, producer: 77)
        let zipped = batch(of: [1, 2, 3, 4], attributes: 1)
        let packed = try record(key: [65], value: nil).withUnsafeBytes { try compressed($0, .zstd) }
        let unpacks = batch(of: packed, attributes: 4)
        rig.disk.put(commit + abort + zipped + unpacks, at: rig.path(0, ".log"))
        let lines = try dump(rig, records: true)
        let markers = lines.filter { $0.name == "control" }
        #expect(markers.map { $0["type"] } == [.text("commit"), .text("abort")])
        #expect(markers.map { $0["coordinatorEpoch"] } == [.number(8), .number(9)])
        #expect(markers.first?["producerId"] == .number(77))
        #expect(lines.first { $0.name == "recordsNotShown" }?["records"] == .number(1))
        #expect(lines.first { $0.name == "record" }?["key"] == .text("A"))
    }

    @Test func `aborted transactions are shown with the line that seals them`() throws {
        let rig = try Rig()
        try rig.stageInTransaction(7, 0, count: 2)
        try rig.end(.abort(7))
        try rig.close()
        let lines = try dump(rig)
        #expect(lines.first { $0.name == "abortedTransaction" }?["lastOffset"] == .number(2))
        #expect(lines.first { $0.name == "transactionIndexSeal" }?["entries"] == .number(1))
        #expect(lines.first { $0.name == "control" }?["type"] == .text("abort"))
    }

    @Test func `a data directory shows its catalogue and recovery points first`() throws {
        let rig = try Rig(["segment.bytes": "4096"])
        try rig.append(StorageEngineTests.batch(2))
        try rig.close()
        rig.disk.damage(rig.path(0, ".log")) { $0 += [UInt8](repeating: 0, count: 100) }
        let lines = try dump(rig, "d")
        #expect(lines.map(\.name).prefix(5) == ["dataDirectory", "catalogue", "topic", "recoveryPoint", "partition"])
        #expect(lines[0]["state"] == .text("closed in order"))
        #expect(lines[2]["overrides"] == .text("segment.bytes=4096"))
        #expect(lines[3]["offset"] == .number(2))
        #expect(lines.first { $0.name == "zeros" }?["bytes"] == .number(100))
    }

    @Test func `leader epochs, log starts and files out of service are shown for what they are`() throws {
        let rig = try Rig()
        try rig.append(StorageEngineTests.batch(2))
        try rig.close()
        let partition = TopicPartition(topic: "t", partition: 0)
        rig.disk.put(OffsetCheckpoint.encode([partition: 1]), at: "d/\(DataDirectory.logStartName)")
        rig.disk.put([1], at: rig.path(0, ".log.deleted"))
        rig.disk.put([1], at: "d/t-0/notes")
        let epochs = try #require(LeaderEpochs([.init(epoch: 3, startOffset: 0)]))
        rig.disk.put(LeaderEpochCheckpoint.encode(epochs), at: "d/t-0/\(LeaderEpochCheckpoint.name)")
        let lines = try dump(rig, "d")
        #expect(lines.first { $0.name == "logStart" }?["offset"] == .number(1))
        #expect(lines.first { $0.name == "leaderEpoch" }?["epoch"] == .number(3))
        #expect(lines.first { $0.name == "notInService" }?["state"] == .text("deleted"))
        #expect(lines.first { $0.name == "unknownFile" }?["file"] == .text("d/t-0/notes"))
    }
}
