// The page of counters that the broker keeps for whoever wants to look.
//
//  0  magic "TMKCTR01"          8 bytes
//  8  count                     u32 little-endian
// 12  reserved                  u32
// 16  count × { name, NUL-padded ASCII, 48 bytes; value u64 little-endian }
internal import Foundation

enum CounterPage {
    static let magic = Array("TMKCTR01".utf8)
    static let headerBytes = 16
    static let nameBytes = 48
    static let entryBytes = 56

    /// Name to value; empty when there is no page (yet) or it is not one.
    static func read(path: String) -> [String: UInt64] {
        guard let data = FileManager.default.contents(atPath: path) else { return [:] }
        return parse([UInt8](data))
    }

    static func parse(_ bytes: [UInt8]) -> [String: UInt64] {
        guard bytes.count >= headerBytes, Array(bytes[0..<8]) == magic else { return [:] }
        let count = Int(little(bytes[8..<12]))
        guard count <= (bytes.count - headerBytes) / entryBytes else { return [:] }
        var values: [String: UInt64] = [:]
        for n in 0..<count {
            let at = headerBytes + n * entryBytes
            let name = String(decoding: bytes[at..<at + nameBytes].prefix { $0 != 0 }, as: UTF8.self)
            values[name] = little(bytes[at + nameBytes..<at + entryBytes])
        }
        return values
    }

    private static func little(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
