// What of a broker's device reads nobody had missed.
import Client
import Results
import Testing

@testable import Harness

@Suite struct CacheLagStudyTests {
    private func prefetched(sampled: UInt64, resident: UInt64, read: UInt64?) -> Double? {
        CacheLagStudy.prefetch(["residency_sampled_bytes": sampled, "residency_resident_bytes": resident], read).value
    }

    @Test func `what was read and not missed was read ahead`() {
        #expect(prefetched(sampled: 1_000, resident: 600, read: 400) == 0)
        #expect(prefetched(sampled: 1_000, resident: 600, read: 900) == 50)
        #expect(prefetched(sampled: 1_000, resident: 1_000, read: 1_000) == 100)
    }

    @Test func `less than was missed is nothing ahead, and more resident than was sampled misses nothing`() {
        #expect(prefetched(sampled: 1_000, resident: 0, read: 200) == 0)
        #expect(prefetched(sampled: 1_000, resident: 1_024, read: 100) == 10)
    }

    @Test func `without either counter there is a reason and no figure`() {
        #expect(CacheLagStudy.prefetch([:], 5).unavailable == "the broker sampled no served range")
        #expect(CacheLagStudy.prefetch(["residency_sampled_bytes": 1, "residency_resident_bytes": 1], nil).unavailable?.contains("can't be read here") == true)
    }

    @Test func `the newest part of a log takes its partitions by turns, so that what is read last is the newest of each`() {
        func fetch(_ partition: Int32, _ offset: Int64) -> PlannedFetch { PlannedFetch(partition: partition, offset: offset, maxBytes: 1) }
        // The second partition is the shorter one.
        let fetches = (0..<8).map { fetch(0, Int64($0)) } + (0..<4).map { fetch(1, Int64($0)) }
        #expect(FetchLog.newest(0.5, of: fetches) == [fetch(0, 4), fetch(0, 5), fetch(0, 6), fetch(1, 2), fetch(0, 7), fetch(1, 3)])
        #expect(FetchLog.newest(0.01, of: fetches) == [fetch(0, 7), fetch(1, 3)])
        #expect(FetchLog.newest(1, of: fetches).count == fetches.count)
        #expect(FetchLog.newest(1, of: []).isEmpty)
    }

    @Test func `a reader in earnest costs the log that it is behind of, and none costs nothing`() {
        var plan = CacheLagPlan()
        #expect(CacheLagStudy.liveCost(plan, memory: 256 << 20) == HeadlineCost(loadNanoseconds: 0, diskBytes: 0))
        plan.liveShare = 0.5
        let cost = CacheLagStudy.liveCost(plan, memory: 256 << 20)
        #expect(cost.diskBytes > 128 << 20 && cost.loadNanoseconds > plan.steadyNanoseconds)
    }

    @Test func `the pass with the hit rate takes half as long as the one that is timed, and a second at least`() {
        var plan = CacheLagPlan()
        plan.steadyNanoseconds = 8_000_000_000
        #expect(CacheLagStudy.sampledNanoseconds(plan) == 4_000_000_000)
        plan.steadyNanoseconds = 1_000_000_000
        #expect(CacheLagStudy.sampledNanoseconds(plan) == 1_000_000_000)
    }
}
