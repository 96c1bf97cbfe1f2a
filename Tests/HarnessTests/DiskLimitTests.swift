// By which means a broker's disk is held to a rate, and what is said where there is none.
import Foundation
import Testing
import Topology

@testable import Harness

@Suite struct DiskLimitTests {
    /// A folder with a mount point in it that a recording tells of, and, beside that, a control file.
    private final class Lab {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidemark-limit-\(UUID().uuidString)").path
        var mountPoint: String { folder + "/hdd" }
        var control: String { mountPoint + ".limit" }

        init(control text: String?) throws {
            try FileManager.default.createDirectory(atPath: mountPoint, withIntermediateDirectories: true)
            if let text { try text.write(toFile: control, atomically: true, encoding: .utf8) }
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func directory(isMarked: Bool = true) throws -> DataDirectory {
            var files = ["/proc/self/mountinfo": "30 1 7:0 / \(mountPoint) rw - ext4 /dev/loop0 rw"]
            if isMarked { files[mountPoint + "/.tidemark-modelled"] = "hdd lab-host: 7200 rpm" }
            return try DataDirectory.identify(mountPoint + "/data", RecordedSystem(files: files, devices: [mountPoint + "/data": DeviceNumber(major: 7, minor: 0)]))
        }

        var held: String { (try? String(contentsOfFile: control, encoding: .utf8)) ?? "no file" }
    }

    @Test func `a disk of the lab is known by its mark and by the control file beside its mount point`() throws {
        let lab = try Lab(control: "")
        let directory = try lab.directory()
        let disk = try #require(LabDisk(under: directory))
        #expect(disk.name == "hdd" && disk.control == lab.control && disk.isWritable)
        let unmarked = try lab.directory(isMarked: false)
        #expect(LabDisk(under: unmarked) == nil, "what has no mark is hardware")
        #expect(LabDisk(under: nil) == nil)
        try FileManager.default.removeItem(atPath: lab.control)
        #expect(LabDisk(under: directory) == nil, "a model that nobody serves")
        #expect(lab.held == "no file")
    }

    @Test func `a link in place of the control file is not followed`() throws {
        let lab = try Lab(control: nil)
        let elsewhere = lab.folder + "/elsewhere"
        try "precious".write(toFile: elsewhere, atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: lab.control, withDestinationPath: elsewhere)
        let directory = try lab.directory()
        #expect(LabDisk(under: directory) == nil)
        #expect(lab.held == "precious", "it was there to be followed")
    }

    /// Without a device there is no control group for it, whatever this machine has.
    @Test func `where no control group can, the lab's disk holds the rate for this process, and is let go`() throws {
        let lab = try Lab(control: "")
        let directory = try lab.directory()
        #expect(DiskLimit.refusal(nil, directory) == nil)
        let limit = try DiskLimit(pid: getpid(), device: nil, directory: directory, bytesPerSecond: 20 << 20)
        #expect(lab.held == "20971520 \(getpid())\n")
        #expect(limit.means.hasPrefix("21.0 MB/s by the lab's hdd: reads and writes together") && limit.means.contains("takes no time"))
        limit.release()
        #expect(lab.held == "")
        try "7\n".write(toFile: lab.control, atomically: true, encoding: .utf8)
        limit.release()
        #expect(lab.held == "7\n", "the second time is harmless")
    }

    @Test func `a limit that was there before is put back, also when nobody has lifted the new one`() throws {
        let lab = try Lab(control: "1048576\n")
        let directory = try lab.directory()
        do {
            let limit = try DiskLimit(pid: getpid(), device: nil, directory: directory, bytesPerSecond: 1 << 16)
            withExtendedLifetime(limit) { #expect(lab.held == "65536 \(getpid())\n") }
        }
        #expect(lab.held == "1048576\n")
    }

    @Test(arguments: [nil, "no-such-disk"] as [String?]) func `where there is neither, the refusal names both ways`(device: String?) throws {
        let directory = try Lab(control: nil).directory()
        for refusal in [DiskLimit.refusal(device, nil), DiskLimit.refusal(device, directory)] {
            #expect(refusal?.hasPrefix("‘perturb.diskLimit’ holds one disk") == true && refusal?.contains("not on exactly one") == true, "\(refusal ?? "none")")
            #expect(refusal?.contains("Scripts/lab host up") == true, "\(refusal ?? "none")")
        }
        #expect(throws: HarnessError.self) { _ = try DiskLimit(pid: getpid(), device: device, directory: directory, bytesPerSecond: 1 << 20) }
    }
}
