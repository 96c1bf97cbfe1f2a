internal import CLinux
internal import Glibc

/// A thread of its own for work that blocks or that must not share the global pool, with a name that
/// `top -H` shows.
package final class WorkerThread: @unchecked Sendable {
    // @unchecked: `handle` is written once before `init` returns and read only by `join`.
    private var handle = pthread_t()

    /// Starts `body` on a new thread called `name` (15 bytes at most are shown), pinned to `cpus` when given.
    package init(name: String, cpus: [Int32] = [], _ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name: name, cpus: cpus, body: body))
        let failed = pthread_create(
            &handle, nil,
            { raw in
                let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
                _ = clinux_set_thread_name(String(start.name.prefix(15)))
                if !start.cpus.isEmpty { _ = clinux_set_affinity(0, start.cpus, Int32(start.cpus.count)) }
                start.body()
                return nil
            }, start.toOpaque())
        precondition(failed == 0, "pthread_create failed: \(failed)")
    }

    /// Waits for the thread to end. To be called once.
    package func join() { pthread_join(handle, nil) }

    private final class Start {
        let name: String
        let cpus: [Int32]
        let body: @Sendable () -> Void
        init(name: String, cpus: [Int32], body: @escaping @Sendable () -> Void) {
            self.name = name
            self.cpus = cpus
            self.body = body
        }
    }
}
