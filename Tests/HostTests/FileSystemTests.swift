import Glibc
import Host
import Testing

/// A fresh directory, removed at the end.
private func withDirectory(_ body: (String) throws -> Void) throws {
    let disk = DiskFileSystem.shared
    let path = ".build/file-system-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    try disk.ensureDirectory(path)
    defer { try? disk.removeTree(path) }
    try body(path)
}

private func text(_ string: String) -> [UInt8] { Array(string.utf8) }

@Suite struct FileSystemTests {
    private let disk = DiskFileSystem.shared

    @Test func `a call that fails says which, on what and why`() throws {
        try withDirectory { path in
            let missing = "\(path)/missing"
            #expect(throws: SystemError(call: "open", errno: ENOENT, subject: missing)) { try disk.file(missing, .read) }
            #expect(throws: SystemError(call: "opendir", errno: ENOENT, subject: missing)) { try disk.list(missing) }
            #expect(throws: SystemError(call: "rename", errno: ENOENT, subject: missing)) {
                try disk.renameFile(missing, to: "\(path)/x")
            }
            try disk.removeFile(missing)
            try disk.removeTree(missing)
            #expect(try disk.contents(of: missing) == nil)
        }
    }

    @Test func `a second lock on a path is refused until the first file closes`() throws {
        try withDirectory { path in
            var first: File? = try disk.file("\(path)/lock", .create)
            let second = try disk.file("\(path)/lock", .create)
            #expect(try first?.tryLock() == true)
            #expect(try second.tryLock() == false)
            first = nil
            #expect(try second.tryLock() == true)
        }
    }

    @Test func `a read past the end stops at the end`() throws {
        try withDirectory { path in
            let file = try disk.file("\(path)/a", .create)
            try text("hello").withUnsafeBytes { try file.write($0, at: 3) }
            var bytes = [UInt8](repeating: 9, count: 16)
            #expect(try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 2) } == 6)
            #expect(Array(bytes[..<6]) == [0] + text("hello"))
            #expect(try file.size() == 8)
        }
    }

    @Test func `reserved space reads as zeros until it is cut`() throws {
        try withDirectory { path in
            let file = try disk.file("\(path)/a", .create)
            try text("ab").withUnsafeBytes { try file.write($0, at: 0) }
            try file.allocate(from: 2, count: 4094)
            #expect(try file.size() == 4096)
            #expect(try disk.contents(of: file.path)?.dropFirst(2).allSatisfy { $0 == 0 } == true)
            try file.truncate(to: 2)
            #expect(try disk.contents(of: file.path) == text("ab"))
        }
    }

    @Test func `several ranges are written in one call, in order`() throws {
        try withDirectory { path in
            let file = try disk.file("\(path)/a", .create)
            let (first, second) = (text("one "), text("two"))
            let written = try first.withUnsafeBytes { a in
                try second.withUnsafeBytes { b in
                    let vectors = [
                        WriteVector(base: a.baseAddress!, count: a.count), WriteVector(base: b.baseAddress!, count: b.count),
                    ]
                    return try file.write(vectors, 2, at: 0)
                }
            }
            #expect(written == 7)
            #expect(try disk.contents(of: file.path) == text("one two"))
        }
    }

    @Test func `an atomic replacement leaves one file with the new contents`() throws {
        try withDirectory { path in
            for contents in ["old and longer", "new"] {
                try text(contents).withUnsafeBytes { try AtomicReplace.write($0, to: "\(path)/a", in: disk) }
                #expect(try disk.contents(of: "\(path)/a") == text(contents))
            }
            #expect(try disk.list(path) == ["a"])
        }
    }

    @Test func `a tree is removed with what is in it`() throws {
        try withDirectory { path in
            try disk.ensureDirectory("\(path)/t")
            try disk.ensureDirectory("\(path)/t/u")
            _ = try disk.file("\(path)/t/u/f", .create)
            try disk.removeTree("\(path)/t")
            #expect(try disk.list(path) == [])
        }
    }

    @Test func `a wait ends at its deadline and at a signal`() {
        let monitor = Monitor()
        let start = MonotonicClock.now()
        monitor.locked { monitor.wait(until: start + 2_000_000) }
        #expect(MonotonicClock.now() >= start + 2_000_000)
        nonisolated(unsafe) var told = false
        let teller = WorkerThread(name: "teller") { monitor.locked { told = true; monitor.signal() } }
        monitor.locked { while !told { monitor.wait() } }
        teller.join()
        #expect(told)
    }
}
