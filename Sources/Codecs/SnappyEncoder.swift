internal import CSnappy

/// Encodes Snappy in either framing.
enum SnappyEncoder {
    static func encode(_ input: UnsafeRawBufferPointer, into output: OutputMemory, framing: SnappyFraming) {
        switch framing {
        case .block:
            let bound = snappy_max_compressed_length(input.count)
            output.begin(limit: bound, expected: bound)
            output.advance(by: encodeBlock(input, to: output.next, room: bound))
        case .xerial:
            let blockCount = (input.count + XerialHeader.blockSize - 1) / XerialHeader.blockSize
            let blockBound = XerialHeader.lengthSize + snappy_max_compressed_length(XerialHeader.blockSize)
            let bound = XerialHeader.size + blockCount * blockBound
            output.begin(limit: bound, expected: bound)
            XerialHeader.write(to: output.next)
            output.advance(by: XerialHeader.size)
            for start in stride(from: 0, to: input.count, by: XerialHeader.blockSize) {
                let end = min(start + XerialHeader.blockSize, input.count)
                let place = output.next
                let size = encodeBlock(
                    UnsafeRawBufferPointer(rebasing: input[start..<end]), to: place + XerialHeader.lengthSize,
                    room: output.usable - XerialHeader.lengthSize)
                place.storeBytes(of: Int32(size).bigEndian, as: Int32.self)
                output.advance(by: XerialHeader.lengthSize + size)
            }
        }
    }

    private static func encodeBlock(_ input: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer, room: Int) -> Int {
        var size = room
        let status = snappy_compress(
            input.baseAddress?.assumingMemoryBound(to: CChar.self), input.count, place.assumingMemoryBound(to: CChar.self), &size)
        precondition(status == SNAPPY_OK, "a block into its own bound: \(status)")
        return size
    }
}
