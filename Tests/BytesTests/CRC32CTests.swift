import Bytes
import CLinux
import Testing

@Suite struct CRC32CTests {
    @Test func `the check value of the CRC catalogue comes out`() {
        let text = Array("123456789".utf8)
        #expect(text.withUnsafeBytes { CRC32C.checksum($0) } == 0xe306_9283)
        #expect(text.withUnsafeBytes { clinux_crc32c_portable(0, $0.baseAddress, $0.count) } == 0xe306_9283)
    }

    @Test func `instruction and portable table agree at every length and alignment`() {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<40_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        bytes.withUnsafeBytes { all in
            for length in Array(0..<300) + [767, 768, 769, 12_287, 12_288, 12_289, 13_100, 39_000] {
                for start in [0, 1, 7] {
                    let part = UnsafeRawBufferPointer(rebasing: all[start..<start + length])
                    #expect(
                        CRC32C.checksum(part, continuing: 77) == clinux_crc32c_portable(77, part.baseAddress, part.count),
                        "length \(length) at \(start)")
                }
            }
        }
    }

    @Test func `a checksum continues where the one before it ended`() {
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        bytes.withUnsafeBytes { all in
            let first = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: all[..<1234]))
            let rest = UnsafeRawBufferPointer(rebasing: all[1234...])
            #expect(CRC32C.checksum(rest, continuing: first) == CRC32C.checksum(all))
        }
    }
}
