// The text of a checkpoint file, as Kafka's, with a checksum line behind it:
//
//   <version>
//   <number of lines>
//   <line>                           …
//   crc <8 hexadecimal digits of the CRC-32C of everything above>
internal import Bytes

enum CheckpointText {
    static func encode(version: Int, _ lines: [String]) -> [UInt8] {
        let text = "\(version)\n\(lines.count)\n" + lines.map { "\($0)\n" }.joined()
        return Array("\(text)crc \(checksum(text))\n".utf8)
    }

    /// The lines that `encode` was given; nil when the bytes are anything else.
    static func decode(_ bytes: [UInt8], version: Int) -> [Substring]? {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n")
        guard lines.count >= 3, lines[0] == "\(version)", lines[1] == "\(lines.count - 3)",
            let crcLine = lines.last, crcLine.hasPrefix("crc "), text.hasSuffix("\(crcLine)\n"),
            crcLine.dropFirst(4) == checksum(text.dropLast(crcLine.count + 1))
        else { return nil }
        return Array(lines[2..<(lines.count - 1)])
    }

    private static func checksum(_ text: some StringProtocol) -> String {
        var copy = String(text)
        let crc = copy.withUTF8 { CRC32C.checksum(UnsafeRawBufferPointer($0)) }
        let digits = String(crc, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
