// The segment files of a broker's data directory, seen by path: their residency, their cached pages
// dropped, their dirty pages synced. Needs no help from the broker, so it works on any broker of this host.
internal import CLinux
internal import Foundation
internal import Host
internal import Measurement

/// The `.log` files of some topics under a data directory.
struct LogFiles {
    /// Paths with the bytes of record data in each. Preallocated space behind the log end is not data, so a
    /// file's size overstates it: `bytes` of the whole set comes from whoever filled the log.
    let paths: [String]

    /// Looks for the topic as Kafka lays it out, `TOPIC-PARTITION/BASE.log`, and as Redpanda does, `kafka/TOPIC/PARTITION_REVISION/*.log`.
    ///
    /// - Throws: `HarnessError` when the directory holds no segment of the topic; of Foundation when it may not be read.
    init(topic: String, under dataDirectory: String) throws { try self.init(topics: [topic], under: dataDirectory) }

    /// The same for several topics, of each of which there must be a segment.
    init(topics: [String], under dataDirectory: String) throws {
        let root = URL(fileURLWithPath: dataDirectory)
        let directories = try Self.entries(of: root)
        paths = try topics.flatMap { topic in
            let partitions = directories.filter { Self.isPartition($0.lastPathComponent, of: topic) }
                + ((try? Self.entries(of: root.appending(path: "kafka/\(topic)"))) ?? [])
            let found = try partitions.flatMap { try Self.entries(of: $0) }.filter { $0.pathExtension == "log" }.map(\.path).sorted()
            guard !found.isEmpty else {
                throw HarnessError.impossible("no segment of topic \(topic) under \(dataDirectory): the log was not written there")
            }
            return found
        }
    }

    private static func entries(of directory: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
    }

    /// Not of a topic whose name only begins alike, nor a directory that is being deleted.
    private static func isPartition(_ name: String, of topic: String) -> Bool {
        guard name.hasPrefix(topic + "-") else { return false }
        let number = name.dropFirst(topic.count + 1)
        return !number.isEmpty && number.allSatisfy { $0.isASCII && $0.isNumber }
    }

    /// What is cached of the files.
    struct Residency {
        let residentBytes: Int64
        /// Of all files, preallocated space included.
        let fileBytes: Int64
        let instrument: PageCache.Instrument
    }

    func residency() throws -> Residency {
        var resident: Int64 = 0
        var bytes: Int64 = 0
        var instrument = PageCache.Instrument.cachestat
        try forEach { descriptor in
            instrument = PageCache.instrument(for: descriptor)
            let size = try checked(clinux_file_size(descriptor), "fstat", "a segment")
            bytes += size
            if size > 0 {
                resident += try PageCache.residency(of: descriptor, in: 0..<size, by: instrument).residentBytes
            }
        }
        return Residency(residentBytes: resident, fileBytes: bytes, instrument: instrument)
    }

    /// Bytes of the log that are cached, of `logBytes` that were written to it.
    func residentShare(ofLogBytes logBytes: Int64) throws -> Double {
        logBytes == 0 ? 0 : min(1, Double(try residency().residentBytes) / Double(logBytes))
    }

    /// fdatasync of every file. Returns the nanoseconds it took.
    func synchronize() throws -> UInt64 {
        let start = MonotonicClock.now()
        try forEach { descriptor in _ = try checked(clinux_fdatasync(descriptor), "fdatasync", "a segment") }
        return MonotonicClock.now() - start
    }

    /// Drops the files' cached pages until at most `share` of `logBytes` is left, three tries at most: pages that
    /// are being read or written at the moment stay.
    ///
    /// - Returns: the share that was left.
    func drop(downTo share: Double, ofLogBytes logBytes: Int64) throws -> Double {
        var left = 1.0
        for _ in 0..<3 {
            try forEach { try PageCache.drop($0) }
            left = try residentShare(ofLogBytes: logBytes)
            if left <= share { break }
        }
        return left
    }

    /// The file with the most record data, and how much that is.
    func largest() throws -> (path: String, bytes: Int64) {
        var found = (path: paths[0], bytes: Int64(0))
        for path in paths {
            let bytes = try Self.open(path) { try Self.dataBytes($0) }
            if bytes > found.bytes { found = (path, bytes) }
        }
        return found
    }

    /// Empties the cache of the files and then brings `share` of their record data into it, stripe by stripe, without reading ahead.
    ///
    /// - Returns: the share of the data that was read, by the bytes, and the share that is cached afterwards, by the kernel's word.
    func keepResident(_ share: Double, seed: UInt64) throws -> (read: Double, cached: Double) {
        _ = try drop(downTo: 0, ofLogBytes: 1)
        // Read-ahead of preallocated space would make data of it: the ends are looked at while nothing is cached.
        var stripes: [(path: String, position: Int64, count: Int)] = []
        var total: Int64 = 0
        for path in paths {
            let bytes = try Self.open(path) { try Self.dataBytes($0) }
            total += bytes
            stripes += stride(from: 0, to: bytes, by: Self.stripeBytes).map { (path: path, position: $0, count: Int(min(Int64(Self.stripeBytes), bytes - $0))) }
        }
        var random = SeededRandom(seed: seed)
        let chosen = stripes.shuffled(using: &random).prefix(Int((Double(stripes.count) * share).rounded()))
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.stripeBytes, alignment: 4096)
        defer { memory.deallocate() }
        var read: Int64 = 0
        for stripe in chosen {
            try Self.open(stripe.path) { descriptor in
                _ = try checked(clinux_fadvise_random(descriptor, 0, 0), "posix_fadvise", stripe.path)
                read += Int64(try checked(clinux_pread(descriptor, memory.baseAddress!, stripe.count, stripe.position), "pread", stripe.path))
            }
        }
        return (Double(read) / Double(max(1, total)), Double(try residency().residentBytes) / Double(max(1, total)))
    }
    private static let stripeBytes = 1 << 18

    /// To the end of what was written; what was only preallocated behind it reads as a hole.
    private static func dataBytes(_ descriptor: Int32) throws -> Int64 { try checked(clinux_first_hole(descriptor), "lseek", "a segment") }

    private static func open<Result>(_ path: String, _ body: (Int32) throws -> Result) throws -> Result {
        // To read: syncing and dropping need no more, and a broker of somebody else's may not let us write.
        let descriptor = try checked(clinux_open(path, O_RDONLY, 0), "open", path)
        defer { _ = clinux_close(descriptor) }
        return try body(descriptor)
    }

    private func forEach(_ body: (Int32) throws -> Void) throws {
        for path in paths { try Self.open(path, body) }
    }
}
