// Whatever of machine or disk is modelled is in the fingerprint of every run on it.
import Results
import Testing
import Topology

@testable import Harness

@Suite struct ModelledEnvironmentTests {
    private func modelled(commandLine: String?, mark: String?) throws -> String? {
        var files = ["/proc/self/mountinfo": "30 1 8:1 / /data rw - ext4 /dev/sda1 rw"]
        files["/proc/cmdline"] = commandLine
        files["/data/.tidemark-modelled"] = mark
        let system = RecordedSystem(files: files, devices: ["/data": DeviceNumber(major: 8, minor: 1)])
        let record = EnvironmentRecord.read(
            MachineDescription.read(system), MachineIdentity.read(system), disk: try DataDirectory.identify("/data", system), traits: [], brokerIsHere: true)
        return record.hard["modelled"]
    }

    private func disk(_ mark: String?) throws -> DataDirectory {
        var files = ["/proc/self/mountinfo": "30 1 8:16 / /other rw - ext4 /dev/sdb1 rw"]
        files["/other/.tidemark-modelled"] = mark
        return try DataDirectory.identify("/other", RecordedSystem(files: files, devices: ["/other": DeviceNumber(major: 8, minor: 16)]))
    }

    @Test func `a further disk that is modelled marks the run, each once, and one that is none leaves it alone`() throws {
        var record = RunRecord(
            identity: RunIdentity(date: "2026-11-30", startedAt: "2026-11-30T06:00:00Z", profileName: "numa", shortID: "000000"),
            software: Software(commit: "3e5a00f", version: "0.1.0", broker: "tidemarkd 0.1.0"), profile: ProfileRecord(name: "numa", question: "?", tier: "quick", text: ""),
            environment: EnvironmentRecord())
        record.add(try disk(nil), name: "system")
        #expect(record.environment.hard["modelled"] == nil)
        record.add(try disk("hdd 7200 rpm"), name: "hdd-1")
        #expect(record.environment.hard["modelled"] == "7200 rpm")
        for mark in ["nvme in memory", "hdd 7200 rpm", "nvme in memory"] { record.add(try disk(mark), name: "more") }
        #expect(record.environment.hard["modelled"] == "7200 rpm; in memory")
        #expect(record.disks.map(\.name) == ["system", "hdd-1", "more", "more", "more"])
        #expect(record.disks[1].diskClass == "hdd")
    }

    @Test func `hardware has no such field, a model says how it is one`() throws {
        #expect(try modelled(commandLine: "quiet", mark: nil) == nil)
        #expect(try modelled(commandLine: "tidemark.modelled=lab-vm quiet", mark: nil) == "lab-vm")
        #expect(try modelled(commandLine: nil, mark: "hdd 7200 rpm") == "7200 rpm")
        #expect(try modelled(commandLine: "tidemark.modelled=lab-vm", mark: "hdd 7200 rpm") == "lab-vm; 7200 rpm")
    }
}
