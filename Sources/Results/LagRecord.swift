// How far the readers of a phase were behind the end of their logs.
package import Measurement

/// Lag: the log end offset less the offset that a reader gets next, in records, looked at once a second. The end is the furthest that
/// anybody knows: a reader's last high watermark or a producer's last acknowledgement, so that a fetch that gets no answer shows too.
/// Where several readers share a partition, it is that of the one furthest behind.
package struct LagRecord: Codable, Equatable, Sendable {
    /// Of any partition at any look.
    package var maximumRecords: UInt64
    /// Where that was.
    package var maximumPartition: Int
    /// Records a second by which all partitions together fell behind; nil with under three looks.
    package var slope: ConfidenceInterval?
    package var partitionCount: Int
    /// When it was looked at, in seconds from the start of the phase.
    package var looks: [Double]
    /// In the order of their numbers. Of a load with more partitions than `listedMaximum` those with the largest maxima, and of one with
    /// more than `seriesMaximum` those alone have series. Of a search's windows before the last `abridgedMaximum` of them.
    package var partitions: [PartitionLag]

    /// `abridgedMaximum`: of phases on the way to the one that counts, see `abridged`.
    package static let listedMaximum = 10_000, seriesMaximum = 100, abridgedMaximum = 10

    package init(
        maximumRecords: UInt64, maximumPartition: Int, slope: ConfidenceInterval?, partitionCount: Int, looks: [Double], partitions: [PartitionLag]
    ) {
        self.maximumRecords = maximumRecords
        self.maximumPartition = maximumPartition
        self.slope = slope
        self.partitionCount = partitionCount
        self.looks = looks
        self.partitions = partitions
    }

    /// The same with those partitions alone that were furthest behind.
    package var abridged: LagRecord {
        guard partitions.count > Self.abridgedMaximum else { return self }
        var few = self
        // Of two that were as far behind the one with the lower number, so that the choice is always the same.
        let byLag = partitions.sorted { ($1.maximumRecords, $0.partition) < ($0.maximumRecords, $1.partition) }
        few.partitions = byLag.prefix(Self.abridgedMaximum).sorted { $0.partition < $1.partition }
        return few
    }

    /// `at most 1,204 records (partition 3), slope 12 [-3, 27] records/s`
    package var text: String {
        let place = partitionCount > 1 ? " (partition \(maximumPartition))" : ""
        let slope = slope.map { ", slope \(whole($0.estimate)) [\(whole($0.lower)), \(whole($0.upper))] records/s" } ?? ""
        return "at most \(grouped(Double(maximumRecords))) records\(place)\(slope)"
    }
}

/// Without the sign that a rounded -0.3 would keep.
func whole(_ value: Double) -> String { grouped(value.rounded() == 0 ? 0 : value) }

package struct PartitionLag: Codable, Equatable, Sendable {
    package var partition: Int
    package var maximumRecords: UInt64
    /// Records a second; nil with under three looks.
    package var slope: ConfidenceInterval?
    /// At each look; nil: not kept.
    package var records: [UInt64]?

    package init(partition: Int, maximumRecords: UInt64, slope: ConfidenceInterval?, records: [UInt64]?) {
        self.partition = partition
        self.maximumRecords = maximumRecords
        self.slope = slope
        self.records = records
    }
}
