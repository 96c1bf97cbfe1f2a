import NullBroker
import Testing

@Suite struct FaultTests {
    @Test(arguments: ["", "drop", "drop:0", "drop:-1", "drop:x", "error:7", "error:99999:2", "delay:5:0.1", "delay:5ms:2", "stall:1s", "short", "short:0", "length:1", "length:x:3", "length:99999999999:3", "nonsense:3"])
    func `a fault that makes no sense is refused`(text: String) {
        #expect(Fault(text) == nil)
    }

    @Test func `faults are read as they are written`() {
        #expect(Fault("drop:10") == .dropAcknowledged(every: 10))
        #expect(Fault("error:7:3") == .error(code: 7, every: 3))
        #expect(Fault("short:4") == .shortFetch(every: 4))
        #expect(Fault("length:-5:3") == .batchLength(-5, every: 3))
        #expect(Fault("delay:5ms:0.01") == .delay(nanoseconds: 5_000_000, share: 0.01))
        #expect(Fault("stall:1s:200ms") == .stall(afterNanoseconds: 1_000_000_000, forNanoseconds: 200_000_000))
    }
}
