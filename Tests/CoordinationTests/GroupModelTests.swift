import Glibc
import Testing

@Suite struct GroupModelTests {
    /// A few hundred runs; more by TIDEMARK_CAMPAIGN.
    private static let runs = UInt64(getenv("TIDEMARK_CAMPAIGN").flatMap { Int(String(cString: $0)) } ?? 60)

    @Test func `no order of events breaks a group`() {
        var joins = 0
        var assignments = 0
        var stable = 0
        for seed in 1...Self.runs {
            var model = GroupModel(seed: seed)
            for step in 0..<250 {
                model.step()
                if step % 10 == 9 { model.checkLog() }
            }
            model.settle()
            joins += model.joinsAnswered
            assignments += model.assignmentsDelivered
            stable += model.stableStates
        }
        // The model is worth something only if its clients get somewhere.
        #expect(joins > Int(Self.runs) * 20)
        #expect(assignments > Int(Self.runs) * 5)
        #expect(stable > Int(Self.runs) * 25)
    }
}
