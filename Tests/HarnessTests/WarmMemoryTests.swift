import Glibc
@testable import Harness
import Testing
import Topology

@Suite("Memory that stands ready for a load")
struct WarmMemoryTests {
    private let machine = MachineDescription.read()
    private static let mebibyte: Int64 = 1 << 20

    private static func residentBytes() -> Int {
        let fields = (LiveSystem().text("/proc/self/statm") ?? "").split(separator: " ")
        return Int(fields[1])! * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Test("is resident before the load, and leaves ahead of what is written, not at once")
    func leavesAheadOfTheLoad() throws {
        let before = Self.residentBytes()
        let warm = try WarmMemory(bytes: 512 * Self.mebibyte, machine: machine, available: 8 << 30) {}
        #expect(Self.residentBytes() - before > 480 << 20)
        #expect(warm.heldBytes == 512 << 20)
        warm.release(aheadOf: 0)
        #expect(warm.heldBytes == 256 << 20)
        #expect(Self.residentBytes() - before < 288 << 20)
        warm.release(aheadOf: 100 << 20)
        #expect(warm.heldBytes == 156 << 20)
        warm.release(aheadOf: 50 << 20)
        #expect(warm.heldBytes == 156 << 20, "what is freed stays free")
        warm.release(aheadOf: .max)
        #expect(warm.heldBytes == 0)
    }

    @Test("is at most a third of what is available, and a quarter of the control group's limit")
    func isBounded() throws {
        #expect(try WarmMemory(bytes: 1 << 40, machine: machine, available: 96 << 20) {}.heldBytes == 32 << 20)
        var limited = machine
        limited.cgroupMemoryLimitBytes = 64 << 20
        #expect(try WarmMemory(bytes: 1 << 40, machine: limited, available: 8 << 30) {}.heldBytes == 16 << 20)
        #expect(try WarmMemory(bytes: 0, machine: machine, available: 8 << 30) {}.heldBytes == 0)
    }

    @Test("ends with what the caller throws")
    func isInterrupted() {
        #expect(throws: CancellationError.self) {
            _ = try WarmMemory(bytes: 64 * Self.mebibyte, machine: machine, available: 8 << 30) { throw CancellationError() }
        }
    }
}
