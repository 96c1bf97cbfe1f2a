// When an append is sustained, and not what the page cache took for the moment.
import Measurement
import Testing

@testable import Harness

@Suite struct SustainedAppendTests {
    private func append(_ bytes: Double, _ before: UInt64, _ after: UInt64) -> SustainedAppend {
        SustainedAppend(appendedBytes: bytes, limitBytes: 4_000_000_000, dirtyBefore: before, dirtyAfter: after)
    }

    @Test func `three dirty limits without more dirty pages are sustained`() {
        #expect(append(12e9, 3_000_000_000, 3_000_000_000).holds)
        #expect(append(12e9, 3_000_000_000, 3_150_000_000).holds && append(40e9, 3_000_000_000, 1_000_000_000).holds)
    }

    @Test func `fewer, or with more dirty pages behind them, are a burst that says what it lacks`() {
        let short = append(11e9, 3_000_000_000, 3_000_000_000)
        #expect(!short.holds && short.shortcoming == "burst: 2.75 times the kernel's dirty limit of 4.0 GB went through, and it takes 3")
        let growing = append(12e9, 100_000_000, 3_000_000_000)
        #expect(!growing.holds && growing.shortcoming == "burst: what was dirty grew from 100.0 MB to 3.0 GB")
        #expect(!append(12e9, 3_000_000_000, 3_151_000_000).holds && !append(12e9, 0, 1).holds)
    }

    @Test func `a load has the volume for filling the cache and three limits behind it`() {
        #expect(SustainedAppend.volume(limitBytes: 4_000_000_000) == 26_000_000_000)
        #expect(SustainedAppend.volume(limitBytes: 0) == 10_000_000_000 && SustainedAppend.volume(limitBytes: .max) > 1 << 60)
    }

    @Test func `the cache is full when a limit went in and what is dirty stays for three seconds`() {
        /// At which look.
        func reached(_ looks: [(appended: UInt64, dirty: UInt64)]) -> Int? {
            var plateau = DirtyPlateau()
            return looks.firstIndex { plateau.isReached(appended: $0.appended, dirty: $0.dirty, limitBytes: 100) }
        }
        #expect(reached([(50, 50), (100, 90), (150, 95), (200, 94), (250, 94), (300, 95)]) == 4)
        // A slow disk: little is dirty for long, and below a limit that proves nothing.
        #expect(reached([(10, 10), (20, 10), (30, 10), (40, 10), (50, 10), (100, 10)]) == 5)
        #expect(reached([(100, 10), (200, 20), (300, 30), (400, 40), (500, 50), (600, 60)]) == nil)
        #expect(reached([(1_000, 90), (2_000, 90), (3_000, 90)]) == nil)
    }
}
