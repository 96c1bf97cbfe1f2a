// Folders of dead runs are swept, those of living ones are not.
import Foundation
import Testing

@testable import Harness

@Suite struct RunFolderTests {
    private func withBase(_ body: (String) throws -> Void) throws {
        let base = NSTemporaryDirectory() + "tidemark-test-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: base) }
        try body(base)
    }

    @Test func `a folder whose run is dead is swept, and says so`() throws {
        try withBase { base in
            let stale = base + "/tidemark-runs/dead"
            try FileManager.default.createDirectory(atPath: stale + "/broker-1", withIntermediateDirectories: true)
            _ = FileManager.default.createFile(atPath: stale + "/lock", contents: nil)
            let folder = try RunFolder(base: base, name: "new")
            #expect(folder.swept == ["dead"])
            #expect(!FileManager.default.fileExists(atPath: stale))
            #expect(FileManager.default.fileExists(atPath: folder.path))
        }
    }

    @Test func `a living run's folder and a stranger's folder stay`() throws {
        try withBase { base in
            let living = try RunFolder(base: base, name: "living")
            let stranger = base + "/tidemark-runs/photos"
            try FileManager.default.createDirectory(atPath: stranger, withIntermediateDirectories: true)
            let other = try RunFolder(base: base, name: "other")
            #expect(other.swept == [])
            #expect(FileManager.default.fileExists(atPath: living.path) && FileManager.default.fileExists(atPath: stranger))
        }
    }

    @Test func `directories of one label are numbered, and removal takes them all`() throws {
        try withBase { base in
            let folder = try RunFolder(base: base, name: "run")
            #expect(try folder.directory("append").hasSuffix("/run/append-1"))
            #expect(try folder.directory("append").hasSuffix("/run/append-2"))
            folder.remove()
            #expect(!FileManager.default.fileExists(atPath: folder.path))
        }
    }
}
