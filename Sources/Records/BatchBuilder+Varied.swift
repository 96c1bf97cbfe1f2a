// Records of any size, and with headers, one by one.
internal import Bytes

extension BatchBuilder {
    /// Appends one record with a value of `valueSize` bytes: stamp, then the pool's text from `position` on, which moves behind it.
    /// A value too small for a stamp is bare text.
    ///
    /// The text's checksum is not known beforehand, as a slot's is: it is taken of the copy, which is in the cache by then.
    ///
    /// - Parameter headers: as they stand in a record, their count first; nil: none.
    /// - Returns: false, with nothing written, when it does not fit.
    package mutating func append(
        _ stamp: PayloadStamp, valueSize: Int, from pool: PayloadPool, position: inout Int, key: UnsafeRawBufferPointer?,
        headers: UnsafeRawBufferPointer?, timestampMilliseconds: Int64
    ) -> Bool {
        let isStamped = valueSize >= PayloadStamp.size
        let bodySize = isStamped ? valueSize &- PayloadStamp.size : valueSize
        guard let value = place(key: key, valueSize: valueSize, headersSize: headers?.count ?? 1, timestampMilliseconds) else { return false }
        let text = pool.stretch(bodySize, at: &position)
        Prefetch.start(text + Self.readAheadBytes, count: bodySize)
        let body = isStamped ? value + PayloadStamp.size : value
        body.copyMemory(from: text, byteCount: bodySize)
        if isStamped {
            let head = stamp.writeFields(value)
            let crc = CRC32C.checksum(UnsafeRawBufferPointer(start: body, count: bodySize), continuing: head)
            value.storeBytes(of: crc.bigEndian, toByteOffset: PayloadStamp.crcPosition, as: UInt32.self)
        }
        if let headers, let source = headers.baseAddress { (value + valueSize).copyMemory(from: source, byteCount: headers.count) }
        return true
    }

    /// As for the slots of a pool: the CPU's own read-ahead is not enough.
    private static var readAheadBytes: Int { 4096 }
}
