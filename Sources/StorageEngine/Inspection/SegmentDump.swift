// The batches of one segment file, with their records when they are asked for.
internal import Bytes
internal import Codecs
internal import Host
internal import Records
internal import Vocabulary

struct SegmentDump: ~Copyable {
    private let path: String
    private var window: BatchWindow
    private let decompressor = Decompressor()

    init(_ path: String, in fileSystem: any FileSystem) throws(StorageError) {
        self.path = path
        window = try BatchWindow(try io { () throws(SystemError) in try fileSystem.file(path, .read) })
    }

    /// Goes from batch to batch, to the end or to where the lengths no longer lead to one.
    mutating func run(records: Bool, _ line: (InspectionLine) -> Void) throws(StorageError) {
        var position = 0
        while position < window.end {
            let header = try window.header(at: position)
            if let fault = BatchFraming.fault(header, at: position, end: window.end) {
                return try end(at: position, fault, line)
            }
            let (size, stored) = (header!.size, header!.crc)
            let computed = try window.checksum((position + BatchLayout.checksummed)..<(position + size))
            let isWhole = size <= StorageLimits.inspectedBatchBytes
            let read = isWhole ? try window.batch(at: position, size: size) : try window.header(at: position)
            guard let batch = read else { return }
            line(Self.line(of: batch, at: position, isGood: computed == stored))
            if computed == stored, records || batch.isControl { show(batch, isWhole: isWhole, line) }
            position += size
        }
    }

    private mutating func end(
        at position: Int, _ fault: RecordError, _ line: (InspectionLine) -> Void
    ) throws(StorageError) {
        let last = try window.lastNonZero(from: position)
        if last > position {
            line(
                InspectionLine("damage").adding("file", .text(path)).adding("position", position)
                    .adding("bytes", last - position).adding("why", .text("\(fault)")))
        }
        if last < window.end { line(InspectionLine("zeros").adding("position", last).adding("bytes", window.end - last)) }
    }

    static func line(of batch: BatchView, at position: Int, isGood: Bool) -> InspectionLine {
        InspectionLine("batch").adding("position", position).adding("bytes", batch.size).adding("baseOffset", batch.baseOffset)
            .adding("lastOffset", batch.nextOffset &- 1).adding("records", batch.recordCount)
            .adding("leaderEpoch", batch.leaderEpoch).adding("checksum", .text(isGood ? "good" : "bad"))
            .adding("codec", .text(batch.codec.map { "\($0)" } ?? "unknown"))
            .adding("timestampType", .text(batch.usesLogAppendTime ? "append" : "create"))
            .adding("baseTimestamp", batch.baseTimestamp).adding("maxTimestamp", batch.maxTimestamp)
            .adding("producerId", batch.hasProducer ? .number(batch.producerID) : .none)
            .adding("producerEpoch", batch.hasProducer ? .number(Int64(batch.producerEpoch)) : .none)
            .adding("baseSequence", batch.hasProducer ? .number(Int64(batch.baseSequence)) : .none)
            .adding("transactional", .flag(batch.isTransactional)).adding("control", .flag(batch.isControl))
    }

    private func show(_ batch: BatchView, isWhole: Bool, _ line: (InspectionLine) -> Void) {
        let notShown = InspectionLine("recordsNotShown").adding("baseOffset", batch.baseOffset).adding("records", batch.recordCount)
        let limit = StorageLimits.inspectedBatchBytes
        guard isWhole, let codec = batch.codec else {
            return line(notShown.adding("why", .text(isWhole ? "unknown codec" : "larger than \(limit) bytes")))
        }
        let bytes: UnsafeRawBufferPointer
        do throws(CodecError) { bytes = try decompressor.decompress(batch.records, codec, limit: limit) } catch {
            return line(notShown.adding("why", .text("\(error)")))
        }
        var records = RecordIterator(bytes)
        do {
            while let record = try records.next() { line(batch.isControl ? Self.marker(record, batch) : Self.line(of: record, batch)) }
        } catch {
            line(InspectionLine("damage").adding("baseOffset", batch.baseOffset).adding("why", .text("\(error)")))
        }
    }

    static func line(of record: RecordView, _ batch: BatchView) -> InspectionLine {
        let head = InspectionLine("record").adding("offset", batch.baseOffset &+ Offset(record.offsetDelta))
            .adding("timestamp", batch.usesLogAppendTime ? batch.maxTimestamp : batch.baseTimestamp &+ record.timestampDelta)
            .adding("key", bytes: record.key).adding("value", bytes: record.value)
        return headers(record.headers).reduce(head) { $0.adding("header.\($1.name)", bytes: $1.value) }
    }

    private static func headers(_ bytes: UnsafeRawBufferPointer) -> [(name: String, value: UnsafeRawBufferPointer?)] {
        var reader = ByteReader(bytes)
        var headers: [(name: String, value: UnsafeRawBufferPointer?)] = []
        do {
            for _ in 0..<(try reader.varint()) {
                let name = String(decoding: try reader.slice(Int(try reader.varint())), as: UTF8.self)
                let count = try reader.varint()
                headers.append((name, count < 0 ? nil : try reader.slice(Int(count))))
            }
        } catch {
            // They were walked when the record was read.
            return headers
        }
        return headers
    }

    /// Key: version i16 · type i16 (0 abort, 1 commit). Value: version i16 · coordinator epoch i32.
    static func marker(_ record: RecordView, _ batch: BatchView) -> InspectionLine {
        let head = InspectionLine("control").adding("offset", batch.baseOffset &+ Offset(record.offsetDelta))
            .adding("producerId", batch.producerID).adding("producerEpoch", batch.producerEpoch)
        guard let key = record.key, key.count >= 4 else { return head.adding("type", .none) }
        let type = Int16(bigEndian: key.loadUnaligned(fromByteOffset: 2, as: Int16.self))
        let named = head.adding("type", .text(type == 0 ? "abort" : type == 1 ? "commit" : "\(type)"))
        guard let value = record.value, value.count >= 6 else { return named }
        return named.adding("coordinatorEpoch", Int32(bigEndian: value.loadUnaligned(fromByteOffset: 2, as: Int32.self)))
    }
}
