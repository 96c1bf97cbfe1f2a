import Foundation
import Host
import Testing

@testable import Topology

@Suite struct ControlGroupPlacesTests {
    private let v1 = [
        "/proc/self/cgroup": "4:memory:/a/b\n2:cpu,cpuacct:/a\n0::/",
        "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "1", "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1", "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1",
        "/sys/fs/cgroup/cpuacct/a/cpuacct.usage": "0", "/sys/fs/cgroup/cpuacct/cpuacct.usage": "0",
    ]

    @Test func `in version 1 a group may stand in our own and in every one above, memory and CPU apart`() throws {
        let places = try ControlGroupPlaces.find(RecordedSystem(files: v1))
        #expect(places.version == 1)
        #expect(places.memory == ["/sys/fs/cgroup/memory/a/b", "/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/memory"])
        #expect(places.cpu == ["/sys/fs/cgroup/cpuacct/a", "/sys/fs/cgroup/cpuacct"])
    }

    @Test func `in a container what the path names may not be mounted, and what is above is`() throws {
        var files = v1
        for name in ["a/b", "a"] { files["/sys/fs/cgroup/memory/\(name)/memory.limit_in_bytes"] = nil }
        #expect(try ControlGroupPlaces.find(RecordedSystem(files: files)).memory == ["/sys/fs/cgroup/memory"])
    }

    @Test func `in version 2 only a group that hands memory on to its children will do`() throws {
        let root = "/sys/fs/cgroup"
        var files = [
            "/proc/self/cgroup": "0::/user.slice/app.slice/run.scope", "\(root)/cgroup.controllers": "cpu memory",
            "\(root)/user.slice/app.slice/run.scope/cgroup.subtree_control": "", "\(root)/user.slice/app.slice/cgroup.subtree_control": "cpu memory pids",
            "\(root)/user.slice/cgroup.subtree_control": "memory", "\(root)/cgroup.subtree_control": "cpu",
        ]
        let places = try ControlGroupPlaces.find(RecordedSystem(files: files))
        #expect(places.version == 2)
        #expect(places.memory == ["\(root)/user.slice/app.slice", "\(root)/user.slice"] && places.cpu == places.memory)
        for group in ["/user.slice/app.slice", "/user.slice"] { files["\(root)\(group)/cgroup.subtree_control"] = "cpu" }
        #expect(throws: ControlGroupError.self) { try ControlGroupPlaces.find(RecordedSystem(files: files)) }
        #expect(throws: ControlGroupError.self) { try ControlGroupPlaces.find(RecordedSystem(files: ["/proc/self/cgroup": "0::/"])) }
    }
}

@Suite struct ControlGroupTests {
    /// Needs a group of its own, which root may make, and others where one was delegated; elsewhere it says why there is none.
    @Test func `a group bounds memory, holds what was put in, accounts for its CPU within 2 %, and goes`() throws {
        let group: ControlGroup
        do { group = try ControlGroup.make("tidemark-test-\(getpid())-\(UInt32.random(in: 0 ... .max))") } catch {
            return print("not tested here: \(error)")
        }
        defer { group.remove() }
        let idle = group.reading()
        #expect(idle.limitBytes == nil && idle.killed == 0)
        try group.limit(to: 64 << 20)
        #expect(group.reading().limitBytes == 64 << 20)
        #expect(group.reading().roomForCache.map { $0 > 32 << 20 } == true)

        let burner = Process()
        burner.executableURL = URL(filePath: "/bin/sh")
        // Waits for a line, so that it is in the group before it burns; ends at the next.
        burner.arguments = ["-c", "read a; i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; echo done; read b"]
        let (input, output) = (Pipe(), Pipe())
        burner.standardInput = input
        burner.standardOutput = output
        try burner.run()
        defer {
            if burner.isRunning { burner.terminate() }
            burner.waitUntilExit()
        }
        try group.admit(burner.processIdentifier)
        #expect(group.holds(burner.processIdentifier))
        let before = (clock: try cpu(burner), group: group.reading().cpuNanoseconds)
        try input.fileHandleForWriting.write(contentsOf: Data("go\n".utf8))
        _ = output.fileHandleForReading.availableData
        guard let first = before.group, let last = group.reading().cpuNanoseconds else { return print("no CPU is accounted for in groups here") }
        let used = Double(try cpu(burner) - before.clock)
        #expect(used > 50e6, "\(used) ns were burnt")
        #expect(abs(Double(last - first) / used - 1) < 0.02, "\(last - first) ns by the group, \(used) by the process")
        try input.fileHandleForWriting.write(contentsOf: Data("end\n".utf8))
    }

    private func cpu(_ process: Process) throws -> UInt64 {
        // utime and stime have ticks of 10 ms; the first field of schedstat is exact.
        let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/schedstat", encoding: .utf8)
        return try #require(text.split(separator: " ").first.flatMap { UInt64($0) })
    }
}
