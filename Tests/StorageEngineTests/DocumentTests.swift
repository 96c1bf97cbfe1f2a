import Glibc
import Host
@testable import StorageEngine
import Testing

@Suite struct DocumentTests {
    private let old = [UInt8](repeating: 1, count: 20)
    private let new = [UInt8](repeating: 2, count: 3_000)

    @Test(arguments: [SimulatedFileSystem.Reboot.kill, .powerLoss]) func `a change is made or not made, at every crash point`(
        _ how: SimulatedFileSystem.Reboot
    ) throws {
        var n = 1
        while true {
            let rig = try Rig()
            try rig.storage.setDocument(old, named: "rules")
            rig.disk.plan(.crash(torn: n % 9), at: n)
            let isDone = (try? rig.storage.setDocument(new, named: "rules")) != nil
            try rig.crash(how)
            let found = rig.storage.document(named: "rules")
            #expect(found == new || !isDone && found == old, "crash at \(n)")
            if isDone { break }
            n += 1
        }
        #expect(n > 4)
    }

    @Test func `a document that is too large is refused and changes nothing`() throws {
        let rig = try Rig()
        try rig.storage.setDocument(old, named: "rules")
        let large = [UInt8](repeating: 0, count: StorageLimits.documentBytes + 1)
        #expect(throws: StorageError.documentTooLarge("rules", bytes: large.count)) {
            try rig.storage.setDocument(large, named: "rules")
        }
        #expect(rig.storage.document(named: "rules") == old)
    }

    @Test func `documents survive restarts and changes of topics, each by its name`() throws {
        let rig = try Rig(directories: ["d", "e"])
        try rig.storage.setDocument(old, named: "rules")
        try rig.storage.setDocument(new, named: "credentials")
        _ = try rig.storage.createTopic(named: "u", partitionCount: 1)
        try rig.reopen()
        #expect(rig.storage.document(named: "rules") == old)
        #expect(rig.storage.document(named: "credentials") == new)
        try rig.storage.setDocument(nil, named: "rules")
        try rig.crash()
        #expect(rig.storage.document(named: "rules") == nil)
    }

    @Test func `without a broker a document changes too, and with one running it does not`() throws {
        let rig = try Rig()
        #expect(throws: StorageError.directoryLocked("d")) {
            try Storage.changeDocument(named: "rules", in: ["d"], fileSystem: rig.disk) { _ in old }
        }
        try rig.close()
        try Storage.changeDocument(named: "rules", in: ["d"], fileSystem: rig.disk) { before in
            #expect(before == nil)
            return old
        }
        try rig.open()
        #expect(rig.storage.document(named: "rules") == old)
        #expect(rig.storage.topic(named: "t") != nil)
    }

    @Test func `nobody but its owner can read the catalogue, also where everybody could`() throws {
        let path = ".build/private-catalogue-\(UInt64.random(in: 0 ... .max))"
        defer { try? DiskFileSystem.shared.removeTree(path) }
        try DiskFileSystem.shared.ensureDirectory(path)
        // What an older broker's crash may have left.
        _ = try DiskFileSystem.shared.file("\(path)/catalogue.tmp", .createEmpty)
        let storage = try Storage.open(directories: [path], configuration: .init())
        try storage.setDocument(old, named: "credentials")
        var status = stat()
        #expect(stat("\(path)/catalogue", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        try storage.close()
    }
}
