// What makes a cell of the NUMA matrix INVALID.
import Results
import Testing

@testable import Harness

@Suite struct NUMACellTests {
    @Test func `every part below 95 % is named, and one that can't be looked at is not judged`() {
        let fine = [PlacedPart(part: "broker threads", share: 0.95, looks: 20), PlacedPart(part: "disk", share: nil, note: "no node")]
        #expect(NUMACellRun.misplaced(fine) == nil)
        let wrong = fine + [PlacedPart(part: "client memory", share: 0.4), PlacedPart(part: "written pages", share: 0)]
        #expect(NUMACellRun.misplaced(wrong) == "only 40 % of the client memory, 0 % of the written pages where they belong")
        let found = [PlacedPart(part: "client memory", share: 0.75, note: "node 0: 300 pages, node 1: 100 pages")]
        #expect(NUMACellRun.misplaced(found) == "only 75 % of the client memory (node 0: 300 pages, node 1: 100 pages) where they belong")
    }
}
