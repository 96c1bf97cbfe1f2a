// What is called a burst and what is called steady, by made-up logs.
import Testing
@testable import microbench

@Suite struct PressedLogTests {
    private static let step = 16.0 * 1_048_576
    private static let limit = 8 * step

    /// Four limits of data; each step at its own speed, in bytes a second.
    private func appended(steps: Int = 32, _ speed: (Int) -> Double) -> PressedLog {
        var seconds = 0.0
        let told = (1...steps).map { n in
            seconds += Self.step / speed(n)
            return PressedLog.Step(bytes: Double(n) * Self.step, seconds: seconds)
        }
        return PressedLog(steps: told, limitBytes: Self.limit)
    }

    @Test func `a log that fills empty memory at once and then goes at the disk's pace is steady`() throws {
        let log = appended { $0 <= 10 ? 2e9 : 5e8 }
        let pressed = try #require(log.pressed)
        #expect(abs(pressed.last / pressed.first - 1) < 1e-9 && abs(pressed.last / 5e8 - 1) < 1e-9)
        #expect(abs(try #require(log.burst) / 2e9 - 1) < 1e-9)
        #expect(log.bytes == 4 * Self.limit)
    }

    @Test func `one that slows down once memory is full is not`() throws {
        let pressed = try #require(appended { $0 <= 10 ? 2e9 : $0 <= 17 ? 5e8 : 2e8 }.pressed)
        #expect(abs(pressed.last / pressed.first - 0.4) < 1e-9)
    }

    @Test func `what lies between empty and full is neither`() throws {
        let log = appended { $0 > 6 && $0 <= 10 ? 1e6 : 1e9 }
        let pressed = try #require(log.pressed)
        let burst = try #require(log.burst)
        #expect(abs(pressed.first / 1e9 - 1) < 1e-9 && abs(burst / 1e9 - 1) < 1e-9)
    }

    @Test func `one that ended before memory was full has no pace, and a few steps have no quarters`() {
        #expect(appended(steps: 9) { _ in 1e9 }.pressed == nil)
        #expect(appended(steps: 12) { _ in 1e9 }.pressed == nil)
        #expect(appended(steps: 13) { _ in 1e9 }.pressed != nil)
        #expect(appended(steps: 7) { _ in 1e9 }.lastQuarter == nil && appended(steps: 8) { _ in 1e9 }.lastQuarter != nil)
        #expect(PressedLog(steps: [], limitBytes: Self.limit).burst == nil)
    }
}
