// Small settings of a cluster that are not about topics: a text file of which every data directory has a copy.
internal import Host

/// The settings that there are, by the names of their files.
package enum SettingsFile: String, CaseIterable, Sendable {
    case clientQuotas = "client-quotas"
}

extension Storage {
    private static let settingsVersion = 1
    /// Numbers the contents of a file, so that of several copies the last one written is known.
    private static let generationMark = "generation "

    /// The lines that `writeSettings` wrote last; none when it never did.
    ///
    /// - Throws: `.damagedCatalogue` when there are copies and none of them is whole, `.io`.
    package func settings(_ file: SettingsFile) throws(StorageError) -> [String] {
        changing.lock()
        defer { changing.unlock() }
        return try readSettings(file)?.lines ?? []
    }

    /// Replaces the file on every data directory that is alive. Durable on return; a crash leaves the old lines or the new.
    ///
    /// - Parameter lines: without line feeds, none of them empty.
    /// - Throws: `.io`, after which the next start may find either; `.noDirectoryLeft`.
    package func writeSettings(_ file: SettingsFile, _ lines: [String]) throws(StorageError) {
        changing.lock()
        defer { changing.unlock() }
        let generation = (try readSettings(file)?.generation ?? 0) + 1
        let bytes = CheckpointText.encode(version: Self.settingsVersion, ["\(Self.generationMark)\(generation)"] + lines)
        var isWritten = false
        for directory in directories where !directory.isDead {
            do throws(SystemError) {
                try directory.replace(file.rawValue, with: bytes)
                isWritten = true
            } catch {
                guard directories.count > 1, directory.isDeath(error) else { throw .io(error) }
            }
        }
        guard isWritten else { throw .noDirectoryLeft(directories.compactMap(\.death)) }
    }

    private func readSettings(_ file: SettingsFile) throws(StorageError) -> (generation: Int64, lines: [String])? {
        var newest: (generation: Int64, lines: [String])?
        var damaged: String?
        for directory in directories where !directory.isDead {
            let path = "\(directory.path)/\(file.rawValue)"
            let bytes: [UInt8]?
            do throws(SystemError) { bytes = try fileSystem.contents(of: path) } catch {
                guard directories.count > 1, directory.isDeath(error) else { throw .io(error) }
                continue
            }
            guard let bytes else { continue }
            guard let found = Self.decodeSettings(bytes) else {
                damaged = path
                continue
            }
            if found.generation > newest?.generation ?? -1 { newest = found }
        }
        if newest == nil, let damaged { throw .damagedCatalogue(path: damaged, why: "its checksum or its first lines are wrong") }
        return newest
    }

    /// nil for what `writeSettings` never wrote.
    static func decodeSettings(_ bytes: [UInt8]) -> (generation: Int64, lines: [String])? {
        guard let lines = CheckpointText.decode(bytes, version: settingsVersion), let first = lines.first, first.hasPrefix(generationMark),
            let generation = Int64(first.dropFirst(generationMark.count))
        else { return nil }
        return (generation, lines.dropFirst().map(String.init))
    }
}
