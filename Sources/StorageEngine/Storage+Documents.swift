// What the broker keeps in the catalogue beside its topics: small, durable, opaque to the engine.
package import Host
internal import Vocabulary

extension Storage {
    /// The bytes that were kept under a name; nil where there are none.
    package func document(named name: String) -> [UInt8]? {
        changing.lock()
        defer { changing.unlock() }
        return store.catalogue.documents[name]
    }

    /// Keeps bytes under a name, or forgets it. Durable on return. Callers that change what they read take turns.
    ///
    /// - Throws: `.io`, after which the bytes before are there, though a crash before the next change may bring the new
    ///   ones to life; `.documentTooLarge`.
    package func setDocument(_ bytes: [UInt8]?, named name: String) throws(StorageError) {
        if let bytes { try Storage.check(bytes, named: name) }
        changing.lock()
        defer { changing.unlock() }
        try store.change { $0.documents[name] = bytes }
    }

    private static func check(_ bytes: [UInt8], named name: String) throws(StorageError) {
        guard bytes.count <= StorageLimits.documentBytes else { throw .documentTooLarge(name, bytes: bytes.count) }
    }

    /// Changes a document of data directories that no broker uses. All of the broker's directories have to be given.
    ///
    /// - Parameter body: from the bytes that are there to those that shall be; to the same ones: nothing is written.
    /// - Throws: `.directoryLocked` while a broker runs, and what `open` throws of the catalogue.
    package static func changeDocument(
        named name: String, in paths: [String], fileSystem: any FileSystem = DiskFileSystem.shared,
        _ body: ([UInt8]?) -> [UInt8]?
    ) throws(StorageError) {
        let directories = paths.map { DataDirectory(path: $0, minimumFreeBytes: 0, fileSystem: fileSystem, inline: true) }
        defer { for directory in directories { directory.unlock() } }
        for directory in directories { try directory.take() }
        var store = try CatalogueStore(directories, configuration: StorageConfiguration())
        let before = store.catalogue.documents[name]
        let after = body(before)
        guard after != before else { return }
        if let after { try check(after, named: name) }
        try store.change { $0.documents[name] = after }
    }
}
