// A server connection and a raw peer socket on one thread, ticked by the test.
import Bytes
import CLinux
import Glibc
import Host

@testable import Reactor

/// Records what its connection is told; copies frames, because their memory ends with the tick.
final class Recorder: FrameHandler {
    var frames: [[UInt8]] = []
    var frameBytes: [Int] = []
    var reason: CloseReason?
    var ended = 0
    var drained = 0
    var onFrame: ((FramedConnection) -> Void)?

    func received(_ bytes: UnsafeMutableRawBufferPointer, frameBytes: Int, on connection: FramedConnection) {
        frames.append(Array(bytes))
        self.frameBytes.append(frameBytes)
        onFrame?(connection)
    }
    func inputEnded(_ connection: FramedConnection) {
        ended += 1
        connection.closeWhenDrained()
    }
    func outputDrained(_ connection: FramedConnection) { drained += 1 }
    func closed(_ connection: FramedConnection, _ reason: CloseReason) { self.reason = reason }
}

final class Loopback: ListenerHandler {
    let loop: Loop
    let budget: MemoryBudget
    let recorder = Recorder()
    var configuration = FramedConnection.Configuration()
    var connection: FramedConnection!
    var listener: Listener!
    var failures: [SystemError] = []
    var accepted: [FramedConnection] = []
    let peer: Int32

    init(
        budgetBytes: Int = 64 << 20, configuration: FramedConnection.Configuration = .init(), receiveBuffer: Int32 = 0
    ) throws {
        loop = try Loop()
        budget = MemoryBudget(limitBytes: budgetBytes)
        self.configuration = configuration
        let server = ListenerBox()
        listener = try Listener(loop: loop, host: "127.0.0.1", port: 0, congestion: "cubic", handler: server)
        peer = clinux_tcp_connect("127.0.0.1", listener.port, "cubic")
        if receiveBuffer > 0 { _ = clinux_set_buffers(peer, 0, receiveBuffer) }
        while server.fds.isEmpty { try loop.runOnce(maxWaitNanoseconds: 10_000_000) }
        connection = try FramedConnection(
            loop: loop, accepted: server.fds[0], budget: budget, configuration: configuration, handler: recorder)
        listener.close()
    }

    deinit {
        connection?.close()
        _ = clinux_close(peer)
    }

    func accepted(_ fd: Int32, peer: String, on listener: Listener) {}
    func acceptFailed(_ error: SystemError, on listener: Listener) {}

    func tick(_ count: Int = 1) throws {
        for _ in 0..<count { try loop.runOnce(maxWaitNanoseconds: 300_000) }
    }

    /// Sends all of `bytes` from the peer, ticking the loop whenever the socket is full.
    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { clinux_send(peer, $0.baseAddress! + sent, bytes.count - sent, false) }
            if count > 0 { sent += count } else { try tick() }
        }
    }

    /// What the peer receives until `count` bytes have come or 2,000 ticks have passed.
    func receive(_ count: Int) throws -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        for _ in 0..<20_000 where all.count < count {
            let got = buffer.withUnsafeMutableBytes { clinux_recv(peer, $0.baseAddress!, min($0.count, count - all.count)) }
            if got > 0 { all.append(contentsOf: buffer[..<got]) } else if got == 0 { break } else { try tick() }
        }
        return all
    }
}

final class ListenerBox: ListenerHandler {
    var fds: [Int32] = []
    var failures: [SystemError] = []
    func accepted(_ fd: Int32, peer: String, on listener: Listener) { fds.append(fd) }
    func acceptFailed(_ error: SystemError, on listener: Listener) { failures.append(error) }
}

/// The frame of a payload: its length, then its bytes.
func frame(_ payload: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: Int32(payload.count).bigEndian) { Array($0) } + payload
}

/// Bytes that differ from place to place.
func pattern(_ count: Int, seed: Int = 1) -> [UInt8] {
    var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1
    return [UInt8](unsafeUninitializedCapacity: count + 8) { buffer, filled in
        for place in stride(from: 0, to: count, by: 8) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            UnsafeMutableRawBufferPointer(buffer).storeBytes(of: state ^ state >> 29, toByteOffset: place, as: UInt64.self)
        }
        filled = count
    }
}
