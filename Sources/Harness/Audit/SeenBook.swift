// What one consumer saw: every record's stamp and checksum, in the order of its partition.
internal import Codecs
internal import Records
internal import Vocabulary

/// What was read of one producer's records in one partition.
struct Sightings {
    var seen = SequenceRanges()
    /// Further copies of records that had been read.
    var duplicated: UInt64 = 0
    /// Records read for the first time behind one with a higher sequence.
    var reordered: UInt64 = 0
    var firstDuplicates = FirstFindings()
    var firstReordered = FirstFindings()

    /// Takes over what another lane read of the same partition, before or after: what both have seen was there more than once.
    mutating func add(_ other: Sightings) {
        duplicated += other.duplicated + seen.formUnion(other.seen)
        reordered += other.reordered
        for finding in other.firstDuplicates.findings { firstDuplicates.add(finding.sequence, at: finding.offset) }
        for finding in other.firstReordered.findings { firstReordered.add(finding.sequence, at: finding.offset) }
    }
}

/// The first few places where something was found: enough to look there, bounded whatever is found.
struct FirstFindings {
    struct Finding {
        let sequence: UInt64
        let offset: Offset
    }
    static let maximum = 3
    private(set) var findings: [Finding] = []

    mutating func add(_ sequence: UInt64, at offset: Offset) {
        if findings.count < Self.maximum { findings.append(Finding(sequence: sequence, offset: offset)) }
    }
}

/// Whose records are a load's own.
struct OwnProducers {
    /// The numbers that its lanes stamp with.
    var first: UInt32 = 0
    /// nil: all from `first` on.
    var count: UInt32?
    /// Whether others may write into the topic, with stamps or without.
    var shareTopic = false

    @inline(__always)
    func contains(_ producer: UInt32) -> Bool { producer >= first && (count.map { producer &- first < $0 } ?? true) }
}

/// A place in the log, with what is wrong there.
struct CorruptRecord {
    let partition: Int32
    let offset: Offset
    let what: String
}

