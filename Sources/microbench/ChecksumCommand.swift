// How fast does a batch's checksum go, through the entry point that the engine uses?
internal import ArgumentParser
internal import Bytes
internal import CLinux
internal import Glibc
internal import Host

struct ChecksumCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "crc", abstract: "CRC-32C of batches, ours and the bare C function.")

    @Option(help: "Bytes of each checksum.") var batchBytes = 65536
    @Option(help: "Seconds of each pass.") var seconds = 0.2
    @Option(help: "Pairs of passes.") var pairs = 7
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard batchBytes > 0, seconds > 0, pairs > 0 else { throw ValidationError("--batch-bytes, --seconds and --pairs must be positive") }
    }

    func run() throws {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: batchBytes, alignment: 4096)
        defer { memory.deallocate() }
        for n in 0..<batchBytes { memory[n] = UInt8(truncatingIfNeeded: n &* 131) }
        let bytes = UnsafeRawBufferPointer(memory)
        var sum: UInt32 = 0
        let comparison = try Comparison.measure("crc \(batchBytes) B", unit: "checksums", pairs: pairs) {
            timed(seconds, bytesPerRound: batchBytes * 16, operationsPerRound: 16) {
                for _ in 0..<16 { sum = CRC32C.checksum(bytes, continuing: sum) }
            }
        } limit: {
            timed(seconds, bytesPerRound: batchBytes * 16, operationsPerRound: 16) {
                for _ in 0..<16 { sum = clinux_crc32c(sum, bytes.baseAddress, batchBytes) }
            }
        }
        // The sum is printed so that no compiler can leave the work out.
        let fields = comparison.fields() + [("hardware", .bool(CRC32C.isHardware)), ("checksum", .count(sum))]
        output.print(command: "crc", directory: nil, fields, table: [comparison.line])
    }
}

/// Runs `round` for `seconds` on this thread.
func timed(_ seconds: Double, bytesPerRound: Int, operationsPerRound: Int, _ round: () -> Void) -> Pass {
    let cpu = clinux_thread_cpu_ns()
    let start = MonotonicClock.now()
    let until = start + UInt64(seconds * 1e9)
    var rounds = 0
    var now = start
    while now < until {
        round()
        rounds += 1
        now = MonotonicClock.now()
    }
    return Pass(
        bytes: UInt64(rounds * bytesPerRound), operations: UInt64(rounds * operationsPerRound), seconds: Double(now - start) / 1e9,
        cpuSeconds: Double(clinux_thread_cpu_ns() - cpu) / 1e9)
}
