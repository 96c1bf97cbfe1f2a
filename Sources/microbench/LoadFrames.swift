// Frames in memory that C can read, and one timed load of them.
internal import CReference
internal import Host

/// Where a server and its client run.
enum LoadPlacement: String, CaseIterable {
    /// Server on the first allowed CPU, client on the second: realistic, with wake-ups between them.
    case two
    /// Both on the first: no wake-ups between CPUs, small spread.
    case same
    /// Left to the scheduler.
    case free

    func cpus(_ allowed: [Int32]) -> (server: Int32?, client: Int32?) {
        switch self {
        case .two: allowed.count > 1 ? (allowed[0], allowed[1]) : (nil, nil)
        case .same: (allowed[0], allowed[0])
        case .free: (nil, nil)
        }
    }
}

/// Request frames that stay where they are.
final class LoadFrames {
    private var pointers: [UnsafeRawPointer?] = []
    private var sizes: [UInt32] = []
    private var memory: [UnsafeMutableRawPointer] = []

    func append(_ frame: [UInt8]) {
        let copy = UnsafeMutableRawPointer.allocate(byteCount: frame.count, alignment: 64)
        frame.withUnsafeBytes { copy.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        memory.append(copy)
        pointers.append(UnsafeRawPointer(copy))
        sizes.append(UInt32(frame.count))
    }

    deinit { for frame in memory { frame.deallocate() } }

    /// One load on one connection.
    ///
    /// - Throws: a socket that failed, an answer that was an error or had another length than expected.
    func load(
        port: UInt16, depth: Int, seconds: Double, limit: Int, checkAt: Int32 = -1, answerBytes: Int64 = 0, clientCPU: Int32?
    ) throws -> creference_load {
        var result = creference_load()
        let failed = creference_load(
            port, pointers, sizes, Int32(sizes.count), Int32(depth), seconds, UInt64(limit), checkAt, answerBytes, clientCPU ?? -1, "cubic",
            &result)
        guard failed == 0 else { throw referenceFailure(failed, "load") }
        guard result.bad_answers == 0 else {
            throw SetupFailure(description: "\(result.bad_answers) of \(result.requests) answers were errors or of another length")
        }
        return result
    }
}
