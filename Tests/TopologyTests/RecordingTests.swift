import Foundation
import Testing
@testable import Topology

/// Machines that had disks of other kinds, each as `tidemark doctor --record` wrote it down (NAME.txt), with what its directories stand
/// on (NAME.expected): `path`, a tab, the layers from the file system down as `layer` or `layer=device` between commas (`-`: none), a
/// tab, the class, and where the node of the disk is known a tab and `node 1`.
private enum Recorded {
    static var directory: URL {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.appending(path: "Tests/Golden/machines")
    }

    /// Names of the files that end so, without that.
    static func names(_ ending: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) })
    }

    static func text(_ name: String) throws -> String { try String(contentsOf: directory.appending(path: name), encoding: .utf8) }

    /// The fields of each line that is none of a person's remarks.
    static func expected(_ machine: String) throws -> [[String]] {
        try text("\(machine).expected").split(separator: "\n").filter { $0.first != "#" }.map { $0.split(separator: "\t").map(String.init) }
    }
}

@Suite struct RecordingTests {
    @Test func `every recording says what its directories are, and nothing else says so`() throws {
        let machines = try Recorded.names(".txt")
        let said = try Recorded.names(".expected")
        #expect(machines.isSuperset(of: ["host-loops", "lab-vm"]) && machines == said, "\(machines.sorted()) and \(said.sorted())")
        for machine in machines { #expect(try Recorded.expected(machine).isEmpty == false, "\(machine)") }
    }

    @Test func `directories of recorded machines are identified down to their devices`() throws {
        for machine in try Recorded.names(".txt").sorted() {
            let system = try RecordedSystem(asText: Recorded.text("\(machine).txt"))
            for fields in try Recorded.expected(machine) {
                try #require(fields.count == 3 || fields.count == 4, "\(machine): \(fields)")
                let found = try DataDirectory.identify(fields[0], system)
                let layers = fields[1] == "-" ? [] : fields[1].split(separator: ",").map { $0.split(separator: "=").map(String.init) }
                #expect(found.devices.map(\.layer) == layers.map { $0[0] }, "\(machine) \(fields[0]): \(found.devices.map(\.name))")
                for (device, layer) in zip(found.devices, layers) where layer.count > 1 { #expect(device.name == layer[1], "\(machine) \(fields[0])") }
                #expect(found.diskClass.rawValue == fields[2], "\(machine) \(fields[0]): \(found.classReason)")
                if fields.count == 4 { #expect(found.hardware?.numaNode.map { "node \($0)" } == fields[3], "\(machine) \(fields[0])") }
            }
        }
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
