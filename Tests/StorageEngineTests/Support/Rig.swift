// A broker's storage on a simulated disk, and batches to put in it.
import Bytes
import Codecs
import Host
import Records
@testable import StorageEngine
import Synchronization
import Testing
import Vocabulary

/// A record batch as a producer sends it: `count` records of `valueBytes`, timestamps ascending by 1 ms.
func batch(
    _ count: Int = 1, producer: ProducerID = -1, epoch: ProducerEpoch = -1, sequence: Int32 = -1,
    timestamp: Int64 = 1000, valueBytes: Int = 10, fill: UInt8 = 7, isTransactional: Bool = false
) -> [UInt8] {
    var writer = ByteWriter()
    writer.int64(0)
    writer.int32(0)
    writer.int32(-1)
    writer.int8(2)
    writer.uint32(0)
    writer.int16(isTransactional ? 0x10 : 0)
    writer.int32(Int32(count - 1))
    writer.int64(timestamp)
    writer.int64(timestamp + Int64(count - 1))
    writer.int64(producer)
    writer.int16(producer < 0 ? -1 : max(0, epoch))
    writer.int32(sequence)
    writer.int32(Int32(count))
    for index in 0..<count {
        var body = ByteWriter()
        body.int8(0)
        body.unsignedVarlong(UInt64(index) << 1)
        body.varint(Int32(index))
        body.varint(-1)
        body.varint(Int32(valueBytes))
        body.write([UInt8](repeating: fill, count: valueBytes))
        body.varint(0)
        writer.varint(Int32(body.count))
        writer.write(Array(body.bytes))
    }
    writer.patch(Int32(writer.count - BatchLayout.lengthOverhead), at: BatchLayout.batchLength)
    return sealed(Array(writer.bytes))
}

/// `bytes` with the checksum that belongs to them.
func sealed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let crc = bytes.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[BatchLayout.checksummed...])) }
    for n in 0..<4 { bytes[BatchLayout.crc + n] = UInt8(truncatingIfNeeded: crc >> UInt32(24 - 8 * n)) }
    return bytes
}

/// `records` as a batch with this codec holds them.
func compressed(_ records: UnsafeRawBufferPointer, _ codec: CompressionCodec) throws -> [UInt8] {
    let compressor = Compressor()
    return try withExtendedLifetime(compressor) { Array(try compressor.compress(records, codec)) }
}

/// Memory that stays where it is until the rig goes, as a receive buffer does until the tick is written.
final class Buffers {
    private var all: [UnsafeMutableRawBufferPointer] = []

    func hold(_ bytes: [UInt8]) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        memory.copyBytes(from: bytes)
        all.append(memory)
        return memory
    }

    deinit { for memory in all { memory.deallocate() } }
}

/// One batch as it came back.
struct ReadBatch: Equatable {
    var baseOffset: Offset
    var count: Int32
    var bytes: Int
}

/// Storage with one topic "t", opened, crashed and opened again.
final class Rig {
    let disk: SimulatedFileSystem
    let buffers = Buffers()
    let directories: [String]
    var configuration = StorageConfiguration()
    private(set) var storage: Storage!
    private let completions = Completions()

    init(
        _ overrides: [String: String] = [:], directories: [String] = ["d"], disk: SimulatedFileSystem = SimulatedFileSystem(),
        creates: Bool = true, configure: (inout StorageConfiguration) -> Void = { _ in }
    ) throws {
        self.disk = disk
        self.directories = directories
        configuration.runsInline = true
        configuration.minimumFreeBytes = 0
        configure(&configuration)
        storage = try Storage.open(directories: directories, configuration: configuration, fileSystem: disk)
        if creates { _ = try storage.createTopic(named: "t", partitionCount: 1, overrides: overrides) }
    }

    var log: PartitionLog { storage.log(of: TopicPartition(topic: "t", partition: 0))! }
    var report: RecoveryReport { storage.recoveryReports.first { $0.partition.topic == "t" }! }

    func path(_ base: Offset, _ suffix: String) -> String {
        let digits = String(base)
        return "d/t-0/" + String(repeating: "0", count: 20 - digits.count) + digits + suffix
    }

    func stage(_ bytes: [UInt8]) throws -> Staged { try log.stage(buffers.hold(bytes)) }

    /// Lets the time pass until sealed segments are on the disk and the recovery points are written.
    func forceSealed() {
        for directory in storage.directories {
            directory.background.drain()
            directory.background.drain()
        }
    }

    /// Plays the loop's part in group commits: completions come to it behind the write that caused them.
    func handleFlushes() {
        log.setFlushHandler { [completions] completion in completions.add(completion) }
    }

    func deliverFlushes() {
        for completion in completions.take() { log.flushCompleted(completion) }
    }

    @discardableResult func append(_ batches: [UInt8]...) throws -> WriteReport {
        for bytes in batches { _ = try stage(bytes) }
        return try write()
    }

    func write() throws -> WriteReport {
        defer { deliverFlushes() }
        return try log.writeStaged()
    }

    func close() throws { try storage.close() }

    func open() throws {
        // What was on its way to the loop died with it.
        _ = completions.take()
        storage = try Storage.open(directories: directories, configuration: configuration, fileSystem: disk)
    }

    /// The process dies (or the power goes) and comes back.
    func crash(_ how: SimulatedFileSystem.Reboot = .kill) throws {
        disk.reboot(how)
        try open()
    }

    func reopen() throws {
        try close()
        try open()
    }

    /// Every batch below the high watermark, read in pieces of at most `maxBytes`, each checked by its checksum.
    func readAll(from start: Offset = 0, maxBytes: Int = 1 << 20) throws -> [ReadBatch] {
        var result: [ReadBatch] = []
        var offset = start
        while let slice = try log.read(from: offset, maxBytes: maxBytes, atLeastOneBatch: true) {
            let batches = try contents(of: slice)
            try #require(batches.last.map { $0.baseOffset + Offset($0.count) } == slice.nextOffset)
            result += batches
            offset = slice.nextOffset
        }
        return result
    }

    func contents(of slice: LogSlice) throws -> [ReadBatch] {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: slice.count, alignment: 16)
        defer { memory.deallocate() }
        try #require(try slice.file.read(into: memory, at: slice.position) == slice.count)
        var result: [ReadBatch] = []
        var position = 0
        while position < slice.count {
            let view = try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: memory[position...]))
            result.append(ReadBatch(baseOffset: view.baseOffset, count: view.recordCount, bytes: view.size))
            position += view.size
        }
        return result
    }
}

/// Flush completions on their way to the loop.
final class Completions: Sendable {
    private let waiting = Mutex<[FlushCompletion]>([])

    func add(_ completion: FlushCompletion) { waiting.withLock { $0.append(completion) } }

    func take() -> [FlushCompletion] {
        waiting.withLock { all in
            defer { all = [] }
            return all
        }
    }
}
