// Settings that every data directory has a copy of: old or new after any fault, and the newest of several copies.
import Glibc
import Host
@testable import StorageEngine
import Testing

@Suite struct SettingsTests {
    private func rig() throws -> Rig { try Rig(directories: ["d", "e"], creates: false) }

    @Test func `what was never written is empty, and what was is there after a restart`() throws {
        let rig = try rig()
        #expect(try rig.storage.settings(.clientQuotas) == [])
        try rig.storage.writeSettings(.clientQuotas, ["one 1", "two"])
        #expect(try rig.storage.settings(.clientQuotas) == ["one 1", "two"])
        try rig.reopen()
        #expect(try rig.storage.settings(.clientQuotas) == ["one 1", "two"])
        try rig.storage.writeSettings(.clientQuotas, [])
        try rig.reopen()
        #expect(try rig.storage.settings(.clientQuotas) == [])
    }

    @Test(arguments: [SimulatedFileSystem.Reboot.kill, .powerLoss, .partialPowerLoss(seed: 7)])
    func `a crash at any operation leaves the old lines or the new`(how: SimulatedFileSystem.Reboot) throws {
        for n in 1... {
            let rig = try rig()
            try rig.storage.writeSettings(.clientQuotas, ["old"])
            rig.disk.plan(.crash(torn: n % 9), at: n)
            let written: Void? = try? rig.storage.writeSettings(.clientQuotas, ["new"])
            guard rig.disk.isFaultMet else { break }
            rig.storage.abandon()
            try rig.crash(how)
            let found = try rig.storage.settings(.clientQuotas)
            #expect(found == ["new"] || found == ["old"] && written == nil, "operation \(n)")
            // Whatever it is, both directories go on from there.
            try rig.storage.writeSettings(.clientQuotas, ["newer"])
            try rig.reopen()
            #expect(try rig.storage.settings(.clientQuotas) == ["newer"], "operation \(n)")
        }
    }

    @Test func `a directory that missed a change does not bring the old lines back`() throws {
        let rig = try rig()
        try rig.storage.writeSettings(.clientQuotas, ["old"])
        rig.disk.broken = ("d/", EIO, true)
        try rig.storage.writeSettings(.clientQuotas, ["new"])
        #expect(try rig.storage.settings(.clientQuotas) == ["new"])
        rig.storage.abandon()
        rig.disk.broken = nil
        try rig.crash(.kill)
        #expect(try rig.storage.settings(.clientQuotas) == ["new"])
    }

    @Test func `a damaged copy is passed over, and damage everywhere is told`() throws {
        let rig = try rig()
        try rig.storage.writeSettings(.clientQuotas, ["line"])
        let good = try #require(rig.disk.bytes(of: "d/client-quotas"))
        for position in good.indices {
            rig.disk.damage("d/client-quotas") { $0 = good; $0[position] ^= 1 }
            #expect(try rig.storage.settings(.clientQuotas) == ["line"])
        }
        rig.disk.damage("e/client-quotas") { $0.removeLast() }
        #expect(throws: StorageError.self) { try rig.storage.settings(.clientQuotas) }
        rig.disk.remove("e/client-quotas")
        #expect(throws: StorageError.self) { try rig.storage.settings(.clientQuotas) }
        rig.disk.remove("d/client-quotas")
        #expect(try rig.storage.settings(.clientQuotas) == [])
    }
}
