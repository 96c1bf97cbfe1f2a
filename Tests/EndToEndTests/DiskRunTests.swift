// A disk by itself, without any broker.
import Measurement
import Results
import Testing

@Suite(.serialized) struct DiskRunTests {
    @Test func `a disk that is asked by itself ends VALID: no record is there to be missed`() throws {
        let run = try Harnessed("disk", settings: ["headlines.disk={perItem: 50ms}"])
        defer { run.remove() }
        #expect(run.finish() == 0, "\(run.printed)")
        let record = try run.record()
        #expect(record.verdict?.outcome == .valid && record.facts.map(\.hasNoRecords) == [true], "\(record.facts)")
        #expect(record.calibration.before.contains { $0.name == "write_direct" && $0.value != nil })
    }
}
