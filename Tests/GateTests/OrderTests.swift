import Testing

@testable import Gate

@Suite struct OrderTests {
    private let drawn = (0..<6000).map { GroupArrangement(seed: 7, group: $0, slicesPerSide: 2) }

    @Test func `the six orders of two and two are equally likely`() {
        let counts = Dictionary(grouping: drawn, by: \.slices).mapValues(\.count)
        #expect(counts.count == 6)
        // Chi-squared of five degrees of freedom exceeds 20.5 once in a thousand.
        #expect(counts.values.reduce(0.0) { $0 + Double(($1 - 1000) * ($1 - 1000)) / 1000 } < 20.5)
    }

    @Test func `each coin is fair and knows nothing of the others`() {
        let coins: [(String, (GroupArrangement) -> Bool)] = [
            ("start", { $0.startsFirst == .head }), ("port", { $0.firstPort == .head }), ("directory", { $0.firstDirectory == .head }),
            ("start and port", { ($0.startsFirst == .head) != ($0.firstPort == .head) }),
            ("port and directory", { ($0.firstPort == .head) != ($0.firstDirectory == .head) }),
            ("first slice and start", { ($0.slices[0] == .head) != ($0.startsFirst == .head) }),
        ]
        for (name, coin) in coins {
            let heads = drawn.count(where: coin)
            #expect(abs(heads - 3000) < 130, "\(name): \(heads) of 6000")
        }
    }

    @Test func `a group's arrangement depends on the seed and its index alone`() {
        #expect(GroupArrangement(seed: 7, group: 41, slicesPerSide: 2) == drawn[41])
        #expect((0..<100).contains { GroupArrangement(seed: 8, group: $0, slicesPerSide: 2) != drawn[$0] })
    }

    @Test func `several pairs a group stay balanced`() {
        for index in 0..<50 {
            let slices = GroupArrangement(seed: 1, group: index, slicesPerSide: 6).slices
            #expect(slices.count == 12 && slices.count { $0 == .head } == 6)
        }
    }

    @Test func `the orders of seed 7 are what they were when results were stored`() {
        let letters = drawn.prefix(8).map { $0.slices.map { $0 == .base ? "A" : "B" }.joined() }
        #expect(letters == ["BBAA", "BABA", "BABA", "BAAB", "BAAB", "BBAA", "ABBA", "BAAB"])
    }
}
