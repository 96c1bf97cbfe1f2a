// libFuzzer's way into the decoders of everything that is stored or comes over the network. Built by Scripts/fuzz, which names the target in
// TIDEMARK_FUZZ_TARGET and, to make the first inputs, a directory in TIDEMARK_FUZZ_SEEDS.
import Bytes
import Codecs
import Glibc
import Host
@testable import Records
@testable import StorageEngine
import Vocabulary

private let target: String = getenv("TIDEMARK_FUZZ_TARGET").map { String(cString: $0) } ?? ""

/// Ends the process where a promise is broken. `precondition` would too, but an optimised build leaves its message out.
func require(_ holds: Bool, _ message: @autoclosure () -> String = "a promise is broken", line: UInt = #line, file: StaticString = #file) {
    if !holds { fatalError(message(), file: file, line: line) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeRawBufferPointer(start: start, count: count))
    switch target {
    case "batch": fuzzBatch(bytes)
    case "records": fuzzRecords(bytes)
    case "index": fuzzIndex(bytes)
    case "snapshot": fuzzSnapshot(bytes)
    case "checkpoint": fuzzCheckpoint(bytes)
    case "start": fuzzStart(bytes)
    case "frame": fuzzFrame(bytes)
    case "request": fuzzRequest(bytes)
    case "response": fuzzResponse(bytes)
    default: fatalError("TIDEMARK_FUZZ_TARGET=\(target) is no target")
    }
    return 0
}

/// The input with the checksum that belongs to it, so that what is behind the check is reached.
private func repaired(_ bytes: [UInt8], crcAt position: Int, from start: Int, to end: Int? = nil) -> [UInt8] {
    var bytes = bytes
    let end = end ?? bytes.count
    guard start <= end, end <= bytes.count, position + 4 <= bytes.count else { return bytes }
    let crc = bytes.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
    for n in 0..<4 { bytes[position + n] = UInt8(truncatingIfNeeded: crc >> UInt32(24 - 8 * n)) }
    return bytes
}

private func fuzzBatch(_ bytes: [UInt8]) {
    for input in [bytes, repaired(bytes, crcAt: BatchLayout.crc, from: BatchLayout.checksummed)] {
        input.withUnsafeBytes { raw in
            _ = try? BatchValidation.stored(raw)
            if let batch = try? BatchValidation.produced(raw, admitsTransactions: true) {
                require(batch.size == raw.count && batch.recordCount > 0)
            }
        }
    }
}

private func fuzzRecords(_ bytes: [UInt8]) {
    repaired(bytes, crcAt: BatchLayout.crc, from: BatchLayout.checksummed).withUnsafeBytes { raw in
        guard let batch = try? BatchValidation.stored(raw) else { return }
        _ = try? ControlBatch.marker(of: batch)
        var shown = 0
        _ = try? RecordKeys().forEach(in: batch) { record in
            shown += record.key?.count ?? 0
            return shown < 1 << 24
        }
        let filter = BatchFilter()
        _ = try? filter.filter(batch, BatchRule(keepsEmpty: true, newDeleteHorizon: 1000)) { $0.offset & 1 == 0 }
        var records = RecordIterator(batch.records)
        while let record = try? records.next() { shown &+= record.key?.count ?? 0 }
    }
}

private func fuzzIndex(_ bytes: [UInt8]) {
    for kind in [SparseIndex.Kind.offset, .time] {
        let wanted = min(bytes.count, IndexSeal.byteCount + kind.rawValue)
        Array(bytes.suffix(wanted)).withUnsafeBytes { end in
            guard let seal = IndexSeal(end: end, fileBytes: bytes.count, entryBytes: kind.rawValue) else { return }
            require(seal.entries * kind.rawValue + IndexSeal.byteCount == bytes.count)
        }
    }
    // As each of the index files of a segment, with the seals' checksums as they are and as they should be.
    for name in ["index", "timeindex", "txnindex"] { StartFuzzer.shared.open(with: bytes, as: name) }
}

private func fuzzSnapshot(_ bytes: [UInt8]) {
    for input in [bytes, repaired(bytes, crcAt: 2, from: 6)] {
        guard let producers = try? ProducerSnapshot.decode(input) else { continue }
        require(producers.count <= input.count)
        let again = try? ProducerSnapshot.decode(ProducerSnapshot.encode(producers))
        require(again == producers, "a snapshot reads back otherwise")
    }
}

private func fuzzCheckpoint(_ bytes: [UInt8]) {
    _ = RecoveryCheckpoint.decode(bytes)
    _ = LeaderEpochCheckpoint.decode(bytes)
    _ = try? Catalogue.decode(bytes, path: "catalogue")
    if bytes.count > 4 { _ = try? Catalogue.decode(repaired(bytes, crcAt: bytes.count - 4, from: 0, to: bytes.count - 4), path: "catalogue") }
    // The text with the checksum line that belongs to it.
    let text = bytes.filter { $0 != 0 }
    let crc = text.withUnsafeBytes { CRC32C.checksum($0) }
    let digits = String(crc, radix: 16)
    let line = "crc " + String(repeating: "0", count: 8 - digits.count) + digits + "\n"
    _ = RecoveryCheckpoint.decode(text + Array(line.utf8))
    _ = LeaderEpochCheckpoint.decode(text + Array(line.utf8))
}

