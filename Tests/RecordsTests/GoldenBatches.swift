// Batches that kafka-python's builder made: Tests/Golden/record_batches.py wrote them.
import Foundation

enum GoldenBatches {
    static let all: [String: [UInt8]] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Golden/record_batches.txt")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { fatalError("\(file.path) is missing") }
        var batches: [String: [UInt8]] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            batches[String(parts[0])] = bytes(hex: Array(parts[1].utf8))
        }
        return batches
    }()

    /// Whether `batch` is the golden batch `name`; says where they part when it is not.
    static func `is`(_ name: String, _ batch: [UInt8]) -> Bool {
        guard let golden = all[name] else { fatalError("no golden batch \(name)") }
        if golden == batch { return true }
        let parting = zip(golden, batch).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        print("\(name): \(batch.count) bytes for \(golden.count), first difference at \(parting ?? min(golden.count, batch.count))")
        return false
    }

    private static func bytes(hex: [UInt8]) -> [UInt8] {
        func nibble(_ c: UInt8) -> UInt8 { c < 0x60 ? c - 0x30 : c - 0x57 }
        return stride(from: 0, to: hex.count, by: 2).map { nibble(hex[$0]) << 4 | nibble(hex[$0 + 1]) }
    }
}
