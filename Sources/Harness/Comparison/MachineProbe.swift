// How fast the machine is just now, and whether others stall on it: 200 ms between two groups.
internal import Bytes
internal import Host
internal import Measurement

/// One reading, taken while nothing of ours is under load.
struct MachineProbe: Equatable {
    /// Wall time of one operation: CRC-32C of 64 KiB and a varint's round trip of 1,024 numbers.
    let nanosecondsPerOperation: Double
    /// Pressure of CPU, memory or I/O, the largest share; nil where the kernel does not say.
    let stallShare: Double?

    static let nanoseconds: UInt64 = 200_000_000

    static func take(nanoseconds: UInt64 = nanoseconds) -> MachineProbe {
        var work = ProbeWork()
        let before = HostSample.take()
        let start = MonotonicClock.now()
        var operations = 0
        var now = start
        while now < start + nanoseconds {
            for _ in 0..<16 { work.operate() }
            operations += 16
            now = MonotonicClock.now()
        }
        let usage = HostSample.take() - before
        precondition(work.checksum != 1, "the probe's work is to be done")
        return MachineProbe(
            nanosecondsPerOperation: Double(now - start) / Double(operations),
            stallShare: usage.pressure.map { max($0.cpuSome, $0.memorySome, $0.ioSome) })
    }
}

private struct ProbeWork {
    private var bytes: [UInt8] = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 131) }
    private var numbers: [UInt8] = []
    private(set) var checksum: UInt32 = 0

    init() { numbers.reserveCapacity(10 * 1_024) }

    @inline(never)
    mutating func operate() {
        checksum = bytes.withUnsafeBytes { CRC32C.checksum($0, continuing: checksum) } | 2
        numbers.removeAll(keepingCapacity: true)
        var number = UInt64(checksum)
        for _ in 0..<1_024 {
            number = number &* 6_364_136_223_846_793_005 &+ 1
            var rest = number >> (number & 63)
            while rest >= 0x80 {
                numbers.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            numbers.append(UInt8(rest))
        }
        var sum: UInt32 = 0
        for byte in numbers { sum = sum &* 31 &+ UInt32(byte) }
        bytes[Int(sum & 0xffff)] = UInt8(truncatingIfNeeded: sum)
    }
}
