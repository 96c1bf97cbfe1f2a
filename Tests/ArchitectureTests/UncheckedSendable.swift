// The files that may say `@unchecked Sendable` or `nonisolated(unsafe)`, each with the lock or the thread that makes it true.

let uncheckedSendableFiles: [String: String] = [
    "Sources/Broker/Broker.swift": "a shard is touched by its loop only; the rest is set before the threads start",
    "Sources/Broker/Shards/LoopBound.swift": "carried by other threads, opened by the loop it belongs to",
    "Sources/Broker/WorkQueue.swift": "its jobs are touched under its monitor only",
    "Sources/Bytes/CRC32CJoin.swift": "tables written in init, read only afterwards",
    "Sources/Harness/Audit/SeenBook.swift": "one lane writes; the judge reads once that lane's thread has stopped",
    "Sources/Harness/Audit/SentBook.swift": "one lane writes; the judge reads once that lane's thread has stopped",
    "Sources/Host/CounterPage.swift": "written by atomic additions only, after init",
    "Sources/Host/Monitor.swift": "a mutex and its condition are its state",
    "Sources/Host/WorkerThread.swift": "the handle is written once before init returns and read only by join",
    "Sources/Measurement/IntervalSeries.swift": "one writer; others read seconds below an atomic that the writer releases past them",
    "Sources/Measurement/LatencyRecorder.swift": "one writer; others read windows below an atomic that the writer releases past them",
    "Sources/NullBroker/NullBroker.swift": "belongs to the thread that runs it; others read constants and call stop",
    "Sources/Reactor/Loop.swift": "other threads touch only a mutex, an eventfd and an atomic",
    "Sources/Records/PayloadPool.swift": "memory filled in init, read only afterwards",
    "Sources/StorageEngine/Durability/BackgroundThread.swift": "its queues are touched under its monitor only",
    "Sources/StorageEngine/Durability/DataDirectory.swift": "its tables are touched under its monitor, its lock file by open and close",
    "Sources/StorageEngine/Storage.swift": "the catalogue is touched under one monitor, the tables under another",
]
