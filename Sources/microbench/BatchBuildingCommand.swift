// How many records a second does one core build, stamped and checksummed, from payloads above the last-level cache?
internal import ArgumentParser
internal import Bytes
internal import CReference
internal import Host
internal import Records

struct BatchBuildingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "batch-building", abstract: "Record batches built per second on one core.")

    @Option(parsing: .upToNextOption, help: "Bytes of a record's value, 32 or more; several may be given.") var valueBytes = [100, 1024]
    @Option(help: "Bytes of a batch, at most.") var batchBytes = 65536
    @Option(help: "MiB of payloads; more than the last-level cache.") var poolMebibytes = 64
    @Option(help: "Seconds of each pass.") var seconds = 0.3
    @Option(help: "Pairs of passes.") var pairs = 7
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard valueBytes.allSatisfy({ $0 >= PayloadStamp.size }) else { throw ValidationError("a stamp needs values of 32 bytes or more") }
        guard batchBytes >= 61 + (valueBytes.max() ?? 0) + 32 else { throw ValidationError("--batch-bytes holds no record of that size") }
        guard poolMebibytes > 0, seconds > 0, pairs > 0 else { throw ValidationError("--pool-mebibytes, --seconds and --pairs must be positive") }
    }

    func run() throws {
        let comparisons = try valueBytes.map(compare)
        output.print(
            command: "batch-building", directory: nil,
            [
                ("batchBytes", .count(batchBytes)), ("poolBytes", .count(poolMebibytes << 20)),
                ("sizes", .array(zip(valueBytes, comparisons).map { .object([("valueBytes", .count($0))] + $1.fields()) })),
            ], table: comparisons.map(\.line))
    }

    private func compare(_ size: Int) throws -> Comparison {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: batchBytes + 64, alignment: 4096)
        defer { memory.deallocate() }
        let pool = PayloadPool(valueSize: size, seed: 1, byteCount: poolMebibytes << 20)
        var lane = BuilderLane(pool: pool, memory: memory)
        let records = lane.build()
        let bytes = lane.byteCount
        let reference = creference_pool_new(UInt32(size), poolMebibytes << 20)
        defer { creference_pool_free(reference) }
        return try Comparison.measure("batch building, values of \(size) B", pairs: pairs) {
            timed(seconds, bytesPerRound: bytes * 16, operationsPerRound: records * 16) { for _ in 0..<16 { _ = lane.build() } }
        } limit: {
            timed(seconds, bytesPerRound: bytes * 16, operationsPerRound: records * 16) {
                let now = MonotonicClock.now()
                for _ in 0..<16 { creference_build_batch(reference, memory.baseAddress, Int32(records), now, 1_700_000_000_000) }
            }
        }
    }
}

/// Builds full batches one after the other, as a producer under full load does.
struct BuilderLane {
    private let pool: PayloadPool
    private var builder: BatchBuilder
    private let room: Int
    private var cursor = 0
    private var sequence: UInt64 = 0
    private(set) var byteCount = 0

    init(pool: PayloadPool, memory: UnsafeMutableRawBufferPointer) {
        self.pool = pool
        builder = BatchBuilder(into: memory)
        room = memory.count / max(1, pool.valueSize) + 1
    }

    /// Returns the records of the batch.
    mutating func build() -> Int {
        let timestamp: Int64 = 1_700_000_000_000
        builder.begin(timestampMilliseconds: timestamp)
        let stamp = PayloadStamp(producer: 1, sequence: sequence, intendedNanoseconds: MonotonicClock.now(), partition: 0)
        let records = builder.appendRun(room, first: stamp, from: pool, cursor: &cursor, timestampMilliseconds: timestamp)
        sequence += UInt64(records)
        byteCount = builder.finish().count
        return records
    }
}
