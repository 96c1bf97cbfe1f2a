import Testing
@testable import Topology

@Suite struct MachineTests {
    @Test func `a machine of which nothing can be read has one CPU, one node and no claims`() {
        let machine = MachineDescription.read(RecordedSystem())
        #expect(machine.logicalCPUs == 1)
        #expect(machine.nodes.count == 1)
        #expect(machine.hypervisor == nil)
        #expect(machine.lastLevelCacheBytes == nil)
    }

    @Test func `a guest is described from its files`() {
        let machine = MachineDescription.read(guestMachine())
        #expect(machine.cpuModel == "AMD EPYC")
        #expect(machine.hypervisor == "KVM")
        #expect(machine.logicalCPUs == 2)
        #expect(machine.physicalCores == 2)
        #expect(machine.lastLevelCacheBytes == 32 << 20)
        #expect(machine.transparentHugePages == "madvise")
        #expect(machine.cgroupVersion == 1)
        #expect(machine.cgroupMemoryLimitBytes == 1 << 30)
        #expect(machine.openFilesHard == 1_048_576)
        #expect(machine.cpuFlags.contains("constant_tsc"))
    }

    @Test func `what tells two machines of one name apart is read, and nothing is claimed that the system does not tell`() {
        let nothing = MachineIdentity.read(RecordedSystem())
        #expect([nothing.cpuFamily, nothing.microcode, nothing.product, nothing.mitigations, nothing.pressure, nothing.loadAverages] == Array(repeating: nil, count: 6))
        let identity = MachineIdentity.read(
            RecordedSystem(files: [
                "/proc/cpuinfo": "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\nstepping\t: 1\nmicrocode\t: 0x1000065",
                "/proc/self/status": "Name:\ttidemark\nCpus_allowed_list:\t0-1", "/proc/loadavg": "0.10 0.22 0.30 1/99 4711",
                "/proc/pressure/cpu": "some avg10=1.25 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0",
                "/proc/pressure/io": "some avg10=0.50 avg60=0.00 avg300=0.00 total=1", "/proc/meminfo": "SwapTotal: 1000 kB\nSwapFree: 400 kB",
                "/sys/class/dmi/id/sys_vendor": "Amazon EC2", "/sys/class/dmi/id/product_name": "c5.large",
                "/sys/devices/system/cpu/vulnerabilities/mds": "Not affected", "/sys/devices/system/cpu/vulnerabilities/l1tf": "Mitigation: PTE",
                "/sys/class/thermal/thermal_zone0/temp": "41000", "/sys/class/thermal/thermal_zone1/temp": "52000",
            ]))
        #expect(identity.cpuFamily == "AuthenticAMD 25/17")
        #expect(identity.cpuStepping == "1" && identity.microcode == "0x1000065")
        #expect(identity.allowedCPUs == "0-1")
        #expect(identity.product == "Amazon EC2 c5.large")
        #expect(identity.mitigations == "l1tf: Mitigation: PTE; mds: Not affected")
        #expect(identity.loadAverages == "0.10 0.22 0.30")
        #expect(identity.pressure == "cpu 1.25 io 0.50")
        #expect(identity.temperatureMillidegrees == 52_000)
        #expect(identity.swapUsedBytes == 614_400)
    }

    @Test func `the live machine names its CPUs and memory`() {
        let machine = MachineDescription.read()
        #expect(machine.logicalCPUs >= 1)
        #expect(machine.memoryBytes > 1 << 28)
        #expect(machine.topology.distance(from: machine.topology.cpus[0].id, to: machine.topology.cpus[0].id) == .same)
    }

    @Test func `CPUs of one core, of one node and of two nodes are told apart`() {
        func cpu(_ id: Int32, _ core: Int32, _ node: Int32, _ siblings: [Int32]) -> CPUTopology.CPU {
            .init(id: id, package: node, core: core, node: node, siblings: CPUSet(siblings))
        }
        let topology = CPUTopology(cpus: [cpu(0, 0, 0, [0, 1]), cpu(1, 0, 0, [0, 1]), cpu(2, 1, 0, [2]), cpu(3, 0, 1, [3])])
        #expect(topology.distance(from: 0, to: 1) == .smtSibling)
        #expect(topology.distance(from: 0, to: 2) == .otherCore)
        #expect(topology.distance(from: 0, to: 3) == .otherNode)
        #expect(topology.distance(from: 0, to: 9) == nil)
        #expect(topology.coreCount == 3)
    }

