// The slow-down on request: as much of it as was asked for.
import CLinux
import Host
import Testing

@testable import Reactor

@Suite struct CPUBurnTests {
    /// A tick's requests: so many nanoseconds of CPU.
    private final class Work: TickHandler {
        let nanoseconds: Int64
        init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
        func endOfTick() {
            let end = clinux_thread_cpu_ns() + nanoseconds
            while clinux_thread_cpu_ns() < end {}
        }
    }

    @Test(arguments: [10.0, 100.0])
    func `a loop's thread uses the stated share more, by its own CPU account`(percent: Double) throws {
        let loop = try Loop()
        let burn = CPUBurn(percent: percent)
        loop.addTickHandler(Work(nanoseconds: 20_000))
        loop.addTickHandler(burn)
        try loop.runOnce(maxWaitNanoseconds: 0)
        let start = clinux_thread_cpu_ns()
        for _ in 0..<2_000 { try loop.runOnce(maxWaitNanoseconds: 0) }
        let used = Double(clinux_thread_cpu_ns() - start)
        let burnt = Double(burn.burntNanoseconds)
        #expect(abs(burnt / (used - burnt) * 100 - percent) < percent * 0.02, "\(burnt) ns burnt of \(used)")
    }

    @Test func `a loop that does nothing burns nothing worth speaking of`() throws {
        let loop = try Loop()
        let burn = CPUBurn(percent: 10)
        loop.addTickHandler(burn)
        for _ in 0..<5 { try loop.runOnce(maxWaitNanoseconds: 1_000_000) }
        #expect(burn.burntNanoseconds < 100_000)
    }
}
