// The files that may say `@unchecked Sendable` or `nonisolated(unsafe)`, each with the lock or the thread that makes it true.

let uncheckedSendableFiles: [String: String] = [
    "Sources/Host/WorkerThread.swift": "the handle is written once before init returns and read only by join"
]
