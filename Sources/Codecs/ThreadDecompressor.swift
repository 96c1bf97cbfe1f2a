// A decompressor for code that meets compressed batches now and then, on any of several threads: one per thread
// serves all partitions of a loop, where one per partition would hold thousands of output memories.
internal import Glibc

extension Decompressor {
    /// The calling thread's own, made at its first use and released when the thread ends. Never hand it to another thread.
    ///
    /// What it returned before is gone after any call on this thread, whoever made it.
    package static var ofThisThread: Decompressor {
        if let stored = pthread_getspecific(threadKey) { return Unmanaged.fromOpaque(stored).takeUnretainedValue() }
        let made = Decompressor()
        let status = pthread_setspecific(threadKey, Unmanaged.passRetained(made).toOpaque())
        precondition(status == 0, "pthread_setspecific: \(status)")
        return made
    }

    private static let threadKey: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key) { stored in
            if let stored { Unmanaged<Decompressor>.fromOpaque(stored).release() }
        }
        precondition(status == 0, "pthread_key_create: \(status)")
        return key
    }()
}
