// The sets that the audit keeps: right for any order, small for nearly sorted ones.
import Testing
@testable import Harness

@Suite struct SequenceRangesTests {
    @Test func `a sequence that comes twice is new only once`() {
        var ranges = SequenceRanges()
        #expect(ranges.insert(0..<10) == 10)
        #expect(ranges.insert(5..<12) == 2)
        #expect(ranges.insert(3..<4) == 0)
        #expect(ranges.insert(0..<12) == 0)
        #expect(Array(ranges.runs) == [0..<12])
    }

    @Test func `a gap that fills up leaves one run`() {
        var ranges = SequenceRanges()
        ranges.insert(0..<10)
        ranges.insert(20..<30)
        #expect(Array(ranges.runs) == [0..<10, 20..<30])
        for sequence in UInt64(10)..<20 { #expect(ranges.insert(sequence..<sequence + 1) == 1) }
        #expect(Array(ranges.runs) == [0..<30])
    }

    @Test func `insertions in any order agree with a plain set`() {
        var state: UInt64 = 42
        func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        for _ in 0..<50 {
            var ranges = SequenceRanges()
            var plain = Set<UInt64>()
            for _ in 0..<60 {
                let start = random(200)
                let range = start..<start + random(12)
                let before = plain.count
                plain.formUnion(range)
                #expect(ranges.insert(range) == UInt64(plain.count - before))
            }
            #expect(Set(ranges.runs.flatMap(Array.init)) == plain)
            #expect(ranges.count == UInt64(plain.count))
            #expect((0..<220).allSatisfy { ranges.contains($0) == plain.contains($0) })
            let runs = ranges.runs
            #expect(zip(runs, runs.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
        }
    }

    @Test func `what one set lacks of another is found run by run`() {
        var sent = SequenceRanges()
        sent.insert(0..<100)
        sent.insert(150..<200)
        var seen = SequenceRanges()
        for range: Range<UInt64> in [10..<20, 40..<110, 160..<161] { seen.insert(range) }
        #expect(Array(sent.subtracting(seen)) == [0..<10, 20..<40, 150..<160, 161..<200])
        #expect(sent.subtracting(sent).isEmpty)
        #expect(Array(sent.subtracting(SequenceRanges())) == [0..<100, 150..<200])
    }
}
