// Whose lag a load is judged by, and whose is its own.
import Results
import Testing

@testable import Harness

@Suite struct LoadLagTests {
    private let producer = RatedLane(partition: 0, of: 2)

    private func reader() -> RatedReader { RatedReader(of: [], partitions: 2) }

    private func plan(_ name: String, rate: Double? = nil) -> ConsumersPlan {
        var plan = ConsumersPlan()
        (plan.name, plan.recordsPerSecond) = (name, rate)
        return plan
    }

    @Test func `a slow reader's lag is its own, and the load's is that of the others`() throws {
        let (fast, slow) = (reader(), reader())
        var lag = try #require(LoadLag([[fast], [slow]], [plan("live"), plan("slow", rate: 5)], producers: [producer]))
        lag.restart(at: 0)
        producer.acknowledgedEnds?.advance(0, to: 1_000)
        fast.readerOffsets?.advance(0, position: 990, end: 990)
        slow.readerOffsets?.advance(0, position: 3, end: 900)
        #expect(lag.look() == .init(maximum: 10, sum: 10))
        let reading = lag.reading
        #expect(reading.isJudged && reading.whole?.maximumRecords == 10)
        #expect(reading.groups.map { $0?.maximumRecords } == [10, 997])
        #expect(lag.look(isKept: false).sum == 10 && lag.reading.groups.map { $0?.looks.count } == [1, 1])
    }

    @Test func `where all are slow their lag is told, and nothing is judged by it`() throws {
        let slow = reader()
        var lag = try #require(LoadLag([[slow]], [plan("slow", rate: 5)], producers: [producer]))
        lag.restart(at: 0)
        slow.readerOffsets?.advance(1, position: 0, end: 70)
        #expect(lag.look().sum == 70)
        #expect(!lag.reading.isJudged && lag.reading.whole?.maximumRecords == 70 && lag.reading.groups.isEmpty)
    }

    @Test func `without readers there is none`() {
        #expect(LoadLag([[]], [plan("live")], producers: [producer]) == nil)
        #expect(LoadLag([], [], producers: [producer]) == nil)
    }
}
