// Looks at how far the readers of a load are behind, partition by partition. Lives on the control thread.
internal import Measurement
internal import Results
internal import Vocabulary

/// Reads the lanes' gauges, which costs the lanes nothing; a look allocates nothing but the next place in its series.
struct LagSampler {
    /// Of one look.
    struct Look: Equatable {
        /// Records, of the partition with most.
        var maximum: UInt64 = 0
        /// Records, of all partitions together.
        var sum: UInt64 = 0
    }

    private struct PartitionLook {
        var fit = LineFit()
        var maximum: UInt64 = 0
        var series: [UInt64] = []
    }

    private let readers: [ReaderOffsets]
    private let ends: [OffsetGauges]
    private let partitionCount: Int
    private var origin: UInt64?
    private var looks: [Double] = []
    private var all = LineFit()
    private var partitions: [PartitionLook] = []
    /// Of very many partitions, until they come to `seriesPlacesMaximum`: which of them will be the furthest behind nobody knows before.
    private var keepsSeries = true
    private var seriesPlaces = 0

    /// 8 MB a sampler, twice that at most as arrays grow.
    static let seriesPlacesMaximum = 1 << 20
    /// Where the reader furthest behind is in each partition at this look; reused from look to look.
    private var positions: [Offset?]

    /// - Returns: nil where nothing tells where readers are.
    init?(readers: [ReaderOffsets], producers: [OffsetGauges]) {
        guard let first = readers.first else { return nil }
        self.readers = readers
        partitionCount = first.positions.count
        ends = readers.map(\.ends) + producers
        precondition(ends.allSatisfy { $0.count == first.positions.count }, "gauges of different numbers of partitions")
        positions = Array(repeating: nil, count: partitionCount)
    }

    /// Looks from here on belong to a series that began at `origin`, CLOCK_MONOTONIC nanoseconds; earlier ones are forgotten.
    mutating func restart(at origin: UInt64) {
        self.origin = origin
        looks = []
        all = LineFit()
        partitions = Array(repeating: PartitionLook(), count: partitionCount)
        (keepsSeries, seriesPlaces) = (true, 0)
    }

    /// One look.
    ///
    /// - Parameter isKept: whether it belongs to the series, where one has begun.
    mutating func look(at now: UInt64, isKept: Bool = true) -> Look {
        let seconds = (isKept ? origin : nil).map { Double(now &- min($0, now)) / 1e9 }
        // All positions before all ends: what moves on meanwhile makes a lag too large by microseconds, never negative.
        for partition in 0..<partitionCount {
            positions[partition] = nil
            for reader in readers {
                guard let position = reader.positions.offset(of: partition) else { continue }
                positions[partition] = min(positions[partition] ?? .max, position)
            }
        }
        var look = Look()
        for partition in 0..<partitionCount {
            guard let position = positions[partition] else { continue }
            let end = ends.reduce(position) { max($0, $1.offset(of: partition) ?? position) }
            let lag = UInt64(end - position)
            look.maximum = max(look.maximum, lag)
            look.sum += lag
            if let seconds { keep(lag, of: partition, at: seconds) }
        }
        if let seconds {
            boundSeries()
            looks.append(seconds)
            all.add(x: seconds, y: Double(look.sum))
        }
        return look
    }

    private mutating func keep(_ lag: UInt64, of partition: Int, at seconds: Double) {
        partitions[partition].fit.add(x: seconds, y: Double(lag))
        partitions[partition].maximum = max(partitions[partition].maximum, lag)
        guard keepsSeries else { return }
        partitions[partition].series.append(lag)
        seriesPlaces += 1
    }

    /// A series is whole or not there.
    private mutating func boundSeries() {
        guard keepsSeries, partitionCount > LagRecord.seriesMaximum, seriesPlaces > Self.seriesPlacesMaximum else { return }
        keepsSeries = false
        for partition in partitions.indices { partitions[partition].series = [] }
    }

    /// What the looks since `restart` come to; nil before the first.
    var record: LagRecord? {
        guard !looks.isEmpty else { return nil }
        let read = partitions.indices.filter { partitions[$0].fit.count > 0 }
        guard let furthest = read.max(by: { partitions[$0].maximum < partitions[$1].maximum }) else { return nil }
        let byLag = read.count <= LagRecord.seriesMaximum ? read : read.sorted { partitions[$0].maximum > partitions[$1].maximum }
        let drawn = Set(byLag.prefix(LagRecord.seriesMaximum))
        return LagRecord(
            maximumRecords: partitions[furthest].maximum, maximumPartition: furthest, slope: all.slope, partitionCount: read.count, looks: looks,
            partitions: byLag.prefix(LagRecord.listedMaximum).sorted().map { number in
                let partition = partitions[number]
                return PartitionLag(
                    partition: number, maximumRecords: partition.maximum, slope: partition.fit.slope,
                    records: partition.series.isEmpty || !drawn.contains(number) ? nil : partition.series)
            })
    }
}
