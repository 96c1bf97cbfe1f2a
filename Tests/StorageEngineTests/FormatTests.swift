import Bytes
import Foundation
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// FORMAT.md says what the code does.
@Suite struct FormatTests {
    private let text: String
    private let tables: [FormatTable]

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        text = try String(contentsOf: root.appending(path: "Sources/StorageEngine/FORMAT.md"), encoding: .utf8)
        tables = FormatDocument.tables(of: text)
    }

    private func table(_ title: String) throws -> FormatTable {
        try #require(tables.first { $0.title == title }, "no table \(title)")
    }

    /// A batch in which no two fields hold the same number.
    private var example: [UInt8] {
        var bytes = batch(3, producer: 4711, epoch: 12, sequence: 99, timestamp: 1_700_000_000_000)
        bytes.withUnsafeMutableBytes { MutableBatch($0).assign(baseOffset: 800_000, leaderEpoch: 6) }
        return bytes
    }

    private func values(of bytes: [UInt8]) -> KeyValuePairs<String, Int64> {
        let view = bytes.withUnsafeBytes { BatchView(unchecked: $0) }
        return [
            "baseOffset": view.baseOffset, "batchLength": Int64(view.batchLength), "partitionLeaderEpoch": Int64(view.leaderEpoch),
            "magic": Int64(BatchLayout.currentMagic), "crc": Int64(Int32(bitPattern: view.crc)), "attributes": 0, "lastOffsetDelta": 2,
            "baseTimestamp": view.baseTimestamp, "maxTimestamp": view.maxTimestamp, "producerId": 4711, "producerEpoch": 12,
            "baseSequence": 99, "recordCount": 3,
        ]
    }

    @Test func `a planted shift, a planted size and a forgotten field are caught`() throws {
        let shifted = text.replacingOccurrences(of: "| 51 | 2 | producerEpoch", with: "| 50 | 3 | producerEpoch")
        let batch = try #require(FormatDocument.tables(of: shifted).first)
        #expect(FormatDocument.faults(in: batch).count == 1)
        #expect(FormatDocument.faults(in: batch, example: example, holding: values(of: example)).count == 1)
        let resized = text.replacingOccurrences(of: "entries of 12 bytes", with: "entries of 16 bytes")
        #expect(FormatDocument.tables(of: resized).flatMap(FormatDocument.faults) == ["Time index: the fields take 12 bytes, the heading says 16"])
        #expect(FormatDocument.faults(in: try table("Offset index"), example: [0, 0, 0, 1, 0, 0, 0, 2], holding: ["position": 2]).count == 1)
    }

    @Test func `no table has a gap or an overlap, and each is as long as it says`() {
        #expect(tables.map(\.title) == [
            "Record batch", "Offset index", "Time index", "Index seal", "Transaction index", "Transaction index seal", "Producer snapshot", "Producer", "Producer batch", "Catalogue",
        ])
        #expect(tables.flatMap(FormatDocument.faults) == [])
    }

    @Test func `the batch table is the batch layout`() throws {
        let table = try table("Record batch")
        #expect(table.size == BatchLayout.headerSize)
        #expect(FormatDocument.faults(in: table, example: example, holding: values(of: example)) == [])
        #expect(table.meanings["batchLength"]?.hasSuffix(" \(BatchLayout.lengthOverhead)") == true)
        #expect(table.meanings["crc"]?.contains("from byte \(BatchLayout.checksummed) ") == true)
        #expect(table.meanings["magic"] == "\(BatchLayout.currentMagic)")
    }

    @Test func `the index tables are what an append writes`() throws {
        let rig = try Rig(["index.interval.bytes": "0"])
        for index in 0..<3 { try rig.append(batch(2, timestamp: 5000 + Int64(index) * 100, valueBytes: 40)) }
        try rig.close()
        let size = Int64(batch(2, valueBytes: 40).count)
        let offsets = try #require(rig.disk.bytes(of: rig.path(0, ".index")))
        let times = try #require(rig.disk.bytes(of: rig.path(0, ".timeindex")))
        let (offsetTable, timeTable) = (try table("Offset index"), try table("Time index"))
        #expect(offsetTable.size == SparseIndex.Kind.offset.rawValue)
        #expect(timeTable.size == SparseIndex.Kind.time.rawValue)
        #expect(FormatDocument.faults(in: offsetTable, example: offsets, holding: ["relativeOffset": 3, "position": size]) == [])
        #expect(FormatDocument.faults(in: timeTable, example: times, holding: ["timestamp": 5101, "relativeOffset": 3]) == [])
        let seal = try table("Index seal")
        #expect(seal.size == IndexSeal.byteCount)
        let log = try #require(rig.disk.bytes(of: rig.path(0, ".log")))
        let headers = (0..<3).flatMap { log[($0 * Int(size))..<($0 * Int(size) + 16)] }
        #expect(seal.meanings["marker"]?.hasPrefix("\(IndexSeal.marker); \(IndexSeal.markerWithTransactions) ") == true)
        for (bytes, count, entryBytes) in [(offsets, 2, offsetTable.size), (times, 2, timeTable.size)] {
            let entries = count * entryBytes
            #expect(bytes.count == entries + seal.size)
            let crc = CRC32C.checksum(Array(bytes[..<entries]))
            let endCrc = CRC32C.checksum(Array(bytes[(entries - entryBytes)..<(bytes.count - 4)]))
            #expect(FormatDocument.faults(
                in: seal, example: Array(bytes[entries...]),
                holding: [
                    "marker": Int64(IndexSeal.marker), "headersCrc": Int64(Int32(bitPattern: CRC32C.checksum(headers))),
                    "entries": Int64(count), "logBytes": 3 * size, "crc": Int64(Int32(bitPattern: crc)),
                    "endCrc": Int64(Int32(bitPattern: endCrc)),
                ]) == [])
        }
    }

    @Test func `the snapshot tables are what a snapshot holds`() throws {
        let remembered = ProducerState.Remembered(
            id: 4711, epoch: 12, coordinatorEpoch: 31, timestamp: 1_700_000_000_000, lastOffset: 800_001, transactionStart: 799_990,
            batches: [SequencedBatch(firstSequence: 5, lastSequence: 9, lastOffset: 800_000)])
        let bytes = ProducerSnapshot.encode([remembered, remembered])
        let (snapshot, producer, batch) = (try table("Producer snapshot"), try table("Producer"), try table("Producer batch"))
        let crc = CRC32C.checksum(Array(bytes.dropFirst(6)))
        #expect(FormatDocument.faults(
            in: snapshot, example: bytes, holding: ["version": Int64(ProducerSnapshot.version), "crc": Int64(Int32(bitPattern: crc)), "producers": 2]) == [])
        #expect(FormatDocument.faults(
            in: producer, example: Array(bytes.dropFirst(snapshot.size)),
            holding: [
                "producerId": 4711, "producerEpoch": 12, "coordinatorEpoch": 31, "timestamp": 1_700_000_000_000,
                "lastOffset": 800_001, "transactionStart": 799_990, "batches": 1,
            ]) == [])
        #expect(snapshot.meanings["version"] == "\(ProducerSnapshot.version)")
        #expect(FormatDocument.faults(
            in: batch, example: Array(bytes.dropFirst(snapshot.size + producer.size)),
            holding: ["firstSequence": 5, "lastSequence": 9, "lastOffset": 800_000]) == [])
        #expect(bytes.count == snapshot.size + 2 * (producer.size + batch.size))
        #expect(producer.meanings["batches"]?.hasSuffix("at most \(StorageLimits.batchesPerProducer)") == true)
    }

    @Test func `the tables of the transaction index are what an aborted transaction leaves`() throws {
        let rig = try Rig()
        try rig.append(batch(3))
        try rig.stageInTransaction(4711, 0, count: 2)
        try rig.end(.abort(4711))
        try rig.close()
        let bytes = try #require(rig.disk.bytes(of: rig.path(0, ".txnindex")))
        let (entry, seal) = (try table("Transaction index"), try table("Transaction index seal"))
        #expect(entry.size == TransactionIndex.entryBytes && seal.size == entry.size && bytes.count == 2 * entry.size)
        #expect(FormatDocument.faults(
            in: entry, example: bytes,
            holding: ["version": 0, "producerId": 4711, "firstOffset": 3, "lastOffset": 5, "lastStableOffset": 6]) == [])
        let crc = CRC32C.checksum(Array(bytes.prefix(entry.size + (seal["crc"]?.at ?? 0))))
        let logBytes = try #require(rig.disk.bytes(of: rig.path(0, ".log"))).count
        #expect(FormatDocument.faults(
            in: seal, example: Array(bytes.dropFirst(entry.size)),
            holding: ["version": -1, "entries": 1, "logBytes": Int64(logBytes), "crc": Int64(Int32(bitPattern: crc)), "zeros": 0]) == [])
    }

    @Test func `the catalogue's header is what the catalogue begins with`() throws {
        let rig = try Rig()
        let bytes = try #require(rig.disk.bytes(of: "d/\(Catalogue.name)"))
        let table = try table("Catalogue")
        let magic = Catalogue.magic.reduce(Int64(0)) { $0 << 8 | Int64($1) }
        #expect(FormatDocument.faults(
            in: table, example: bytes,
            holding: ["magic": magic, "format": Int64(Catalogue.format), "bodyBytes": Int64(bytes.count - table.size - 4)]) == [])
    }

    @Test func `every file that the engine writes has a row`() {
        let names = SegmentNaming.Kind.allCases.map { "`BASE\($0.rawValue)`" }.map { $0 == "`BASE.snapshot`" ? "`OFFSET.snapshot`" : $0 }
            + SegmentNaming.Suffix.allCases.filter { $0 != .none }.map { "`*\($0.rawValue)`" }
            + DataDirectoryVerifier.knownNames.map { "`\($0)`" }
        for name in names { #expect(text.contains("| \(name) |"), "the table \"Files\" of FORMAT.md has no row for \(name)") }
    }
}

extension CRC32C {
    fileprivate static func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { checksum($0) } }
}