    @Test func `nodes carry their CPUs, memory and distances, one without CPUs too`() {
        let root = "/sys/devices/system/node"
        let nodes = NUMA.nodes(RecordedSystem(files: [
            "\(root)/online": "0,2", "\(root)/node0/cpulist": "0-3", "\(root)/node0/distance": "10 21",
            "\(root)/node0/meminfo": "Node 0 MemTotal:       1000 kB\nNode 0 MemFree:  10 kB",
            "\(root)/node2/cpulist": "", "\(root)/node2/distance": "21 10", "\(root)/node2/meminfo": "Node 2 MemTotal: 2000 kB",
        ]))
        #expect(nodes.map(\.id) == [0, 2])
        #expect(nodes[0].memoryBytes == 1_024_000)
        #expect(nodes[1].cpus.isEmpty)
        #expect(nodes[1].distances == [21, 10])
    }
}

@Suite struct DoctorTests {
    private func examine(_ system: RecordedSystem, _ probe: TraitProbe = TraitProbe()) -> [MachineTrait.Name: MachineTrait] {
        let traits = Doctor.examine(dataDirectories: ["/data"], probe: probe, system)
        #expect(traits.map(\.name) == MachineTrait.Name.allCases)
        return Dictionary(uniqueKeysWithValues: traits.map { ($0.name, $0) })
    }

    @Test func `the guest's traits are found where they are`() {
        let traits = examine(guestMachine())
        #expect(traits[.freePageReporting]?.state == .present)
        #expect(traits[.freePageReporting]?.evidence.contains("3114 MiB") == true)
        #expect(traits[.pacingCongestionControl]?.state == .present)
        #expect(traits[.proactiveReclaim]?.state == .present)
        #expect(traits[.proactiveReclaim]?.evidence.contains("idle for 60 s") == true)
        #expect(traits[.readAhead]?.state == .present)
        #expect(traits[.cgroupLimit]?.state == .present)
        #expect(traits[.swap]?.state == .absent)
        #expect(traits[.transparentHugePages]?.state == .absent)
        #expect(traits[.nearlyFullDisk]?.state == .absent)
    }

