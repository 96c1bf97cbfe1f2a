import Testing
@testable import Topology

@Suite struct ModelledTests {
    private func machine(_ files: [String: String]) -> String? { MachineDescription.read(RecordedSystem(files: files)).modelled }

    @Test func `hardware and a guest at its own speed are not modelled`() {
        #expect(machine([:]) == nil)
        #expect(MachineDescription.read(guestMachine()).modelled == nil)
        #expect(machine(["/proc/cmdline": "console=ttyS0 quiet tidemark.modelled="]) == nil)
        #expect(machine(["/proc/cpuinfo": "model name\t: QEMU Virtual CPU version 2.5+"]) == nil)
    }

    @Test func `a lab's word, a translated processor and nodes that the kernel made up are`() {
        #expect(machine(["/proc/cmdline": "quiet tidemark.modelled=lab-vm panic=-1"]) == "lab-vm")
        #expect(machine(["/proc/cpuinfo": "model name\t: QEMU TCG CPU version 2.5+"]) == "processor emulated by QEMU")
        #expect(machine(["/proc/cmdline": "numa=fake=2"]) == "NUMA nodes emulated by the kernel")
        #expect(machine(["/proc/cmdline": "tidemark.modelled=lab-vm numa=fake=2"]) == "lab-vm; NUMA nodes emulated by the kernel")
    }

    private func directory(mark: String, fileSystem: String = "ext4") throws -> DataDirectory {
        try DataDirectory.identify("/lab/topic", RecordedSystem(
            files: ["/proc/self/mountinfo": "30 1 7:0 / /lab rw - \(fileSystem) /dev/loop0 rw", "/lab/.tidemark-modelled": mark],
            devices: ["/lab/topic": .init(major: 7, minor: 0)]))
    }

    @Test func `a disk's mark names the class that it plays, and how`() throws {
        let found = try directory(mark: "hdd 7200 rpm, seeks of 0.8 to 16 ms\n")
        #expect(found.diskClass == .hdd)
        #expect(found.classReason == "modelled: 7200 rpm, seeks of 0.8 to 16 ms")
        #expect(found.modelled == "7200 rpm, seeks of 0.8 to 16 ms")
    }

    @Test func `a mark without a class leaves what the system shows, and one without a word is none`() throws {
        let found = try directory(mark: "behind a throttle")
        #expect(found.diskClass == .unknown)
        #expect(found.modelled == "behind a throttle")
        #expect(try directory(mark: "ssd").modelled == "a ssd")
        #expect(try directory(mark: "").modelled == nil)
        #expect(try directory(mark: "\n").modelled == nil)
    }

    @Test func `whoever prints a figure learns what of machine and directory is modelled`() {
        let files = ["/proc/cmdline": "tidemark.modelled=lab-vm", "/proc/self/mountinfo": "30 1 7:0 / /lab rw - ext4 /dev/loop0 rw", "/lab/.tidemark-modelled": "hdd 7200 rpm"]
        let system = RecordedSystem(files: files, devices: ["/lab": .init(major: 7, minor: 0)])
        #expect(Modelled.text(directory: "/lab", system) == "lab-vm; 7200 rpm")
        #expect(Modelled.text(directory: nil, system) == "lab-vm")
        #expect(Modelled.text(directory: "/lab/nowhere", RecordedSystem(files: [:])) == nil)
    }

    @Test func `an overlay on a marked disk is modelled too`() throws {
        let found = try DataDirectory.identify("/merged", RecordedSystem(
            files: [
                "/proc/self/mountinfo": "30 1 7:0 / /lab rw - ext4 /dev/loop0 rw\n31 1 0:60 / /merged rw - overlay overlay rw,upperdir=/lab/upper",
                "/lab/.tidemark-modelled": "nvme in memory",
            ], devices: ["/merged": .init(major: 0, minor: 60), "/lab/upper": .init(major: 7, minor: 0)]))
        #expect(found.diskClass == .nvme)
        #expect(found.modelled == "in memory")
    }
}
