import Foundation
import Glibc
import Records
import Testing

@testable import Client

@Suite struct BatchSlotsTests {
    /// Page faults of this thread alone: other tests run beside it.
    private func faults() throws -> Int {
        let stat = try String(contentsOfFile: "/proc/thread-self/stat", encoding: .utf8)
        let behindName = try #require(stat.lastIndex(of: ")"))
        let fields = stat[behindName...].split(separator: " ")
        return try #require(Int(fields[8]))
    }

    @Test func `no record waits for the page that it is written to`() throws {
        var slots = BatchSlots(count: 64, slotBytes: 65_536, preparedBytes: 32 << 20, smallestRecord: 128, keepsTimes: true, keepsSizes: false)
        let bytes = 64 * 65_536
        // Not by malloc, which gives again what others have touched.
        let fresh = UnsafeMutableRawBufferPointer(start: mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), count: bytes)
        defer { munmap(fresh.baseAddress, bytes) }
        let before = try faults()
        var taken = 0
        while let slot = slots.take() {
            let pointer = slots[slot]
            pointer.pointee.builder.begin(timestampMilliseconds: 0)
            while pointer.pointee.builder.append(key: nil, value: UnsafeRawBufferPointer(rebasing: fresh[0..<1024]), timestampMilliseconds: 0) {
                pointer.pointee.intended![Int(pointer.pointee.builder.recordCount) - 1] = 1
            }
            taken += 1
        }
        let inSlots = try faults() - before
        #expect(taken == 64)
        // Memory that nobody has touched: a fault a page, unless the kernel gives it in large ones.
        let untouched = try faults()
        for offset in stride(from: 4096, to: fresh.count, by: 4096) { fresh[offset] = 1 }
        let inFresh = try faults() - untouched
        #expect(inFresh > 0)
        #expect(inSlots < 16, "\(inSlots) faults in 4 MiB")
    }

    @Test func `what lies beyond the prepared memory is there when a record comes to it`() throws {
        let before = try faults()
        var slots = BatchSlots(count: 1024, slotBytes: 65_536, preparedBytes: 1 << 20, smallestRecord: 1 << 16, keepsTimes: false, keepsSizes: false)
        #expect(try faults() - before < 1024, "64 MiB of memory, of which 1 MiB is prepared")
        while let slot = slots.take() {
            let pointer = slots[slot]
            pointer.pointee.builder.begin(timestampMilliseconds: 0)
            let isWritten = pointer.pointee.builder.append(key: nil, value: UnsafeRawBufferPointer(start: nil, count: 0), timestampMilliseconds: 0)
            #expect(isWritten)
        }
    }
}
