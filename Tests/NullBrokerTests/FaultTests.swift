@testable import NullBroker
import Testing

@Suite struct FaultTests {
    @Test(arguments: ["", "drop", "drop:0", "drop:-1", "drop:x", "error:7", "error:99999:2", "delay:5:0.1", "delay:5ms:2", "stall:1s", "short", "short:0", "length:1", "length:x:3", "length:99999999999:3", "nonsense:3", "drop:5:", "drop-record", "drop-record:0", "swap-records:1:2", "delay:-5ms:0.1", "delay:2d:0.1", "delay:99999999999999s:1", "delays:", "delays:5ms", "delays:5ms*0.5,", "delays:5ms*0.6,1ms*0.5", "delays:5ms*nan", "delays:5ms*0.1*0.2"])
    func `a fault that makes no sense is refused`(text: String) {
        #expect(Fault(text) == nil)
    }

    @Test func `faults are read as they are written`() {
        #expect(Fault("drop:10") == .dropAcknowledged(every: 10))
        #expect(Fault("error:7:3") == .error(code: 7, every: 3))
        #expect(Fault("short:4") == .shortFetch(every: 4))
        #expect(Fault("length:-5:3") == .batchLength(-5, every: 3))
        #expect(Fault("delay:5ms:0.01") == .delay(nanoseconds: 5_000_000, share: 0.01))
        #expect(Fault("corrupt-record:1000000") == .record(.corrupt, every: 1_000_000))
        #expect(
            Fault("delays:500us*0.6,2ms*0.4")
                == DelayMixture([.init(nanoseconds: 500_000, share: 0.6), .init(nanoseconds: 2_000_000, share: 0.4)]).map { .delays($0) })
        #expect(Fault("stall:1s:200ms") == .stall(afterNanoseconds: 1_000_000_000, forNanoseconds: 200_000_000))
    }
    @Test(arguments: FaultForm.all)
    func `every form that is told is read, by its example`(form: FaultForm) {
        #expect(Fault(form.example) != nil, "\(form.form)")
        #expect(form.example.prefix { $0 != ":" } == form.form.prefix { $0 != ":" })
    }
}

@Suite struct DelayMixtureTests {
    @Test func `one draw decides, each time has its share, and the rest is not held back`() throws {
        let mixture = try #require(DelayMixture([.init(nanoseconds: 5, share: 0.6), .init(nanoseconds: 7, share: 0.3)]))
        #expect([0, 0.59, 0.61, 0.89, 0.91, 0.999].map(mixture.delay) == [5, 5, 7, 7, 0, 0])
        let whole = try #require(DelayMixture([.init(nanoseconds: 5, share: 0.1), .init(nanoseconds: 6, share: 0.2), .init(nanoseconds: 7, share: 0.7)]))
        #expect(whole.delay(at: 1.0.nextDown) == 7)
    }

    @Test func `a seed repeats its draws`() throws {
        let fault = try #require(Fault("delays:1us*0.5,2us*0.25"))
        func drawn(_ seed: UInt64) -> [UInt64] {
            var plan = FaultPlan([fault], seed: seed)
            return (0..<4000).map { _ in plan.delayForNextAnswer() }
        }
        let first = drawn(3)
        #expect(first == drawn(3) && first != drawn(4))
        for (delay, share) in [(1_000, 0.5), (2_000, 0.25), (0, 0.25)] as [(UInt64, Double)] {
            #expect(abs(Double(first.count { $0 == delay }) / 4000 - share) < 0.04)
        }
    }
}
