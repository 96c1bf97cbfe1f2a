// `headlines.disk:` in a profile: which directories' disks are looked at, and what a log is to get of each.

package struct DiskHeadlinePlan: Equatable, Sendable {
    package struct Directory: Equatable, Sendable {
        /// nil: nobody gave it one, and what it stands on names it.
        package let name: String?
        package let path: String
    }

    /// Time per calibration item.
    package var perItemNanoseconds: UInt64 = 500_000_000
    /// A column each, the run's data directory first; empty: that alone.
    package var directories: [Directory] = []
    /// Device, engine and broker on each, and the load of `producers`; nil: only what a disk can do by itself.
    package var append: AppendHeadlinePlan?

    /// More columns are a slip of the hand.
    static let directoriesMaximum = 16
}

extension DiskHeadlinePlan {
    /// nil when the key is absent.
    ///
    /// - Parameter phases: their wait for a steady state holds for the appends where none is named.
    static func read(_ top: ProfileSection, _ phases: PhasesPlan) throws(ProfileError) -> DiskHeadlinePlan? {
        guard let section = try top.section("disk", keys: ["perItem", "directories", "append"]) else { return nil }
        var plan = DiskHeadlinePlan()
        plan.perItemNanoseconds = try section.duration("perItem") ?? plan.perItemNanoseconds
        plan.append = try AppendHeadlinePlan.read(section, phases, measuresDisk: true)
        guard let directories = try section.section("directories", keys: nil) else { return plan }
        for name in directories.keysInOrder {
            // It becomes a part of paths and of phases' names.
            guard Profile.shortName(name, atMost: nameMaximum) != nil else {
                throw directories.error(name, "‘\(directories.dotted(name))’: a directory's name is of a-z, 0-9 and -, at most \(nameMaximum) of them")
            }
            let path = try directories.required(name, try directories.string(name))
            if let other = plan.directories.first(where: { $0.path == path }) {
                throw directories.error(name, "‘\(directories.dotted(name))’ names \(path), and so does ‘\(other.name ?? "")’: a disk is measured once")
            }
            plan.directories.append(Directory(name: name, path: path))
        }
        if plan.directories.isEmpty { throw section.error("directories", "‘\(directories.path)’ needs at least one directory, as in {fast: /mnt/a}") }
        if plan.directories.count > directoriesMaximum {
            throw section.error("directories", "‘\(directories.path)’ names \(plan.directories.count) directories; \(directoriesMaximum) are possible")
        }
        return plan
    }

    private static let nameMaximum = 24
}

extension HeadlinesPlan {
    /// What brokers keep logs in besides the run's own data directory.
    var otherDirectories: [String] { (disk?.directories.dropFirst().map(\.path) ?? []) + (numa?.disks.map(\.path) ?? []) }
}

extension Profile {
    /// The same with a disk for each of these directories, as a command line names them; none changes nothing.
    ///
    /// - Throws: `HarnessError` where the profile does not ask about several, or says itself where they are.
    package func measuring(directories paths: [String]) throws(HarnessError) -> Profile {
        guard !paths.isEmpty else { return self }
        if let named = headlines.disk?.directories, !named.isEmpty {
            throw .impossible("--data-dir and ‘headlines.disk.directories’ of \(name) both say where its disks are: leave one of them out")
        }
        guard paths.count > 1 else { return self }
        guard headlines.disk != nil || headlines.numa != nil else {
            throw .impossible(
                "\(name) measures one disk, and --data-dir names \(paths.count): several are for a profile with ‘headlines.disk’ or ‘headlines.numa’, such as Profiles/disks.yaml")
        }
        if let named = headlines.numa?.disks, !named.isEmpty {
            throw .impossible("several --data-dir and ‘headlines.numa.disks’ of \(name) both say where its disks are: leave one of them out")
        }
        if paths.count > DiskHeadlinePlan.directoriesMaximum {
            throw .impossible("--data-dir names \(paths.count) directories; \(DiskHeadlinePlan.directoriesMaximum) are possible")
        }
        var profile = self
        profile.headlines.disk?.directories = paths.map { .init(name: nil, path: $0) }
        profile.headlines.numa?.disks = paths.map { .init(name: nil, path: $0) }
        return profile
    }
}
