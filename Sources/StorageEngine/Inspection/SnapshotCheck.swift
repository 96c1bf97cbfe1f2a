// What is wrong with a producer snapshot, said more closely than a start needs it.
internal import Bytes

enum SnapshotCheck {
    struct Fault {
        /// Bytes from the start of the file.
        var position: Int
        var found: String
        var expected: String
    }

    /// Version i16 and checksum u32.
    private static let coveredFrom = 6

    /// nil when a start would use the snapshot.
    static func fault(in bytes: [UInt8]) -> Fault? {
        do {
            _ = try ProducerSnapshot.decode(bytes)
            return nil
        } catch {
            return place(in: bytes)
        }
    }

    private static func place(in bytes: [UInt8]) -> Fault {
        guard bytes.count >= coveredFrom else {
            return Fault(position: bytes.count, found: "\(bytes.count) bytes", expected: "version, checksum and producers")
        }
        return bytes.withUnsafeBytes { raw in
            let found = Int16(bigEndian: raw.loadUnaligned(as: Int16.self))
            if found != ProducerSnapshot.version {
                return Fault(position: 0, found: "version \(found)", expected: "\(ProducerSnapshot.version)")
            }
            let stored = UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
            let computed = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: raw[coveredFrom...]))
            guard stored == computed else {
                return Fault(
                    position: 2, found: "checksum 0x\(String(stored, radix: 16))",
                    expected: "0x\(String(computed, radix: 16)), the bytes' own")
            }
            return Fault(position: coveredFrom, found: "producers that don't fill the file", expected: "as many as it says")
        }
    }
}
