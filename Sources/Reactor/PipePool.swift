// The pipes that splice needs: 1 MiB each, few, given back by connections that stall.
internal import CLinux
internal import Glibc

/// A pipe that file pages pass through on their way to a socket.
final class Pipe {
    static let wantedBytes: Int32 = 1_048_576
    let read: Int32
    let write: Int32
    let capacity: Int

    /// nil when the kernel has no descriptor or no pages for it: past `pipe-user-pages-soft` an ordinary user's
    /// pipe silently stays two pages long, which is worse than sendfile.
    init?() {
        var ends: (Int32, Int32) = (-1, -1)
        var granted: Int32 = 0
        let failed = withUnsafeMutablePointer(to: &ends) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { clinux_pipe($0, Pipe.wantedBytes, &granted) }
        }
        guard failed == 0 else { return nil }
        (read, write) = ends
        capacity = Int(granted)
        guard granted >= Pipe.wantedBytes else { return nil }
    }

    deinit {
        _ = clinux_close(read)
        _ = clinux_close(write)
    }
}

/// A loop's pipes.
package final class PipePool {
    /// Pipes at most, leased and idle.
    package static let limit = 24
    /// After a refusal no pipe is asked for before this long.
    static let retryNanoseconds: UInt64 = 1_000_000_000
    /// A connection whose peer has not read for this long gives its pipe back.
    static let stallNanoseconds: UInt64 = 500_000_000

    private var idle: [Pipe] = []
    private(set) var made = 0
    private var retryAt: UInt64 = 0
    private var lessees: ContiguousArray<FramedConnection> = []
    private var nothing: Int32 = -1

    /// Tests set it lower.
    package var pipeLimit = PipePool.limit

    deinit { if nothing >= 0 { _ = clinux_close(nothing) } }

    /// Pipes that connections hold.
    package var leasedCount: Int { lessees.count }

    /// A pipe for a connection, taken from the longest stalled one if need be; nil when there is none.
    func lease(to connection: FramedConnection, now: UInt64) -> Pipe? {
        if let pipe = idle.popLast() ?? make(now) ?? reclaim() {
            lessees.append(connection)
            return pipe
        }
        return nil
    }

    private func make(_ now: UInt64) -> Pipe? {
        guard made < pipeLimit, now >= retryAt else { return nil }
        guard let pipe = Pipe() else {
            retryAt = now + PipePool.retryNanoseconds
            return nil
        }
        made += 1
        return pipe
    }

    private func reclaim() -> Pipe? {
        var oldest: FramedConnection?
        for lessee in lessees where lessee.blockedSince > 0 {
            if oldest == nil || lessee.blockedSince < oldest!.blockedSince { oldest = lessee }
        }
        guard let oldest else { return nil }
        oldest.givePipeBack()
        return idle.popLast()
    }

    /// Takes back the pipes of connections that stall since before `now` − `stallNanoseconds`.
    func reclaimStalled(_ now: UInt64) {
        var index = 0
        while index < lessees.count {
            let lessee = lessees[index]
            if lessee.blockedSince > 0, lessee.blockedSince + PipePool.stallNanoseconds <= now {
                lessee.givePipeBack()
            } else {
                index += 1
            }
        }
    }

    /// Takes a pipe back. The `unsent` bytes in it are dropped: the file still has them.
    func take(_ pipe: Pipe, unsent: Int, from connection: FramedConnection) {
        lessees.removeAll { $0 === connection }
        if unsent == 0 || drain(pipe, unsent) { idle.append(pipe) } else { made -= 1 }
    }

    private func drain(_ pipe: Pipe, _ count: Int) -> Bool {
        if nothing < 0 { nothing = clinux_open("/dev/null", O_WRONLY, 0) }
        guard nothing >= 0 else { return false }
        var left = count
        while left > 0 {
            let moved = clinux_splice_to_socket(pipe.read, nothing, left, false)
            guard moved > 0 else { return false }
            left -= moved
        }
        return true
    }
}
