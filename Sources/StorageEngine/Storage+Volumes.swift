// The data directories as somebody who plans their space sees them.
internal import Host

/// A data directory and the file system that it is on.
package struct DataVolume: Equatable, Sendable {
    package let path: String
    /// Out of service: its partitions answer nothing but that.
    package let isOffline: Bool
    /// Bytes of the file system; -1 where it can't tell.
    package let totalBytes: Int64
    /// Bytes that a write may still take; likewise.
    package let freeBytes: Int64
}

extension Storage {
    /// The data directories, in the order in which they were given. Asks their file systems.
    package func volumes() -> [DataVolume] {
        directories.map { directory in
            let isOffline = directory.outage != nil
            return DataVolume(
                path: directory.path, isOffline: isOffline,
                totalBytes: isOffline ? -1 : max(-1, fileSystem.totalBytes(directory.path)),
                freeBytes: isOffline ? -1 : max(-1, fileSystem.freeBytes(directory.path)))
        }
    }

    /// Why no topic can have a name; nil when it can.
    package static func fault(ofTopicName name: String) -> String? { TopicName.fault(name) }
}

extension PartitionLog {
    /// The data directory that it is in.
    package var dataDirectoryPath: String { dataDirectory.path }
}
