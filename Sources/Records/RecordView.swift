package import Bytes

/// One record where it lies in its (uncompressed) batch.
///
///   length varint · attributes i8 · timestampDelta varlong · offsetDelta varint
///   · keyLength varint (−1: none) · key · valueLength varint (−1: none) · value · headerCount varint · headers
package struct RecordView {
    package let attributes: Int8
    package let timestampDelta: Int64
    package let offsetDelta: Int32
    package let key: UnsafeRawBufferPointer?
    package let value: UnsafeRawBufferPointer?
    /// The header count and headers, unread but walked.
    package let headers: UnsafeRawBufferPointer

    /// Reads the record at the reader's position and leaves the reader behind it.
    ///
    /// - Throws: `.record` when the length lies, a field runs past it, or bytes are left over.
    package init(from reader: inout ByteReader) throws(RecordError) {
        let start = reader.position
        do {
            let length = try reader.varint()
            guard length >= 0 else { throw RecordError.record(at: start, .negativeLength) }
            var body = ByteReader(try reader.slice(Int(length)))
            attributes = try body.int8()
            timestampDelta = try body.varlong()
            offsetDelta = try body.varint()
            let keyLength = try body.varint()
            key = keyLength < 0 ? nil : try body.slice(Int(keyLength))
            let valueLength = try body.varint()
            value = valueLength < 0 ? nil : try body.slice(Int(valueLength))
            let headersStart = body.position
            let headerCount = try body.varint()
            guard headerCount >= 0 else { throw RecordError.record(at: start, .negativeHeaderCount) }
            for _ in 0..<headerCount {
                let nameLength = try body.varint()
                guard nameLength >= 0 else { throw RecordError.record(at: start, .headerWithoutName) }
                try body.skip(Int(nameLength))
                let valueLength = try body.varint()
                if valueLength > 0 { try body.skip(Int(valueLength)) }
            }
            guard body.remaining == 0 else { throw RecordError.record(at: start, .trailingBytes(body.remaining)) }
            headers = UnsafeRawBufferPointer(rebasing: body.bytes[headersStart...])
        } catch let error as RecordError {
            throw error
        } catch {
            throw .record(at: start, .truncated)
        }
    }
}

/// The records of an uncompressed batch, one after the other.
package struct RecordIterator {
    private var reader: ByteReader

    /// - Parameter records: `BatchView.records` of a batch whose codec is `none`.
    package init(_ records: UnsafeRawBufferPointer) { reader = ByteReader(records) }

    /// The next record, nil behind the last.
    package mutating func next() throws(RecordError) -> RecordView? {
        reader.remaining == 0 ? nil : try RecordView(from: &reader)
    }
}
