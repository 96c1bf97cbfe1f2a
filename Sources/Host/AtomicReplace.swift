// How a small file changes on disk: after a crash it is the old one or the new one, whole.

/// Replaces a file by way of a temporary one beside it.
package enum AtomicReplace {
    /// What a crash may leave beside the file. Readers ignore such names; the next write of the file reuses it.
    package static let suffix = ".tmp"

    /// Writes `bytes` to `path` so that a crash at any point leaves the old contents or the new: temporary file,
    /// its fsync, rename, fsync of the directory. Durable on return.
    ///
    /// - Parameter access: `.createPrivate` where nobody but the owner may read it.
    package static func write(
        _ bytes: UnsafeRawBufferPointer, to path: String, in fileSystem: any FileSystem, _ access: FileAccess = .createEmpty
    ) throws(SystemError) {
        let temporary = path + suffix
        let file = try fileSystem.file(temporary, access)
        try file.write(bytes, at: 0)
        try file.synchronizeData()
        try fileSystem.renameFile(temporary, to: path)
        try fileSystem.synchronizeDirectory(parent(of: path))
    }

    /// The directory that holds `path`.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
