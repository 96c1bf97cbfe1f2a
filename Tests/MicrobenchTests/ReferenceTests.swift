import CReference
import Foundation
import Records
import Testing

@Suite struct ReferenceTests {
    @Test(arguments: [32, 100, 1024])
    func `the C builder makes a batch that passes the check at the door`(valueSize: Int) throws {
        let pool = creference_pool_new(UInt32(valueSize), 1 << 16)
        defer { creference_pool_free(pool) }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 8)
        defer { memory.deallocate() }
        for _ in 0..<3 {
            let size = creference_build_batch(pool, memory.baseAddress, 130, 5, 1_700_000_000_000)
            let batch = try BatchValidation.produced(UnsafeRawBufferPointer(rebasing: memory[..<size]))
            #expect(batch.recordCount == 130)
            var records = RecordIterator(batch.records)
            while let record = try records.next() {
                let value = try #require(record.value)
                #expect(value.count == valueSize)
                #expect(PayloadStamp.verify(value))
            }
        }
    }

    @Test func `the C log refuses a batch with one flipped bit, and a wrong count under a right checksum`() throws {
        let scratch = try Scratch()
        var failed: Int32 = 0
        let log = creference_log_open(scratch.path, 1 << 20, 4096, 64 << 20, &failed)
        #expect(failed == 0)
        let pool = creference_pool_new(100, 1 << 16)
        defer { creference_pool_free(pool) }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
        defer { memory.deallocate() }
        var size = UInt32(creference_build_batch(pool, memory.baseAddress, 10, 5, 1_700_000_000_000))
        var batch: UnsafeMutableRawPointer? = memory.baseAddress
        #expect(creference_log_append(log, &batch, &size, 1) == 0)
        memory[Int(size) - 3] ^= 1
        #expect(creference_log_append(log, &batch, &size, 1) == -EBADMSG)
        memory[Int(size) - 3] ^= 1
        memory[60] = 9
        memory[26] = 8
        let whole = UnsafeMutableRawBufferPointer(rebasing: memory[..<Int(size)])
        BatchBuilder.reseal(whole, producerID: -1, producerEpoch: -1, baseSequence: -1)
        #expect(creference_log_append(log, &batch, &size, 1) == -EBADMSG)
        #expect(creference_log_end_offset(log) == 10)
        #expect(creference_log_close(log) == 0)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/00000000000000000000.log"))
        #expect(bytes.count == Int(size))
    }

    @Test func `a plan starts at the batch of its offset and ends with a whole one`() throws {
        let scratch = try Scratch()
        var failed: Int32 = 0
        let log = creference_log_open(scratch.path, 1 << 24, 4096, 0, &failed)
        let pool = creference_pool_new(100, 1 << 16)
        defer { creference_pool_free(pool) }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
        defer { memory.deallocate() }
        var size: UInt32 = 0
        for n in 0..<200 {
            size = UInt32(creference_build_batch(pool, memory.baseAddress, 10, 5, 1_700_000_000_000 + Int64(n)))
            var batch: UnsafeMutableRawPointer? = memory.baseAddress
            #expect(creference_log_append(log, &batch, &size, 1) == 0)
        }
        #expect(creference_log_close(log) == 0)
        let base = scratch.path + "/00000000000000000000"
        let segment = try #require(creference_segment_open(base + ".log", base + ".index", 0, &failed))
        defer { creference_segment_close(segment) }
        for offset in stride(from: UInt64(0), to: 2000, by: 7) {
            var position: UInt64 = 0
            var count: UInt64 = 0
            #expect(creference_plan_fetch(segment, offset, UInt64(size) * 3 + 5, &position, &count) == 0)
            #expect(position == offset / 10 * UInt64(size))
            #expect(count == min(3, 200 - offset / 10) * UInt64(size))
        }
        var position: UInt64 = 0
        var count: UInt64 = 0
        #expect(creference_plan_fetch(segment, 2000, 1, &position, &count) == -ERANGE)
    }

    @Test func `the C check reads a segment to its end and stops at a flipped bit, a hole in the offsets and a cut`() throws {
        let scratch = try Scratch()
        var failed: Int32 = 0
        let log = creference_log_open(scratch.path, 1 << 24, 4096, 0, &failed)
        let pool = creference_pool_new(1000, 1 << 16)
        defer { creference_pool_free(pool) }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 8)
        defer { memory.deallocate() }
        // Batches of 100,000 bytes straddle the window of 1 MiB.
        for n in 0..<30 {
            var size = UInt32(creference_build_batch(pool, memory.baseAddress, 100, 5, 1_700_000_000_000 + Int64(n)))
            var batch: UnsafeMutableRawPointer? = memory.baseAddress
            #expect(creference_log_append(log, &batch, &size, 1) == 0)
        }
        #expect(creference_log_close(log) == 0)
        let path = scratch.path + "/00000000000000000000.log"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        func check(_ damage: (inout Data) -> Void) throws -> (bytes: Int64, batches: UInt64) {
            var damaged = whole
            damage(&damaged)
            try damaged.write(to: URL(fileURLWithPath: path))
            var batches: UInt64 = 0
            return (creference_check_segment(path, 0, &batches), batches)
        }
        #expect(try check { _ in } == (Int64(whole.count), 30))
        let size = whole.count / 30
        #expect(try check { $0[20 * size + 5000] ^= 1 } == (-Int64(EBADMSG), 20))
        #expect(try check { $0[20 * size + 7] ^= 0xff } == (-Int64(EBADMSG), 20))
        #expect(try check { $0.removeLast(10) } == (-Int64(EBADMSG), 29))
    }
}
