// Lag is what is between the furthest end that anybody knows and the reader furthest behind.
import Measurement
import Results
import Testing

@testable import Harness

private let second: UInt64 = 1_000_000_000

@Suite struct LagSamplerTests {
    @Test func `without a reader there is no lag, and before a series began a look is only a look`() throws {
        #expect(LagSampler(readers: [], producers: [OffsetGauges(partitions: 1)]) == nil)
        var sampler = try #require(LagSampler(readers: [ReaderOffsets(partitions: 2)], producers: []))
        #expect(sampler.look(at: second) == .init(maximum: 0, sum: 0))
        #expect(sampler.record == nil)
    }

    @Test func `an offset that is not known is nil, and none goes back`() {
        let gauges = OffsetGauges(partitions: 2)
        #expect(gauges.offset(of: 0) == nil)
        gauges.advance(0, to: 0)
        #expect(gauges.offset(of: 0) == 0)
        gauges.advance(0, to: 17)
        gauges.advance(0, to: 9)
        #expect(gauges.offset(of: 0) == 17 && gauges.offset(of: 1) == nil)
    }

    @Test func `a fetch that gets no answer shows by what was acknowledged`() throws {
        let (reader, producer) = (ReaderOffsets(partitions: 2), OffsetGauges(partitions: 2))
        var sampler = try #require(LagSampler(readers: [reader], producers: [producer]))
        reader.advance(0, position: 100, end: 130)
        reader.advance(1, position: 50, end: 50)
        producer.advance(1, to: 400)
        #expect(sampler.look(at: 0) == .init(maximum: 350, sum: 380))
        producer.advance(0, to: 120)
        #expect(sampler.look(at: 0) == .init(maximum: 350, sum: 380), "the reader has heard of more")
    }

    @Test func `of several readers of a partition the one furthest behind counts`() throws {
        let (ahead, behind) = (ReaderOffsets(partitions: 1), ReaderOffsets(partitions: 1))
        var sampler = try #require(LagSampler(readers: [ahead, behind], producers: []))
        ahead.advance(0, position: 900, end: 900)
        behind.advance(0, position: 100, end: 200)
        #expect(sampler.look(at: 0) == .init(maximum: 800, sum: 800))
    }

    @Test func `a series has each partition's records, its maximum and its slope`() throws {
        let (reader, producer) = (ReaderOffsets(partitions: 3), OffsetGauges(partitions: 3))
        var sampler = try #require(LagSampler(readers: [reader], producers: [producer]))
        // Partition 2 is read by nobody.
        for partition in Int32(0)..<2 { reader.advance(partition, position: 0, end: 0) }
        producer.advance(0, to: 77_777)
        _ = sampler.look(at: second)
        sampler.restart(at: 10 * second)
        for n in 0..<6 {
            producer.advance(1, to: Int64(1_000 * n))
            reader.advance(1, position: Int64(900 * n), end: Int64(900 * n))
            reader.advance(0, position: 77_777, end: 77_777)
            _ = sampler.look(at: (10 + UInt64(n)) * second)
        }
        let lag = try #require(sampler.record)
        #expect(lag.maximumRecords == 500 && lag.maximumPartition == 1 && lag.partitionCount == 2)
        #expect(lag.looks == [0, 1, 2, 3, 4, 5])
        #expect(lag.partitions.map(\.records) == [[0, 0, 0, 0, 0, 0], [0, 100, 200, 300, 400, 500]])
        for slope in [try #require(lag.slope), try #require(lag.partitions[1].slope)] { #expect(abs(slope.estimate - 100) < 1e-9) }
        #expect(lag.partitions[0].slope?.estimate == 0)
        #expect(lag.text == "at most 500 records (partition 1), slope 100 [100, 100] records/s")
    }

    @Test func `of very many partitions each has its maximum and its slope, and the furthest behind their series`() throws {
        let reader = ReaderOffsets(partitions: 1_000)
        var sampler = try #require(LagSampler(readers: [reader], producers: []))
        for partition in Int32(0)..<1_000 {
            let end: Int64 = partition % 10 == 7 ? 5_000 + Int64(partition) : 1
            reader.advance(partition, position: 0, end: end)
        }
        sampler.restart(at: 0)
        for n in 0..<3 { _ = sampler.look(at: UInt64(n) * second) }
        let lag = try #require(sampler.record)
        #expect(lag.partitions.map(\.partition) == Array(0..<1_000) && lag.partitions.allSatisfy { $0.slope?.estimate == 0 })
        let maxima: [UInt64] = (0..<1_000).map { (partition: Int) -> UInt64 in partition % 10 == 7 ? UInt64(5_000 + partition) : 1 }
        #expect(lag.partitions.map(\.maximumRecords) == maxima)
        let drawn = lag.partitions.filter { $0.records != nil }
        #expect(drawn.count == LagRecord.seriesMaximum && drawn.allSatisfy { $0.partition % 10 == 7 && $0.records?.count == 3 })
        #expect(lag.partitionCount == 1_000 && lag.maximumPartition == 997 && lag.maximumRecords == 5_997)
    }

    @Test func `series of very many partitions end where their room does, and maxima and slopes go on`() throws {
        let (reader, producer) = (ReaderOffsets(partitions: 10_001), OffsetGauges(partitions: 10_001))
        var sampler = try #require(LagSampler(readers: [reader], producers: [producer]))
        for partition in Int32(0)...10_000 { reader.advance(partition, position: 0, end: 0) }
        sampler.restart(at: 0)
        let looks = LagSampler.seriesPlacesMaximum / 10_001 + 2
        for n in 0..<looks {
            producer.advance(3, to: Int64(10 * n))
            _ = sampler.look(at: UInt64(n) * second)
        }
        let lag = try #require(sampler.record)
        #expect(lag.partitions.count == LagRecord.listedMaximum && lag.partitionCount == 10_001 && lag.looks.count == looks)
        #expect(lag.partitions.allSatisfy { $0.records == nil })
        let third = try #require(lag.partitions.first { $0.partition == 3 })
        let slope = try #require(third.slope)
        #expect(third.maximumRecords == UInt64(10 * (looks - 1)) && abs(slope.estimate - 10) < 1e-6)
    }

    @Test func `an abridged record has the ten partitions furthest behind, in order, and says of how many`() throws {
        let partitions = (0..<40).map { PartitionLag(partition: $0, maximumRecords: $0 % 4 == 3 ? UInt64(100 + $0) : 5, slope: nil, records: [UInt64($0)]) }
        let whole = LagRecord(maximumRecords: 139, maximumPartition: 39, slope: nil, partitionCount: 40, looks: [0], partitions: partitions)
        #expect(whole.abridged.partitions.map(\.partition) == Array(stride(from: 3, to: 40, by: 4)))
        #expect(whole.abridged.partitions.last?.records == [39] && whole.abridged.partitionCount == 40 && whole.abridged.maximumRecords == 139)
        #expect(whole.abridged.abridged == whole.abridged)
    }
}
