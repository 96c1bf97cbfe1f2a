// A broker's segment files as anybody on its host sees them: how many, how long, and how much of them is in the page cache.
internal import CLinux
internal import Glibc
internal import Host

/// One look at the files.
package struct SegmentReading: Codable, Equatable, Sendable {
    /// `*.log` files under the data directory, and their sizes; found anew as `SegmentFiles.restAfterWalk` says.
    package var files: Int
    package var bytes: Int64
    /// The most recently written of them, whose pages were counted. Preallocated space is part of their size and never in memory.
    package var countedFiles: Int
    package var countedBytes: Int64
    package var residentBytes: Int64
    /// Dirty and under writeback; nil where the instrument cannot tell.
    package var dirtyBytes: Int64?
    /// `cachestat`, `mincore`, or both with a `+`.
    package var instrument: String

    /// Of the counted bytes, those in memory.
    package var residentShare: Double { countedBytes > 0 ? Double(residentBytes) / Double(countedBytes) : 0 }
}

/// Finds the segment files below a data directory and counts their pages. Opens them for reading only, changes nothing and reads
/// no byte of them, so it costs no page of the cache.
struct SegmentFiles {
    private struct Found {
        let path: String
        let writtenNanoseconds: Int64
    }

    /// Why nothing can be said.
    struct Unreadable: Error, CustomStringConvertible { let description: String }

    let directory: String
    private var newest: [Found] = []
    private var count = 0
    private var bytes: Int64 = 0
    private var walkAt: UInt64 = 0

    static let suffix = ".log"
    /// Between two walks over the directory lies fifty times what one takes: a topic that a run has just made is seen at the next
    /// look, and a broker with very many files is not walked over all the time.
    static let restAfterWalk: UInt64 = 50
    static let restMaximumNanoseconds: UInt64 = 5_000_000_000
    /// Entries that a walk looks at, and how deep: more is no broker's data.
    static let entriesMaximum = 200_000
    static let deepest = 8
    /// Counted at one look: the time that it takes, tens of milliseconds at most, grows with them.
    static let filesMaximum = 512
    static let cachestatBytesMaximum: Int64 = 16 << 30
    /// Twenty times as dear a page.
    static let mincoreBytesMaximum: Int64 = 512 << 20

    init(under directory: String) { self.directory = directory }

    /// - Throws: `Unreadable`, with a reason for people.
    mutating func read() throws -> SegmentReading {
        let began = MonotonicClock.now()
        if began >= walkAt {
            try walk()
            let ended = MonotonicClock.now()
            walkAt = ended + min(Self.restMaximumNanoseconds, Self.restAfterWalk * (ended - began))
        }
        guard count > 0 else { throw Unreadable(description: "no *\(Self.suffix) file under the data directory") }
        var reading = SegmentReading(
            files: count, bytes: bytes, countedFiles: 0, countedBytes: 0, residentBytes: 0, dirtyBytes: 0, instrument: "")
        var instruments: Set<PageCache.Instrument> = []
        for file in newest {
            guard try Self.add(file.path, to: &reading, &instruments) else { break }
        }
        guard reading.countedFiles > 0 else { throw Unreadable(description: "no segment file stayed long enough to be looked at") }
        reading.instrument = instruments.map(\.rawValue).sorted().joined(separator: "+")
        return reading
    }

    /// Adds one file.
    ///
    /// - Returns: false where it was left out, because it would have been too much for one look.
    private static func add(
        _ path: String, to reading: inout SegmentReading, _ instruments: inout Set<PageCache.Instrument>
    ) throws -> Bool {
        let descriptor = clinux_open(path, O_RDONLY, 0)
        // Retention may have taken it since the walk.
        if descriptor == -ENOENT { return true }
        guard descriptor >= 0 else {
            throw Unreadable(description: "a segment file cannot be opened: \(String(cString: strerror(-descriptor))); run the probe as the broker's user")
        }
        defer { _ = clinux_close(descriptor) }
        let instrument = PageCache.instrument(for: descriptor)
        // Of a file that somebody may not write, the kernel says that every page is there.
        if instrument == .mincore, access(path, W_OK) != 0 {
            throw Unreadable(description: "mincore tells the truth only to who may write the files; run the probe as the broker's user")
        }
        let size = clinux_file_size(descriptor)
        let most = instrument == .mincore ? mincoreBytesMaximum : cachestatBytesMaximum
        guard size >= 0, reading.countedBytes + size <= most || reading.countedFiles == 0 else { return false }
        // The first is never left out, however long: then it is counted from its end, where it was written last.
        let start = max(0, size - most)
        if size > 0 { try add(descriptor, start..<size, instrument, to: &reading) }
        reading.countedFiles += 1
        instruments.insert(instrument)
        return true
    }

    private static func add(_ descriptor: Int32, _ range: Range<Int64>, _ instrument: PageCache.Instrument, to reading: inout SegmentReading) throws {
        do throws(SystemError) {
            let residency = try PageCache.residency(of: descriptor, in: range, by: instrument)
            reading.countedBytes += Int64(range.count)
            // Whole pages of a range that ends inside one.
            reading.residentBytes += min(residency.residentBytes, Int64(range.count))
            reading.dirtyBytes = reading.dirtyBytes.flatMap { sum in residency.dirtyBytes.map { sum + $0 } }
        } catch {
            let why = String(cString: strerror(error.errno))
            throw Unreadable(description: "\(error.call) of a segment file: \(why)" + (error.errno == EPERM ? "; run the probe as the broker's user" : ""))
        }
    }

    /// Symbolic links are not followed: they may lead anywhere, and round in a circle.
    private mutating func walk() throws {
        var found: [Found] = []
        var folders = [(path: directory, depth: 0)]
        var entries = 0
        (count, bytes) = (0, 0)
        while let (folder, depth) = folders.popLast() {
            let names: [String]
            do throws(SystemError) {
                names = try DiskFileSystem.shared.list(folder)
            } catch {
                // One below may have gone since it was seen.
                if depth > 0, error.isMissing { continue }
                throw Unreadable(description: "the data directory cannot be listed: \(String(cString: strerror(error.errno)))")
            }
            for name in names where entries < Self.entriesMaximum {
                entries += 1
                let path = folder + "/" + name
                guard let entry = Self.entry(path) else { continue }
                if entry.isFolder, depth < Self.deepest { folders.append((path, depth + 1)) }
                guard entry.isFile, name.hasSuffix(Self.suffix) else { continue }
                count += 1
                bytes += entry.bytes
                found.append(Found(path: path, writtenNanoseconds: entry.writtenNanoseconds))
            }
        }
        newest = Array(found.sorted { $0.writtenNanoseconds > $1.writtenNanoseconds }.prefix(Self.filesMaximum))
    }

    private static func entry(_ path: String) -> (isFolder: Bool, isFile: Bool, bytes: Int64, writtenNanoseconds: Int64)? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        let kind = status.st_mode & S_IFMT
        let written = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        return (kind == S_IFDIR, kind == S_IFREG, Int64(status.st_size), written)
    }
}
