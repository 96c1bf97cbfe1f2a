// Every user's credentials: read by the loops, changed by the control thread, kept in the catalogue.
internal import Security
internal import StorageEngine
internal import Synchronization

final class CredentialStore: Sendable {
    private let storage: Storage
    private let current: Mutex<CredentialBook>

    /// - Throws: `SecurityDocumentError` when what is kept can't be used.
    init(_ storage: Storage) throws {
        self.storage = storage
        let bytes = storage.document(named: CredentialBook.documentName)
        current = Mutex(try bytes.map { try CredentialBook(decoding: $0) } ?? CredentialBook())
    }

    var book: CredentialBook { current.withLock { $0 } }

    /// Replaces the credentials. Durable and in force on return. On the control thread only, as changes must not overlap.
    func publish(_ book: CredentialBook) throws(StorageError) {
        try storage.setDocument(book.encode(), named: CredentialBook.documentName)
        current.withLock { $0 = book }
    }
}
