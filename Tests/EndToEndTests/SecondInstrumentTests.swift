// Latency by two instruments: what a fleet says of its requests, beside what the null broker says that it did with them.
import Dispatch
import Foundation
import Host
import Measurement
import NullBroker
import Synchronization
import Testing

@testable import Harness

@Suite(.serialized) struct SecondInstrumentTests {
    /// One load as both saw it.
    private struct Both {
        let client: SecondInstrument.Reading
        let broker: AnswerTime

        func difference(_ clock: String, at q: Double) throws -> Int64 {
            Int64(try #require(client.clocks[clock]?.value(at: q))) - Int64(try #require(broker.histogram.value(at: q)))
        }
    }

    private func measure(_ faults: [Fault], seconds: UInt64) throws -> Both {
        var configuration = NullBrokerConfiguration()
        configuration.keepsStamps = true
        let broker = try NullBroker(configuration)
        let thread = broker.start()
        defer {
            broker.stop()
            thread.join()
        }
        // Held back only when all are connected, so that connecting goes fast.
        let client = try SecondInstrument.measure(broker: HostPort("127.0.0.1:\(broker.port)")!, seconds: seconds) { broker.misbehave(faults) {} }
        return Both(client: client, broker: try answerTimes(of: broker).produce)
    }

    private func answerTimes(of broker: NullBroker) throws -> AnswerTimes {
        let times = Mutex<AnswerTimes?>(nil), arrived = DispatchSemaphore(value: 0)
        broker.answerTimes { stamped in
            times.withLock { $0 = stamped }
            arrived.signal()
        }
        arrived.wait()
        return try #require(times.withLock { $0 })
    }

    /// The quantiles that the broker's stamps do not bear out.
    ///
    /// This process is not optimised, so what its code, its sockets and its wake-ups take between the stamps is no product's: it is the
    /// median of the same load against a broker that answers at once, and added. The programs as they are shipped are allowed no more than
    /// what a bare echo in C takes: Scripts/second-instrument.
    private func disagreements(_ reading: SecondInstrument.Reading, _ broker: AnswerTime, path: Both) throws -> [String] {
        let rows = try SecondInstrument.clocks.flatMap { clock in
            let between = UInt64(max(0, try path.difference(clock, at: 0.5)))
            return try reading.compared(with: broker.histogram, pathNanoseconds: between).filter { $0.clock == clock }
        }
        return rows.filter { !$0.agrees }.map(\.text)
    }

    @Test func `a fleet's quantiles are those that the broker stamped, and a shift of them is noticed`() throws {
        let mixture = try #require(Fault(SecondInstrument.mixture))
        var found: [String] = []
        // A machine that stands still in one reading and not in the other can make a difference: then both are taken again.
        for _ in 0..<4 {
            let path = try measure([], seconds: 1)
            let both = try measure([mixture], seconds: 4)
            found = try disagreements(both.client, both.broker, path: path)
            guard found.isEmpty else { continue }
            // The mixture is what was drawn: by the broker's own account no answer left early, and each time has its share.
            for (q, nominal) in [(0.5, 500_000), (0.9, 2_000_000), (0.97, 20_000_000), (0.99, 200_000_000)] as [(Double, UInt64)] {
                #expect(try #require(both.broker.histogram.value(at: q)) >= nominal)
            }
            for clock in SecondInstrument.clocks {
                for shift in [-1, 1] as [Int64] {
                    let shifted = both.client.shifted(clock, by: shift * 1_000_000)
                    #expect(try !disagreements(shifted, both.broker, path: path).isEmpty, "\(clock) by \(shift) ms")
                }
            }
            return
        }
        #expect(found == [])
    }

    @Test func `the program that judges without any allowance fails for a clock that is stopped too late`() throws {
        let program = Process(), output = Pipe()
        program.executableURL = Harnessed.products.appending(path: "tidemark")
        program.arguments = ["second-instrument", "--measure", "1s", "--attempts", "1", "--shift", "20ms"]
        program.standardOutput = output
        try program.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        program.waitUntilExit()
        #expect(program.terminationReason == .exit && program.terminationStatus == 1)
        #expect(printed.contains("service p50: ") && printed.contains("DOES NOT AGREE"), "\(printed)")
    }
}
