// How far each log of a data directory is on the disk, so that a start after a crash need not read what is older.
// Text, as Kafka's file of this name, with a checksum line: a point that is too high would hide damage.
//
//   1
//   <number of lines>
//   <topic> <partition> <offset>     …
//   crc <8 hexadecimal digits of the CRC-32C of everything above>
internal import Bytes
internal import Host
internal import Vocabulary

enum RecoveryCheckpoint {
    static let name = "recovery-point-offset-checkpoint"
    private static let version = "1"

    static func encode(_ points: [TopicPartition: Offset]) -> [UInt8] {
        let lines = points.map { "\($0.key.topic) \($0.key.partition) \($0.value)\n" }.sorted()
        let text = "\(version)\n\(lines.count)\n\(lines.joined())"
        return Array("\(text)crc \(checksum(text))\n".utf8)
    }

    /// What `encode` wrote; nil when it is anything else, which only costs a longer scan.
    static func decode(_ bytes: [UInt8]) -> [TopicPartition: Offset]? {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n")
        guard lines.count >= 3, lines[0] == version, lines[1] == "\(lines.count - 3)",
            let crcLine = lines.last, crcLine.hasPrefix("crc "), text.hasSuffix("\(crcLine)\n"),
            crcLine.dropFirst(4) == checksum(text.dropLast(crcLine.count + 1))
        else { return nil }
        var points: [TopicPartition: Offset] = [:]
        for line in lines[2..<(lines.count - 1)] {
            let fields = line.split(separator: " ")
            guard fields.count == 3, let partition = Int32(fields[1]), let offset = Offset(fields[2]) else { return nil }
            points[TopicPartition(topic: String(fields[0]), partition: partition)] = offset
        }
        return points
    }

    private static func checksum(_ text: some StringProtocol) -> String {
        var copy = String(text)
        let crc = copy.withUTF8 { CRC32C.checksum(UnsafeRawBufferPointer($0)) }
        let digits = String(crc, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