private func fuzzStart(_ bytes: [UInt8]) {
    StartFuzzer.shared.open(with: bytes, as: "log")
    StartFuzzer.shared.open(with: repaired(bytes, crcAt: BatchLayout.crc, from: BatchLayout.checksummed), as: "log")
}

/// A small log on a simulated disk, of which one file is the input: started, read and searched.
private final class StartFuzzer {
    nonisolated(unsafe) static let shared = StartFuzzer()
    private let disk = SimulatedFileSystem()
    private var configuration = StorageConfiguration()

    private init() {
        configuration.runsInline = true
        configuration.minimumFreeBytes = 0
        do {
            let storage = try Storage.open(directories: ["d"], configuration: configuration, fileSystem: disk)
            _ = try storage.createTopic(
                named: "t", partitionCount: 1, overrides: ["segment.bytes": "2000", "index.interval.bytes": "100"])
            let log = storage.log(of: TopicPartition(topic: "t", partition: 0))!
            for number in 0..<24 {
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 400, alignment: 16)
                defer { memory.deallocate() }
                var builder = BatchBuilder(into: memory)
                builder.begin(timestampMilliseconds: 1000 + Int64(number))
                let value = [UInt8](repeating: 7, count: 100)
                _ = value.withUnsafeBytes { builder.append(key: $0, value: $0, timestampMilliseconds: 1000 + Int64(number)) }
                let isTransactional = number % 3 == 0
                let batch = builder.finish(producerID: 5, producerEpoch: 0, baseSequence: Int32(number))
                if isTransactional { markTransactional(batch) }
                _ = try log.stage(batch, admits: .trusted)
                _ = try log.writeStaged()
                if isTransactional {
                    _ = try log.stage(
                        EndTransactionMarker(producerID: 5, producerEpoch: 0, outcome: .abort, coordinatorEpoch: 0),
                        timestampMilliseconds: 1000)
                    _ = try log.writeStaged()
                }
            }
            try storage.close()
        } catch { fatalError("the log to fuzz can't be made: \(error)") }
    }

    private func markTransactional(_ batch: UnsafeMutableRawBufferPointer) {
        batch[BatchLayout.attributes + 1] |= 0x10
        let crc = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: batch[BatchLayout.checksummed...]))
        batch.storeBytes(of: crc.bigEndian, toByteOffset: BatchLayout.crc, as: UInt32.self)
    }

    /// A file of each kind, as the engine wrote it.
    func files() -> [(path: String, bytes: [UInt8])] { disk.paths().map { ($0, disk.bytes(of: $0)!) } }

    func open(with bytes: [UInt8], as kind: String) {
        for isFirst in [true, false] {
            let disk = disk.fork()
            let logs = disk.paths().filter { $0.hasSuffix(".log") }
            let path = (isFirst ? logs.first! : logs.last!).dropLast(3) + kind
            disk.put(bytes, at: String(path))
            guard let storage = try? Storage.open(directories: ["d"], configuration: configuration, fileSystem: disk) else { continue }
            defer { storage.abandon() }
            let log = storage.log(of: TopicPartition(topic: "t", partition: 0))!
            var (offset, steps) = (log.logStartOffset, 0)
            while let slice = try? log.read(from: offset, maxBytes: 300, atLeastOneBatch: true) {
                require(slice.nextOffset > offset && slice.position >= 0 && slice.count > 0)
                offset = slice.nextOffset
                steps += 1
                require(steps <= bytes.count + 100, "reading does not end")
            }
            _ = try? log.offset(forTimestamp: 1010)
            _ = try? log.offsetOfMaxTimestamp()
            _ = try? log.abortedTransactions(from: log.logStartOffset, upTo: log.highWatermark)
        }
    }
}

/// Writes the first inputs of the target when a directory for them is named.
@_cdecl("LLVMFuzzerInitialize")
public func fuzzInitialize(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> CInt {
    guard let directory = getenv("TIDEMARK_FUZZ_SEEDS").map({ String(cString: $0) }) else { return 0 }
    let suffixes = [
        "batch": [], "records": [], "index": ["index"], "snapshot": [".snapshot"], "checkpoint": ["catalogue", "-checkpoint"], "start": [".log"],
    ][target]
    guard let suffixes else { return 0 }
    for (number, file) in StartFuzzer.shared.files().enumerated() where suffixes.contains(where: file.path.hasSuffix) {
        let path = "\(directory)/made-\(number)"
        guard let opened = try? DiskFileSystem.shared.file(path, .createEmpty) else { fatalError("\(path) can't be written") }
        file.bytes.withUnsafeBytes { _ = try? opened.write($0, at: 0) }
    }
    return 0
}
