import Testing

@testable import Topology

@Suite struct ThreadLooksTests {
    private func thread(_ cpu: Int32, allowed: [Int32]) -> ThreadPlacement { ThreadPlacement(tid: 1, name: "t", lastCPU: cpu, allowed: CPUSet(allowed)) }

    @Test func `each thread counts in each look, and is placed where it may be nowhere else and was`() {
        var looks = ThreadLooks()
        #expect(looks.share == 0 && looks.count == 0)
        looks.add([thread(0, allowed: [0]), thread(1, allowed: [0, 1])], on: CPUSet([0, 1]))
        #expect(looks.share == 1)
        looks.add([thread(2, allowed: [0, 2]), thread(0, allowed: [0, 2])], on: CPUSet([0, 1]))
        #expect(looks.share == 0.5 && looks.count == 2)
        looks.add([], on: CPUSet([0]))
        #expect(looks.share == 0.5 && looks.count == 3)
    }

    @Test func `pages on any of some nodes need not be spread, and none at all are no share`() {
        let found = PagePlacement(pagesByNode: [0: 190, 1: 10, 2: 200], unplaced: 5)
        #expect(found.share(onAnyOf: [0, 1]) == 0.5 && found.share(onAnyOf: [0, 1, 2]) == 1 && found.share(onAnyOf: [3]) == 0)
        #expect(PagePlacement(pagesByNode: [0: 190, 1: 10], unplaced: 0).share(evenlyOn: [0, 1]) == 0.55)
        #expect(PagePlacement(pagesByNode: [:], unplaced: 5).share(onAnyOf: [0]) == nil)
    }
}
