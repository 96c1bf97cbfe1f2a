// Misses and device reads: when they agree, when read-ahead explains them, when they are flagged.
import Testing

@testable import Harness

@Suite struct InstrumentAgreementTests {
    private func judged(_ missed: Double?, _ process: Double?, _ device: Double?, readsAhead: Bool) -> InstrumentAgreement {
        InstrumentAgreement(missed: missed, process: process, device: device, readsAhead: readsAhead)
    }

    @Test(arguments: [true, false])
    func `two points apart is agreement, and more is not`(readsAhead: Bool) {
        #expect(judged(0.5, 0.5, 0.519, readsAhead: readsAhead).agrees == true)
        #expect(judged(0.5, 0.5, 0.47, readsAhead: readsAhead).agrees == false)
        #expect(judged(0.5, 0.5, 0.47, readsAhead: readsAhead).text == "the device read 3.0 points less than missed")
    }

    @Test func `more than was missed is explained by what is read ahead, and by nothing where that is off`() {
        let ahead = judged(0.5, 1, 1, readsAhead: true)
        #expect(ahead.agrees == nil && ahead.prefetchShare == 0.5 && ahead.text == "the device read 50.0 points more than missed: read ahead")
        let strict = judged(0.5, 0.53, 0.55, readsAhead: false)
        #expect(strict.agrees == false && strict.prefetchShare == nil && strict.text == "the device read 5.0 points more than missed")
    }

    @Test func `without read-ahead the process has to be right as well as the device`() {
        #expect(judged(0.5, 0.1, 0.5, readsAhead: false).text == "the process read 40.0 points less than missed")
        #expect(judged(0.5, 0.1, 0.5, readsAhead: true).agrees == true)
        #expect(judged(0.5, 0.5, 0.5, readsAhead: false).agrees == true)
    }

    @Test func `one instrument alone agrees with nobody, and either of the two others will do`() {
        #expect(judged(nil, 0.5, 0.5, readsAhead: false).agrees == nil && judged(0.5, nil, nil, readsAhead: false).agrees == nil)
        #expect(judged(0.5, 0.5, nil, readsAhead: false).agrees == true && judged(0.5, nil, 0.6, readsAhead: false).agrees == false)
    }

    @Test func `a fetch that missed nothing while nothing was read has no share that was read ahead`() {
        #expect(judged(0, 0, 0, readsAhead: true).prefetchShare == 0)
    }
}
