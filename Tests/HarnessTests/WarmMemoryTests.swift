import Glibc
@testable import Harness
import Testing
import Topology

@Suite("Memory that stands ready for a load")
struct WarmMemoryTests {
    private let machine = MachineDescription.read()
    private static let mebibyte: Int64 = 1 << 20

    /// Of its first `bytes`, by mincore(2): what the whole process has comes and goes with the tests beside this one.
    private static func residentBytes(_ warm: WarmMemory, of bytes: Int) -> Int {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        var states = [UInt8](repeating: 0, count: bytes / page)
        #expect(mincore(warm.start, bytes, &states) == 0)
        return states.count { $0 & 1 == 1 } * page
    }

    @Test("is resident before the load, and leaves ahead of what is written, not at once")
    func leavesAheadOfTheLoad() throws {
        let warm = try WarmMemory(bytes: 512 * Self.mebibyte, machine: machine, available: 8 << 30) {}
        #expect(Self.residentBytes(warm, of: 512 << 20) == 512 << 20)
        #expect(warm.heldBytes == 512 << 20)
        warm.release(aheadOf: 0)
        #expect(warm.heldBytes == 256 << 20)
        #expect(Self.residentBytes(warm, of: 512 << 20) == 256 << 20)
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
