// Directories whose disks a run looks at side by side: refused before anything starts where one can't be used, and named.
internal import Glibc
internal import Host
internal import Topology

enum StudiedDirectories {
    /// - Parameter isExternal: whether the broker is somebody else's.
    /// - Throws: `HarnessError` that names the directory, `SystemError`.
    static func check(_ plan: DiskHeadlinePlan, _ profile: Profile, _ machine: MachineDescription, isExternal: Bool) throws {
        if plan.append != nil {
            try PlacementLatency.requireOpenLoop(profile, headline: "disk")
            if isExternal { throw HarnessError.impossible("‘headlines.disk.append’ puts brokers of its own on each disk: not with --bootstrap") }
        }
        var known: [String: String] = [:]
        for directory in plan.directories {
            let name = directory.name.map { "‘headlines.disk.directories.\($0)’ (\(directory.path))" } ?? "--data-dir \(directory.path)"
            if let why = refusal(of: directory.path) { throw HarnessError.impossible("\(name) \(why): no broker could keep a log there") }
            let real = LiveSystem().resolved(directory.path) ?? directory.path
            if let other = known[real] { throw HarnessError.impossible("\(other) and \(name) are one directory: a disk is measured once") }
            known[real] = name
        }
        var alone = RunPlan()
        alone.add("disk", DiskCalibration.oneDisk(plan, profile, machine))
        for directory in plan.directories { try alone.check(freeBytes: RunPlan.freeBytes(at: directory.path), directory: directory.path) }
    }

    /// Why files can't be made in it; nil where they can.
    private static func refusal(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return "can't be looked at (\(String(cString: strerror(errno))))" }
        guard status.st_mode & S_IFMT == S_IFDIR else { return "is no directory" }
        guard access(path, W_OK | X_OK) == 0 else { return "can't be written to (\(String(cString: strerror(errno))))" }
        return nil
    }

    /// What the columns are called: as somebody named them, else by class and device, told apart by a number where two are alike.
    static func names(_ given: [String?], _ disks: [DataDirectory]) -> [String] {
        var taken: [String: Int] = [:]
        return zip(given, disks).map { name, disk in
            let plain = name ?? "\(disk.diskClass.rawValue) \(disk.hardware?.name ?? disk.fileSystem)"
            taken[plain, default: 0] += 1
            return taken[plain]! == 1 ? plain : "\(plain) \(taken[plain]!)"
        }
    }

    /// Columns of one disk, which is worth a word: they take from each other only what is not measured at one time.
    static func shared(_ names: [String], _ disks: [DataDirectory]) -> [String] {
        let byDevice = Dictionary(grouping: zip(names, disks).filter { $0.1.hardware != nil }) { $0.1.hardware?.name ?? "" }
        return byDevice.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { device, members in
            "\(members.map(\.0).joined(separator: " and ")) stand on one disk, \(device)"
        }
    }
}