/// Belongs to the consumer's thread until that has stopped. A record in order costs its checksum and a comparison;
/// nothing is allocated while nothing is wrong.
package final class SeenBook: @unchecked Sendable {
    // @unchecked: one writer, the lane; the judge reads when the lane's thread is gone or idle.
    let partitionCount: Int
    /// Who reads: lanes of one name share the partitions.
    let reader: String
    /// Whether it reads every record, from before the load on to its end.
    let isWhole: Bool
    /// Whether it is promised to get nothing that was aborted.
    let isCommittedOnly: Bool
    private let own: OwnProducers
    private var producers: [UInt32: UnsafeMutablePointer<Sightings>] = [:]
    private var lastProducer: UInt32 = 0
    private var lastSightings: UnsafeMutablePointer<Sightings>?
    private(set) var records: UInt64 = 0
    private(set) var corrupt: UInt64 = 0
    private(set) var firstCorrupt: [CorruptRecord] = []
    /// Records without a stamp: the magic is not there.
    private(set) var unstamped: UInt64 = 0
    /// Records of producers beyond the number that is told apart.
    private(set) var untold: UInt64 = 0
    /// Sound records that another load has sent, or, in a topic that others may write into, anybody.
    private(set) var strangers: UInt64 = 0

    private static let maximumProducers = 4096
    private let decompressor = Decompressor()
    /// Of one batch: what no lane here ever builds.
    private static let decompressedLimit = 256 << 20

    init(
        partitions: Int, own: OwnProducers = OwnProducers(), reader: String = "consumers", isWhole: Bool = true, isCommittedOnly: Bool = false
    ) {
        self.own = own
        self.isCommittedOnly = isCommittedOnly
        partitionCount = partitions
        self.reader = reader
        self.isWhole = isWhole
    }

    deinit {
        for sightings in producers.values {
            sightings.deinitialize(count: partitionCount)
            sightings.deallocate()
        }
    }

    /// Checks every record of a batch from offset `position` on.
    ///
    /// - Parameter sighting: called with each sound record's intended send time and the bytes of its value.
    /// - Returns: the records checked.
    func check(
        _ batch: BatchView, partition: Int32, position: Offset, _ sighting: (_ intendedNanoseconds: UInt64, _ valueBytes: Int) -> Void
    ) -> Int {
        walk(batch, partition, position) { value, offset in check(value, partition, offset, sighting) }
    }

    /// As `check`, without the order of sequences: for fetches taken out of a log here and there.
    func checkValues(_ batch: BatchView, partition: Int32, position: Offset) -> Int {
        walk(batch, partition, position) { value, offset in _ = soundStamp(of: value, partition, offset) }
    }

    /// Calls `body` with the value and offset of every record from offset `position` on.
    @inline(__always)
    private func walk(
        _ batch: BatchView, _ partition: Int32, _ position: Offset, _ body: (UnsafeRawBufferPointer?, Offset) -> Void
    ) -> Int {
        var bytes = batch.records
        if batch.codec != CompressionCodec.none {
            guard let readable = decompressed(batch, partition) else { return 0 }
            bytes = readable
        }
        var count = 0
        var iterator = RecordIterator(bytes)
        do throws(RecordError) {
            while let record = try iterator.next() {
                let offset = batch.baseOffset &+ Offset(record.offsetDelta)
                guard offset >= position else { continue }
                count &+= 1
                body(record.value, offset)
            }
        } catch {
            unreadable(batch, partition, "records that cannot be walked: \(error)")
        }
        records &+= UInt64(count)
        return count
    }

    /// Valid until the next batch; nil, and noted, for what its codec does not read.
    private func decompressed(_ batch: BatchView, _ partition: Int32) -> UnsafeRawBufferPointer? {
        guard let codec = batch.codec else {
            unreadable(batch, partition, "compressed by a codec that does not exist")
            return nil
        }
        do throws(CodecError) {
            return try decompressor.decompress(batch.records, codec, limit: Self.decompressedLimit)
        } catch {
            unreadable(batch, partition, "records that cannot be decompressed: \(error)")
            return nil
        }
    }

    /// A batch whose own checksum is wrong.
    func unreadable(_ batch: BatchView, _ partition: Int32, _ what: String) {
        corrupt &+= UInt64(max(1, batch.recordCount))
        note(partition, batch.baseOffset, what)
    }

    /// Records of a partition that nothing can read. Counted once, since how many there are is not known: what was
    /// acknowledged of them is missing, too.
    func unreadable(_ partition: Int32, from offset: Offset, to end: Offset, _ what: String) {
        corrupt &+= 1
        note(partition, offset, "the log up to \(end) \(what)")
    }

    @inline(__always)
    private func check(
        _ value: UnsafeRawBufferPointer?, _ partition: Int32, _ offset: Offset, _ sighting: (UInt64, Int) -> Void
    ) {
        guard let (stamp, isSound) = soundStamp(of: value, partition, offset) else { return }
        // Where the stamp of a corrupt record says what was expected, it is that record and not lost as well.
        guard let sightings = sightings(of: stamp.producer, mayAdd: isSound) else { return }
        let place = sightings + Int(partition)
        if stamp.sequence == place.pointee.seen.end, !place.pointee.seen.isEmpty || stamp.sequence == 0 {
            place.pointee.seen.appendNext()
        } else if isSound {
            outOfOrder(place, stamp.sequence, offset)
        }
        if isSound {
            if !own.contains(stamp.producer) { strangers &+= 1 }
            sighting(stamp.intendedNanoseconds, value!.count)
        }
    }

    /// A value's stamp, and whether value and place are what it says; nil where there is none. What is wrong is counted.
    @inline(__always)
    private func soundStamp(of value: UnsafeRawBufferPointer?, _ partition: Int32, _ offset: Offset) -> (PayloadStamp, Bool)? {
        guard let value, let stamp = PayloadStamp(reading: value) else {
            unstamped &+= 1
            if own.shareTopic { strangers &+= 1 }
            if unstamped == 1 { note(partition, offset, "no stamp") }
            return nil
        }
        let isInPlace = stamp.partition == UInt32(bitPattern: partition)
        if isInPlace, PayloadStamp.verify(value) { return (stamp, true) }
        corrupt &+= 1
        note(partition, offset, isInPlace ? "checksum of the value" : "stamped for partition \(stamp.partition)")
        return (stamp, false)
    }

    private func outOfOrder(_ place: UnsafeMutablePointer<Sightings>, _ sequence: UInt64, _ offset: Offset) {
        let isBehind = sequence < place.pointee.seen.end
        if place.pointee.seen.insert(sequence..<sequence &+ 1) == 0 {
            place.pointee.duplicated &+= 1
            place.pointee.firstDuplicates.add(sequence, at: offset)
        } else if isBehind {
            place.pointee.reordered &+= 1
            place.pointee.firstReordered.add(sequence, at: offset)
        }
    }

    @inline(__always)
    private func sightings(of producer: UInt32, mayAdd: Bool) -> UnsafeMutablePointer<Sightings>? {
        if producer == lastProducer, let lastSightings { return lastSightings }
        return find(producer, mayAdd: mayAdd)
    }

    private func find(_ producer: UInt32, mayAdd: Bool) -> UnsafeMutablePointer<Sightings>? {
        var found = producers[producer]
        if found == nil, mayAdd {
            guard producers.count < Self.maximumProducers else {
                untold &+= 1
                return nil
            }
            let made = UnsafeMutablePointer<Sightings>.allocate(capacity: partitionCount)
            made.initialize(repeating: Sightings(), count: partitionCount)
            producers[producer] = made
            found = made
        }
        guard let found else { return nil }
        lastProducer = producer
        lastSightings = found
        return found
    }

    private func note(_ partition: Int32, _ offset: Offset, _ what: @autoclosure () -> String) {
        guard firstCorrupt.count < FirstFindings.maximum else { return }
        firstCorrupt.append(CorruptRecord(partition: partition, offset: offset, what: what()))
    }

    // MARK: for the judge

    var producerNumbers: [UInt32] { producers.keys.sorted() }

    /// nil when nothing of this producer was read in any partition.
    func sightings(of producer: UInt32, in partition: Int) -> Sightings? {
        producers[producer].map { $0[partition] }
    }
}
