// A disk of the lab, which is served by a process and can be told a rate while it runs.
internal import Foundation
internal import Glibc
internal import Host
internal import Topology

/// A disk that `Scripts/lab host up` has made. Its control file holds the bytes a second that pass, reads and writes together, and the
/// process for which they are held: the disk looks into it a hundred times a second, and forgets a limit whose process is gone. An empty
/// one is no limit.
struct LabDisk: Equatable {
    /// As the lab calls it: `hdd`.
    let name: String
    /// Beside the mount point, never in the file system: whoever can write there does not choose what this process writes to.
    let control: String

    /// nil where the directory is on none: its file system bears the mark of a model, and a control file lies beside its mount point.
    init?(under directory: DataDirectory?) {
        guard let directory, directory.modelled != nil else { return nil }
        let path = "\(directory.mountPoint).limit"
        var found = stat()
        guard lstat(path, &found) == 0, found.st_mode & S_IFMT == S_IFREG else { return nil }
        name = URL(filePath: directory.mountPoint).lastPathComponent
        control = path
    }

    var isWritable: Bool { access(control, W_OK) == 0 }

    /// Holds it to a rate until this process lifts it or is gone.
    ///
    /// - Returns: what was in force before, for `put`.
    func hold(bytesPerSecond: Int64) throws(SystemError) -> String {
        let before = (try? String(contentsOfFile: control, encoding: .utf8)) ?? ""
        try ControlFile.write("\(bytesPerSecond) \(getpid())\n", to: control)
        return before
    }

    /// Harmless the second time, and where the disk is gone.
    func put(_ before: String) { try? ControlFile.write(before, to: control) }
}
