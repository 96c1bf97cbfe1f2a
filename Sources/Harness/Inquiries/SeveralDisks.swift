// Whether directories lie on disks of their own.
internal import Foundation
internal import Topology

package enum SeveralDisks {
    /// What keeps directories from being compared as so many disks; nil: nothing. Makes those that are not there.
    package static func lack(in directories: [String]) -> String? {
        for directory in directories { try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }
        return lack(in: directories, LiveSystem())
    }

    static func lack(in directories: [String], _ system: any SystemSource) -> String? {
        guard directories.count > 1 else { return "one disk: name a directory on each further one with a --data-dir of its own" }
        var holders: [String: String] = [:]
        for directory in directories {
            guard let found = try? DataDirectory.identify(directory, system) else { return "\(directory): it cannot be told which disk it is on" }
            let disks = Self.disks(under: found)
            guard !disks.isEmpty else { return "\(directory) lies on no disk that /sys knows" }
            for disk in disks {
                if let other = holders[disk] { return "one disk: \(directory) lies on \(disk), as \(other) does" }
            }
            for disk in disks { holders[disk] = directory }
        }
        return nil
    }

    /// Names of what its bytes land on. A modelled disk is one by itself, whatever holds its bytes.
    private static func disks(under directory: DataDirectory) -> [String] {
        if directory.modelled != nil { return directory.devices.prefix(1).map(\.name) }
        return directory.devices.filter { $0.layer == "disk" }.map(\.name)
    }
}
