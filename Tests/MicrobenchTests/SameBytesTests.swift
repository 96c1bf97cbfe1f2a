import CReference
import Foundation
import Records
import StorageEngine
import Testing
import Vocabulary

/// The C loop is a fair limit only if it leaves what the engine leaves.
@Suite struct SameBytesTests {
    /// Batches of many sizes, with timestamps that sometimes go back.
    private func batches(_ count: Int) -> [[UInt8]] {
        var state: UInt64 = 42
        func random(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        return (0..<count).map { n in
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
            defer { memory.deallocate() }
            var builder = BatchBuilder(into: memory)
            let base: Int64 = 1_700_000_000_000 + Int64(n * 3) - Int64(random(40))
            builder.begin(timestampMilliseconds: base)
            for _ in 0...random(30) {
                let value = [UInt8](repeating: UInt8(truncatingIfNeeded: random(256)), count: random(900))
                let written = value.withUnsafeBytes { builder.append(key: nil, value: $0, timestampMilliseconds: base + Int64(random(20))) }
                #expect(written)
            }
            return Array(builder.finish())
        }
    }

    @Test func `engine and C loop leave the same log, offset index and time index`() throws {
        let scratch = try Scratch()
        let engineDirectory = scratch.path + "/engine"
        let referenceDirectory = scratch.path + "/reference"
        for path in [engineDirectory, referenceDirectory] { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        let batches = batches(1500)
        let segmentBytes = 1 << 20
        try appendByEngine(batches, engineDirectory, segmentBytes)
        try appendByReference(batches, referenceDirectory, segmentBytes)

        let ours = try files(engineDirectory + "/same-0")
        let theirs = try files(referenceDirectory)
        #expect(theirs.count >= 3 * 5, "several segments")
        #expect(ours.keys.sorted() == theirs.keys.sorted())
        for (name, bytes) in theirs { #expect(ours[name] == bytes, "\(name)") }
    }

    private func appendByEngine(_ batches: [[UInt8]], _ directory: String, _ segmentBytes: Int) throws {
        var configuration = StorageConfiguration()
        configuration.log.segmentBytes = segmentBytes
        configuration.minimumFreeBytes = 0
        let storage = try Storage.open(directories: [directory], configuration: configuration)
        _ = try storage.createTopic(named: "same", partitionCount: 1)
        let log = try #require(storage.log(of: TopicPartition(topic: "same", partition: 0)))
        log.adopt()
        // Both stage seven batches a write, from memory that stays in place until it is written.
        for group in stride(from: 0, to: batches.count, by: 7) {
            let held = hold(batches[group..<min(group + 7, batches.count)])
            defer { for batch in held { batch.deallocate() } }
            for batch in held { _ = try log.stage(batch) }
            _ = try log.writeStaged()
        }
        try storage.close()
    }

    private func appendByReference(_ batches: [[UInt8]], _ directory: String, _ segmentBytes: Int) throws {
        var failed: Int32 = 0
        let log = creference_log_open(directory, UInt64(segmentBytes), 4096, 64 << 20, &failed)
        #expect(failed == 0)
        for group in stride(from: 0, to: batches.count, by: 7) {
            let held = hold(batches[group..<min(group + 7, batches.count)])
            defer { for batch in held { batch.deallocate() } }
            var pointers = held.map(\.baseAddress)
            let sizes = held.map { UInt32($0.count) }
            #expect(creference_log_append(log, &pointers, sizes, Int32(held.count)) == 0)
        }
        #expect(creference_log_close(log) == 0)
    }

    private func hold(_ batches: ArraySlice<[UInt8]>) -> [UnsafeMutableRawBufferPointer] {
        batches.map { bytes in
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
            memory.copyBytes(from: bytes)
            return memory
        }
    }

    private func files(_ directory: String) throws -> [String: Data] {
        var found: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: directory)
        where [".log", ".index", ".timeindex"].contains(where: name.hasSuffix) {
            found[name] = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))
        }
        return found
    }
}
