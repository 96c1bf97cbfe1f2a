// One record of a batch spoilt, and everything else of the batch right: what a check of whole batches would miss.
internal import Bytes
internal import Records

/// What to get wrong about one record.
package enum RecordDamage: Equatable, Sendable {
    /// Left out of its batch, which is acknowledged whole.
    case drop
    /// Stored twice, its copy right behind it.
    case duplicate
    /// Changes places with its neighbour.
    case swap
    /// One bit of its value is another, and the batch's checksum fits.
    case corrupt
}

/// Takes a batch apart into its records and puts it together again. Each record is hit once at most.
struct RecordEditor {
    private struct Piece {
        let record: RecordView
        var copies = 1
        var isCorrupt = false
        var isHit = false
    }

    private let batch: BatchView
    private var pieces: [Piece] = []
    private var isChanged = false

    /// nil for a compressed batch, whose records can't be told apart here.
    ///
    /// - Parameter batch: validated; must outlive the editor.
    init?(_ batch: BatchView) {
        guard batch.codec == CompressionCodec.none else { return nil }
        self.batch = batch
        var records = RecordIterator(batch.records)
        while let record = try? records.next() { pieces.append(Piece(record: record)) }
    }

    /// - Returns: false, with nothing changed, where this record can't be hit by this fault.
    mutating func apply(_ fault: RecordDamage, at index: Int) -> Bool {
        guard pieces.indices.contains(index), !pieces[index].isHit else { return false }
        switch fault {
        case .drop: pieces[index].copies = 0
        case .duplicate: pieces[index].copies = 2
        case .swap:
            let other = index + 1 < pieces.count ? index + 1 : index - 1
            guard other >= 0, !pieces[other].isHit else { return false }
            pieces[other].isHit = true
            pieces.swapAt(index, other)
        case .corrupt:
            guard let value = pieces[index].record.value, value.count > 0 else { return false }
            pieces[index].isCorrupt = true
        }
        pieces[index].isHit = true
        isChanged = true
        return true
    }

    /// The batch as it is now, its offsets one after the other and its checksum right; empty when no record is left of it, nil when
    /// none was hit.
    func spoiled() -> [UInt8]? {
        guard isChanged else { return nil }
        var writer = ByteWriter(capacity: batch.bytes.count + 1_024)
        writer.write(UnsafeRawBufferPointer(rebasing: batch.bytes[..<BatchLayout.headerSize]))
        var body = ByteWriter()
        var count: Int32 = 0
        for piece in pieces {
            for _ in 0..<piece.copies {
                body.removeAll()
                Self.write(piece, offsetDelta: count, to: &body)
                writer.varint(Int32(body.count))
                writer.write(body.bytes)
                count += 1
            }
        }
        guard count > 0 else { return [] }
        writer.patch(Int32(writer.count - BatchLayout.lengthOverhead), at: BatchLayout.batchLength)
        writer.patch(count - 1, at: BatchLayout.lastOffsetDelta)
        writer.patch(count, at: BatchLayout.recordCount)
        BatchBuilder.reseal(
            writer.mutableBytes, producerID: batch.producerID, producerEpoch: batch.producerEpoch, baseSequence: batch.baseSequence)
        return Array(writer.bytes)
    }

    /// Everything behind the record's length.
    private static func write(_ piece: Piece, offsetDelta: Int32, to body: inout ByteWriter) {
        let record = piece.record
        body.int8(record.attributes)
        body.varlong(record.timestampDelta)
        body.varint(offsetDelta)
        for field in [record.key, record.value] {
            body.varint(field.map { Int32($0.count) } ?? -1)
            if let field { body.write(field) }
        }
        // The value is the last that was written.
        if piece.isCorrupt { body.mutableBytes[body.count - 1] ^= 0x10 }
        body.write(record.headers)
    }
}
