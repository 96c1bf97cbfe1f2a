// What a start says of itself.
import Records
@testable import StorageEngine
import Testing
import Vocabulary

@Suite struct RecoveryReportTests {
    @Test func `no start reads more than what lies past the recovery point and one segment`() throws {
        let segmentBytes = 4096
        for seed in UInt64(1)...40 {
            var generator = SplitMix(seed)
            let rig = try Rig(["segment.bytes": "\(segmentBytes)", "index.interval.bytes": "500"])
            for step in 0..<Int.random(in: 5...120, using: &generator) {
                let bytes = batch(1, timestamp: Int64(step), valueBytes: Int.random(in: 1...900, using: &generator))
                try rig.append(bytes)
                if Int.random(in: 0..<30, using: &generator) == 0 { rig.forceSealed() }
            }
            let point = rig.log.durability.recoveryPoint
            let total = rig.log.sizeBytes
            let below = rig.log.segments.filter { $0.nextOffset <= point }.reduce(0) { $0 + Int64($1.size) }
            rig.storage.directories[0].background.drain()
            try rig.crash(.kill)
            #expect(rig.report.bytesScanned <= total - below + Int64(segmentBytes), "seed \(seed)")
            #expect(rig.report.bytesKept == total && rig.report.bytesDropped == 0)
            #expect(rig.report.segments == rig.report.segmentsScanned + rig.report.segmentsTrusted)
        }
    }

    @Test func `the rate is the checked bytes over the time, and nothing where nothing was checked`() throws {
        let rig = try Rig()
        try rig.append(batch(1, valueBytes: 100_000))
        try rig.crash(.kill)
        let expected = Double(rig.report.bytesScanned) / Double(rig.report.nanoseconds)
        #expect(rig.report.bytesScanned > 100_000)
        #expect(rig.report.gigabytesPerSecond == expected)
        try rig.reopen()
        #expect(rig.report.gigabytesPerSecond == nil)
    }
}