    @Test func `what needs a measurement is unknown without one`() {
        let traits = examine(guestMachine())
        for name in [MachineTrait.Name.expensiveWakeUps, .steal, .unsteadyProcessor, .otherLoad, .timerSlack] { #expect(traits[name]?.state == .unknown) }
    }

    @Test func `measurements decide on either side of their limits`() {
        var probe = TraitProbe()
        probe.wakeUpRoundTripNanoseconds = Doctor.expensiveWakeUpNanoseconds + 1
        probe.stealShare = Doctor.stealShareLimit
        probe.foreignCPUShare = Doctor.foreignShareLimit + 0.001
        probe.timerSlackNanoseconds = 50_000
        probe.clockReadNanoseconds = 25
        probe.processorLostShare = 0.0424
        let traits = examine(guestMachine(), probe)
        #expect(traits[.unsteadyProcessor]?.state == .present)
        #expect(traits[.unsteadyProcessor]?.evidence == "arithmetic lost 4.24 % of its time where it took more than twice as long as in the median")
        #expect(traits[.unsteadyProcessor]?.fix != nil)
        probe.processorLostShare = Doctor.lostShareLimit
        #expect(examine(guestMachine(), probe)[.unsteadyProcessor]?.state == .absent)
        #expect(traits[.expensiveWakeUps]?.state == .present)
        #expect(traits[.steal]?.state == .absent)
        #expect(traits[.otherLoad]?.state == .present)
        #expect(traits[.timerSlack]?.state == .present)
        #expect(traits[.slowClock]?.state == .absent)
        #expect(traits[.otherLoad]?.fix != nil)
        #expect(traits[.steal]?.fix == nil)
    }

    @Test func `a machine without those traits has none of them`() {
        let traits = examine(physicalMachine())
        for name in [MachineTrait.Name.freePageReporting, .proactiveReclaim, .swap, .cgroupLimit, .numaBalancing] {
            #expect(traits[name]?.state == .absent, "\(name)")
        }
        #expect(traits[.nearlyFullDisk]?.state == .present)
    }

    private func fileSystem(_ directories: String...) throws -> MachineTrait {
        try #require(Doctor.examine(dataDirectories: directories, probe: TraitProbe(), physicalMachine()).first { $0.name == .fileSystem })
    }

    @Test(arguments: [
        ("/merged", "/merged is overlay: cachestat answers 0"), ("/run/fast", "/run/fast is tmpfs: files are memory"), ("/data/memory", "/data/memory is tmpfs"),
        ("/net", "/net is nfs4: files are on other machines"), ("/with space", "/with space is fuse.thing: a process serves it"),
    ])
    func `a file system that is not a local disk's is told with what cannot be measured on it`(directory: String, evidence: String) throws {
        let trait = try fileSystem(directory)
        #expect(trait.state == .present && trait.evidence.hasPrefix(evidence), "\(trait)")
        #expect(trait.fix?.contains("--data-dir") == true)
    }

    @Test func `local file systems are none of them, and one odd directory among several is named alone`() throws {
        for (directory, evidence) in [("/", "/ is ext4"), ("/data", "/data is xfs"), ("/tree", "/tree is btrfs"), ("/image", "/image is ext4")] {
            let trait = try fileSystem(directory)
            #expect(trait.state == .absent && trait.evidence == evidence && trait.fix == nil, "\(trait)")
        }
        let several = try fileSystem("/data", "/run/fast")
        #expect(several.state == .present && several.evidence.hasPrefix("/run/fast is tmpfs") && !several.evidence.contains("xfs"))
        #expect(try fileSystem().state == .unknown && fileSystem("/nowhere").state == .unknown)
        #expect(examine(guestMachine())[.fileSystem]?.state == .absent)
    }

    @Test(arguments: ["fuseblk", "fuse", "fuse.sshfs", "zfs", "virtiofs", "9p", "ramfs", "cifs"])
    func `no kind without a device of its own goes for a disk`(kind: String) { #expect(Examination.oddity(of: kind) != nil) }

    @Test(arguments: ["ext4", "xfs", "btrfs", "ext3", "f2fs"])
    func `a disk's own kinds are none`(kind: String) { #expect(Examination.oddity(of: kind) == nil) }

    @Test func `what a processor loses is told by its length, however rare it is`() throws {
        let steady = [UInt64](repeating: 20_000, count: 10_000)
        #expect(ProcessorSteadiness.lostShare(of: steady) == 0)
        // Five milliseconds of 205 at a tenth of the pace.
        let slow = try #require(ProcessorSteadiness.lostShare(of: Array(steady.dropLast(25)) + [UInt64](repeating: 200_000, count: 25)))
        #expect(abs(slow - 4.5 / 204.5) < 1e-9)
        // One unit that stands still for 4 ms.
        let still = try #require(ProcessorSteadiness.lostShare(of: Array(steady.dropLast()) + [4_020_000]))
        #expect(abs(still - 4.0 / 204.0) < 1e-9)
    }

    @Test func `what is a little slower is not lost, and a few units tell nothing`() {
        let steady = [UInt64](repeating: 20_000, count: 10_000)
        #expect(ProcessorSteadiness.lostShare(of: Array(steady.dropLast(4_000)) + [UInt64](repeating: 40_000, count: 4_000)) == 0)
        #expect(ProcessorSteadiness.lostShare(of: Array(steady.prefix(999))) == nil)
        #expect(ProcessorSteadiness.lostShare(nanoseconds: 2_000_000) == nil)
    }

    @Test func `a short live probe measures the clock and the load`() throws {
        let probe = TraitProbe.measure(milliseconds: 30)
        #expect(try #require(probe.clockReadNanoseconds) > 0)
        #expect(Doctor.examine(dataDirectories: ["."], probe: probe).count == MachineTrait.Name.allCases.count)
    }
}
