import Glibc
import Host
import Testing

/// A file of `bytes` zero bytes on a real disk, removed at the end.
private func withFile(of bytes: Int, _ body: (Int32) throws -> Void) throws {
    let path = "./.build/page-cache-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    defer {
        close(descriptor)
        unlink(path)
    }
    let block = [UInt8](repeating: 7, count: bytes)
    try #require(pwrite(descriptor, block, bytes, 0) == bytes)
    try body(descriptor)
}

@Suite struct PageCacheTests {
    @Test(arguments: [PageCache.Instrument.cachestat, .mincore])
    func `a file is resident after it is written and gone after it is dropped`(instrument: PageCache.Instrument) throws {
        try withFile(of: 1 << 20) { descriptor in
            if instrument == .cachestat, PageCache.instrument(for: descriptor) == .mincore { return }
            let written = try PageCache.residency(of: descriptor, in: 0..<(1 << 20), by: instrument)
            #expect(written.residentBytes == 1 << 20)
            #expect(written.instrument == instrument)
            try PageCache.drop(descriptor)
            let dropped = try PageCache.residency(of: descriptor, in: 0..<(1 << 20), by: instrument)
            #expect(dropped.residentBytes == 0)
        }
    }

    @Test func `mincore answers for a range that starts inside the file`() throws {
        try withFile(of: 1 << 20) { descriptor in
            try PageCache.drop(descriptor)
            var byte: UInt8 = 0
            try #require(posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM) == 0)
            try #require(pread(descriptor, &byte, 1, 512 << 10) == 1)
            let there = try PageCache.residency(of: descriptor, in: (512 << 10)..<(516 << 10), by: .mincore)
            let elsewhere = try PageCache.residency(of: descriptor, in: 0..<(256 << 10), by: .mincore)
            #expect(there.residentBytes == 4096)
            #expect(elsewhere.residentBytes == 0)
        }
    }

    @Test func `a bad descriptor is an error, not a zero`() {
        #expect(throws: SystemError.self) { try PageCache.residency(of: -1, in: 0..<4096, by: .cachestat) }
        #expect(throws: SystemError.self) { try PageCache.residency(of: -1, in: 0..<4096, by: .mincore) }
    }
}
