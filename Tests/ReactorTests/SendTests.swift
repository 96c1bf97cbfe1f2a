import Bytes
import CLinux
import Glibc
import Host
import Testing

@testable import Reactor

@Suite struct SendTests {
    /// A file under /tmp that is gone when the last holder lets go.
    final class Scratch {
        let fd: Int32
        let bytes: [UInt8]
        init(_ count: Int) {
            bytes = pattern(count, seed: 77)
            let path = "/tmp/tidemark-test-send-\(getpid())-\(UInt64.random(in: 0..<UInt64.max))"
            fd = clinux_open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
            unlink(path)
            bytes.withUnsafeBytes { bytes in
                precondition(clinux_pwrite(fd, bytes.baseAddress!, bytes.count, 0) == bytes.count)
            }
        }
        deinit { _ = clinux_close(fd) }
        func range(_ range: Range<Int>) -> FileRange {
            FileRange(owner: self, descriptor: fd, position: Int64(range.lowerBound), count: range.count)
        }
    }

    static let modes: [TransferMode] = [.splice, .sendfile, .copy(bufferBytes: 65_536), .copy(bufferBytes: 1_048_576), .mmap]

    @Test(arguments: modes)
    func `bytes and file ranges arrive in order and identical, though the peer reads slowly`(mode: TransferMode) throws {
        var configuration = FramedConnection.Configuration()
        configuration.transfer = mode
        let pair = try Loopback(configuration: configuration, receiveBuffer: 65_536)
        let file = Scratch(3_000_000)
        var expected: [UInt8] = []
        for (index, range) in [0..<10, 5..<2_500_000, 100..<100, 2_999_999..<3_000_000, 7..<1_048_583].enumerated() {
            let lead = pattern(index * 1_000, seed: index)
            pair.connection.output.write(lead)
            pair.connection.enqueue(file.range(range))
            expected += lead + file.bytes[range]
        }
        pair.connection.output.write([9, 9, 9])
        expected += [9, 9, 9]
        pair.connection.flush()
        #expect(pair.connection.unsentBytes == expected.count)
        let got = try pair.receive(expected.count)
        #expect(got.count == expected.count)
        #expect(got == expected)
        try pair.tick(2)
        #expect(pair.recorder.drained == 1)
        #expect(pair.connection.unsentBytes == 0)
        #expect(pair.loop.pipes.leasedCount == 0)
        #expect(pair.loop.counters.fileBytes == 10 + 2_499_995 + 1 + 1_048_576)
        #expect((pair.loop.counters.zeroCopyBytes == pair.loop.counters.fileBytes) == (mode == .splice || mode == .sendfile))
    }

    @Test func `without a pipe splice falls back to sendfile and says so`() throws {
        let pair = try Loopback()
        pair.loop.pipes.pipeLimit = 0
        let file = Scratch(100_000)
        pair.connection.enqueue(file.range(0..<100_000))
        pair.connection.flush()
        #expect(try pair.receive(100_000) == file.bytes)
        #expect(pair.loop.counters.spliceFallbacks > 0)
        #expect(pair.loop.counters.zeroCopyBytes == 100_000)
    }

    @Test func `a stalled connection gives its pipe back and loses no byte`() throws {
        let pair = try Loopback(receiveBuffer: 16_384)
        let file = Scratch(9_000_000)
        pair.connection.enqueue(file.range(0..<9_000_000))
        pair.connection.flush()
        try pair.tick(5)
        #expect(pair.loop.pipes.leasedCount == 1)
        pair.loop.pipes.reclaimStalled(pair.loop.now + PipePool.stallNanoseconds)
        #expect(pair.loop.pipes.leasedCount == 0)
        #expect(try pair.receive(9_000_000) == file.bytes)
    }

    @Test func `a file that ends before its range closes the connection`() throws {
        for mode in SendTests.modes {
            var configuration = FramedConnection.Configuration()
            configuration.transfer = mode
            let pair = try Loopback(configuration: configuration)
            let file = Scratch(1_000)
            pair.connection.enqueue(FileRange(owner: file, descriptor: file.fd, position: 0, count: 2_000))
            pair.connection.flush()
            try pair.tick(3)
            #expect(pair.recorder.reason == .fileEnded(at: 1_000, missing: 1_000))
        }
    }

    @Test func `a peer that has hung up gets what is queued, then the end`() throws {
        let pair = try Loopback()
        _ = clinux_shutdown_write(pair.peer)
        pair.connection.output.write(pattern(1_000))
        pair.connection.flush()
        #expect(try pair.receive(2_000) == pattern(1_000))
        #expect(pair.recorder.reason == .local)
    }

    @Test func `an outgoing connection reports established, and refusal`() throws {
        final class Outgoing: FrameHandler {
            var isConnected = false
            var reason: CloseReason?
            func connected(_ connection: FramedConnection) { isConnected = true }
            func received(_ bytes: UnsafeMutableRawBufferPointer, frameBytes: Int, on connection: FramedConnection) {}
            func closed(_ connection: FramedConnection, _ reason: CloseReason) { self.reason = reason }
        }
        let loop = try Loop()
        let box = ListenerBox()
        let listener = try Listener(loop: loop, host: "127.0.0.1", port: 0, congestion: nil, handler: box)
        let outgoing = Outgoing()
        let budget = MemoryBudget(limitBytes: 1_000_000)
        let connection = try FramedConnection.connect(
            loop: loop, host: "127.0.0.1", port: listener.port, congestion: "cubic", budget: budget, configuration: .init(), handler: outgoing)
        for _ in 0..<100 where !outgoing.isConnected { try loop.runOnce(maxWaitNanoseconds: 10_000_000) }
        #expect(outgoing.isConnected)
        connection.close()
        listener.close()
        for fd in box.fds { _ = clinux_close(fd) }
        let refused = Outgoing()
        let second = try? FramedConnection.connect(
            loop: loop, host: "127.0.0.1", port: listener.port, congestion: nil, budget: budget, configuration: .init(), handler: refused)
        if second != nil {
            for _ in 0..<100 where refused.reason == nil { try loop.runOnce(maxWaitNanoseconds: 10_000_000) }
            guard case .system(let error) = refused.reason else { Issue.record("not refused"); return }
            #expect(error.errno == ECONNREFUSED)
        }
    }
}
