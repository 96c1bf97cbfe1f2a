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

    @Test func `hardware has no such field, a model says how it is one`() throws {
        #expect(try modelled(commandLine: "quiet", mark: nil) == nil)
        #expect(try modelled(commandLine: "tidemark.modelled=lab-vm quiet", mark: nil) == "lab-vm")
        #expect(try modelled(commandLine: nil, mark: "hdd 7200 rpm") == "7200 rpm")
        #expect(try modelled(commandLine: "tidemark.modelled=lab-vm", mark: "hdd 7200 rpm") == "lab-vm; 7200 rpm")
    }
}
