// HdrHistogram's V2 encoding, compressed: what histogram logs carry and every HdrHistogram library decodes.
internal import CZlib
internal import Foundation
internal import Measurement

/// Big-endian header, counts as ZigZag LEB128 with runs of empty buckets as negative numbers, deflated, in base64.
///
/// - Source: the V2 format of HdrHistogram's `AbstractHistogram.encodeIntoByteBuffer`, documented with that project.
enum HistogramEncoding {
    private static let cookie: UInt32 = 0x1c84_9303 | 0x10
    private static let compressedCookie: UInt32 = 0x1c84_9304 | 0x10
    private static let significantDigits: UInt32 = 3
    /// Half of the 2,048 buckets of width 1 that three digits take.
    private static let halfCount = 1_024
    /// What recorders are made for, an hour in nanoseconds: longer samples are in the last bucket.
    static let highestTrackable: UInt64 = 3_600_000_000_000

    static func base64(_ histogram: LatencyHistogram) -> String { compressed(encoded(histogram)).base64EncodedString() }

    /// Position in HdrHistogram's array of counts of the bucket that begins at `lowerBound`, for values from 1 at three digits.
    static func index(of lowerBound: UInt64) -> Int {
        let bucket = LatencyHistogram.bucketWidth(at: lowerBound).trailingZeroBitCount
        return bucket * halfCount + Int(lowerBound >> UInt64(bucket))
    }

    static func encoded(_ histogram: LatencyHistogram) -> Data {
        var counts = Data()
        var next = 0
        for (bound, count) in zip(histogram.lowerBounds, histogram.counts) where count > 0 {
            let index = index(of: bound)
            if index > next { counts.append(zigZag: -Int64(index - next)) }
            counts.append(zigZag: Int64(clamping: count))
            next = index + 1
        }
        var data = Data()
        data.append(bigEndian: cookie)
        data.append(bigEndian: UInt32(counts.count))
        data.append(bigEndian: UInt32(0))
        data.append(bigEndian: significantDigits)
        data.append(bigEndian: UInt64(1))
        data.append(bigEndian: highestTrackable)
        data.append(bigEndian: (1.0).bitPattern)
        return data + counts
    }

    private static func compressed(_ data: Data) -> Data {
        var room = compressBound(UInt(data.count))
        var deflated = [UInt8](repeating: 0, count: Int(room))
        let status = data.withUnsafeBytes { bytes in
            compress2(&deflated, &room, bytes.bindMemory(to: UInt8.self).baseAddress, UInt(data.count), Z_BEST_COMPRESSION)
        }
        precondition(status == Z_OK, "deflate into its own bound: \(status)")
        var result = Data()
        result.append(bigEndian: compressedCookie)
        result.append(bigEndian: UInt32(room))
        return result + deflated.prefix(Int(room))
    }
}

extension Data {
    fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// LEB128 of at most nine bytes: the ninth holds eight bits.
    fileprivate mutating func append(zigZag value: Int64) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        for _ in 0..<8 {
            guard rest > 0x7f else { return append(UInt8(rest)) }
            append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}
