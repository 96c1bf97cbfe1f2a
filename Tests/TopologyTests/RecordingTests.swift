import Foundation
import Testing
@testable import Topology

/// Written by `tidemark doctor --record` on machines that had these disks.
private func recorded(_ name: String) throws -> RecordedSystem {
    var root = URL(filePath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return try RecordedSystem(asText: String(contentsOf: root.appending(path: "Tests/Golden/machines/\(name).txt"), encoding: .utf8))
}

@Suite struct RecordingTests {
    struct Expected: Sendable {
        let machine, path: String
        let devices, layers: [String]
        let diskClass: DiskClass

        init(_ machine: String, _ path: String, _ devices: [String], _ layers: [String], _ diskClass: DiskClass) {
            (self.machine, self.path, self.devices, self.layers, self.diskClass) = (machine, path, devices, layers, diskClass)
        }
    }

    @Test(arguments: [
        // A guest of a cloud, with loop devices on files that a process serves, and on one in memory.
        Expected("host-loops", ".", ["vda"], ["disk"], .virtual),
        Expected("host-loops", "/dev/shm", [], [], .memory),
        Expected("host-loops", ".build/lab/host/hdd", ["loop0", "fuse"], ["loop", "disk"], .unknown),
        Expected("host-loops", ".build/lab/host/ssd", ["loop1", "fuse"], ["loop", "disk"], .unknown),
        Expected("host-loops", ".build/lab/host/nvme", ["loop2", "tmpfs"], ["loop", "disk"], .memory),
    ])
    func `directories of recorded machines are identified down to their devices`(_ expected: Expected) throws {
        let found = try DataDirectory.identify(expected.path, recorded(expected.machine))
        #expect(found.devices.map(\.name) == expected.devices)
        #expect(found.devices.map(\.layer) == expected.layers)
        #expect(found.diskClass == expected.diskClass, "\(found.classReason)")
    }

    @Test func `what was recorded answers as the machine did`() throws {
        let recording = RecordingSystem(physicalMachine())
        let paths = ["/", "/data", "/tree", "/merged", "/image", "/net", "/run/fast", "/with space"]
        let live = try paths.map { try DataDirectory.identify($0, recording) }
        let again = try RecordedSystem(asText: recording.recording.asText)
        #expect(again == recording.recording)
        for (path, found) in zip(paths, live) {
            let replayed = try DataDirectory.identify(path, again)
            #expect(replayed.devices.map(\.name) == found.devices.map(\.name))
            #expect(replayed.diskClass == found.diskClass)
            #expect(replayed.classReason == found.classReason)
        }
    }

    @Test func `this machine's traits read the same from its recording`() throws {
        let recording = RecordingSystem()
        let live = Doctor.examine(dataDirectories: ["/var/tmp"], probe: TraitProbe(), recording)
        let again = try RecordedSystem(asText: recording.recording.asText)
        let replayed = Doctor.examine(dataDirectories: ["/var/tmp"], probe: TraitProbe(), again)
        #expect(replayed.map(\.state) == live.map(\.state))
        #expect(MachineDescription.read(again).nodes.map(\.cpus) == MachineDescription.read(recording).nodes.map(\.cpus))
    }

    @Test func `serial numbers, the host's name and the kernel's command line stay at home`() throws {
        let recording = RecordingSystem(RecordedSystem(files: [
            "/sys/x/serial": "S123", "/proc/sys/kernel/hostname": "anna", "/proc/cmdline": "root=UUID=1 tidemark.modelled=lab-vm",
        ]))
        for path in ["/sys/x/serial", "/proc/sys/kernel/hostname", "/proc/cmdline"] { _ = recording.text(path) }
        let text = recording.recording.asText
        #expect(!text.contains("S123") && !text.contains("anna") && !text.contains("UUID"))
        #expect(text.contains("|tidemark.modelled=lab-vm"))
    }

    @Test(arguments: [
        ("", 1), ("# tidemark recording 2\n", 1), ("# tidemark recording 1\n|text of nothing\n", 2), ("# tidemark recording 1\nfile\n", 2),
        ("# tidemark recording 1\ndevice\t/\tx\n", 2), ("# tidemark recording 1\nfile\t/a\n|1\nspace\t/\t1\n", 4), ("# tidemark recording 1\nlink\t/a\n", 2),
    ])
    func `a text that is no recording is refused by its line`(text: String, line: Int) {
        let error = #expect(throws: TopologyError.self) { try RecordedSystem(asText: text) }
        guard case .badRecording(let found, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(found == line)
        #expect(error?.description.contains("line \(line) ") == true)
    }

    @Test func `an empty file and one that ends with empty lines come back as they were`() throws {
        let system = RecordedSystem(files: ["/a": "", "/b": "1\n\n2", "/c": "|x"])
        #expect(try RecordedSystem(asText: system.asText) == system)
    }
}
