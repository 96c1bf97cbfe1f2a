import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// What a fetch hands out of a log whose bytes have changed on the disk.
@Suite struct ServedDamageTests {
    private let size = batch(1, valueBytes: 20).count

    private func rig() throws -> Rig {
        let rig = try Rig(["segment.index.bytes": "64", "index.interval.bytes": "0"])
        for index in 0..<12 { try rig.append(batch(1, timestamp: 1000 + Int64(index), valueBytes: 20)) }
        try rig.close()
        return rig
    }

    /// The batches that a consumer takes for whole: it stops at the first that is not.
    private func taken(_ rig: Rig, from start: Offset) throws -> [[UInt8]] {
        var (offset, found) = (start, [[UInt8]]())
        while let slice = try rig.log.read(from: offset, maxBytes: 3 * size, atLeastOneBatch: true) {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: slice.count, alignment: 16)
            defer { memory.deallocate() }
            try #require(try slice.file.read(into: memory, at: slice.position) == slice.count)
            var position = 0
            while position < slice.count {
                guard let batch = try? BatchValidation.stored(UnsafeRawBufferPointer(rebasing: memory[position...])) else { return found }
                found.append(Array(batch.bytes))
                position += batch.size
            }
            offset = slice.nextOffset
        }
        return found
    }

    @Test func `a batch that changed is refused by fetch, by its consumer, or named by log verify`() throws {
        let originals = Set(try { () in
            let rig = try rig()
            try rig.open()
            return try taken(rig, from: 0)
        }())
        #expect(originals.count == 12)
        var ways = ["fetch": 0, "consumer": 0, "log verify": 0]
        for byte in 0..<size {
            let rig = try rig()
            rig.disk.damage(rig.path(5, ".log")) { $0[size + byte] ^= 1 << UInt8(byte % 8) }
            #expect(try verify(rig).summary.inconsistencies > 0, "byte \(byte)")
            try rig.open()
            for start in [Offset(0), 6, 7] {
                let batches: [[UInt8]]
                do { batches = try taken(rig, from: start) } catch {
                    guard case .corrupt? = error as? StorageError else { throw error }
                    ways["fetch"]! += 1
                    continue
                }
                if batches.contains(where: { !originals.contains($0) }) {
                    // What the batch's checksum leaves out.
                    #expect(byte < BatchLayout.magic, "byte \(byte): a changed batch is served as whole")
                    ways["log verify"]! += 1
                } else if start < 7 {
                    #expect(batches.count < 12 - Int(start), "byte \(byte) from \(start)")
                    ways["consumer"]! += 1
                }
            }
        }
        for (way, count) in ways { #expect(count > 0, "\(way)") }
    }
}
