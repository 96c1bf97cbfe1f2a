// The framing of a connection: whatever the bytes and wherever they are cut, what is delivered is what the lengths say.
import Bytes
import CLinux
import Glibc
import Host
@testable import Reactor

/// The first byte chooses the limit and the pauses, the second how the stream is cut; the rest is the stream.
func fuzzFrame(_ bytes: [UInt8]) {
    guard bytes.count > 2 else { return }
    let limit = [64, 4096, 1 << 20, 100 << 20][Int(bytes[0] & 3)]
    FrameFuzzer.shared.receive(
        Array(bytes[2...]), limit: limit, pausesAfter: Int(bytes[0] >> 2 & 3), cutsAt: 1 + Int(bytes[1]) * Int(bytes[1]) / 16)
}

/// What a stream holds when it is read by the rule alone.
private struct FramesExpected {
    var frames: [ArraySlice<UInt8>] = []
    var refusedLength: Int?

    init(_ stream: [UInt8], limit: Int) {
        var rest = stream[...]
        while rest.count >= 4 {
            let length = Int(Int32(bitPattern: rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }))
            guard length >= 0, length <= limit else {
                refusedLength = length
                return
            }
            guard rest.count >= 4 + length else { return }
            frames.append(rest.dropFirst(4).prefix(length))
            rest = rest.dropFirst(4 + length)
        }
    }
}

private final class FrameFuzzer: FrameHandler {
    nonisolated(unsafe) static let shared = FrameFuzzer()
    private let loop: Loop
    private var frames: [[UInt8]] = []
    private var ends = 0
    private var reason: CloseReason?
    private var pausesAfter = 0

    private init() {
        do { loop = try Loop() } catch { fatalError("no loop: \(error)") }
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, frameBytes: Int, on connection: FramedConnection) {
        require(frameBytes == bytes.count)
        frames.append(Array(bytes))
        if pausesAfter > 0, frames.count % pausesAfter == 0 { connection.pauseReading() }
    }

    func inputEnded(_ connection: FramedConnection) {
        ends += 1
        connection.closeWhenDrained()
    }

    func closed(_ connection: FramedConnection, _ reason: CloseReason) { self.reason = reason }

    func receive(_ stream: [UInt8], limit: Int, pausesAfter: Int, cutsAt chunk: Int) {
        frames.removeAll(keepingCapacity: true)
        (ends, reason, self.pausesAfter) = (0, nil, pausesAfter)
        let budget = MemoryBudget(limitBytes: 64 << 20)
        do {
            var sockets: [Int32] = [-1, -1]
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &sockets) == 0 else { fatalError("socketpair: errno \(errno)") }
            defer { _ = clinux_close(sockets[1]) }
            var configuration = FramedConnection.Configuration()
            (configuration.maxFrameBytes, configuration.findsDeadPeers) = (limit, false)
            let connection = try FramedConnection(
                loop: loop, accepted: sockets[0], budget: budget, configuration: configuration, handler: self)
            try send(stream, to: sockets[1], by: chunk, connection)
            shutdown(sockets[1], Int32(SHUT_WR))
            var ticks = 0
            while reason == nil {
                connection.resumeReading()
                try loop.runOnce(maxWaitNanoseconds: 0)
                ticks += 1
                require(ticks <= 100 + stream.count, "the connection does not end")
            }
        } catch { fatalError("\(error)") }
        check(FramesExpected(stream, limit: limit), budget)
    }

    private func send(_ stream: [UInt8], to socket: Int32, by chunk: Int, _ connection: FramedConnection) throws {
        var sent = 0
        while sent < stream.count, reason == nil {
            let wanted = min(chunk, stream.count - sent)
            let count = stream.withUnsafeBytes { clinux_send(socket, $0.baseAddress! + sent, wanted, false) }
            require(count > 0 || count == -Int(EAGAIN) || count == -Int(EPIPE), "send: errno \(-count)")
            if count > 0 { sent += count }
            try loop.runOnce(maxWaitNanoseconds: 0)
            connection.resumeReading()
        }
    }

    private func check(_ expected: FramesExpected, _ budget: MemoryBudget) {
        require(frames.count == expected.frames.count, "\(frames.count) frames of \(expected.frames.count)")
        for (frame, wanted) in zip(frames, expected.frames) { require(frame[...] == wanted, "a frame has other bytes") }
        if case .frameLength(let length, _)? = reason {
            require(length == expected.refusedLength, "a length of \(length) is refused, not \(String(describing: expected.refusedLength))")
        } else if case .outOfMemoryBudget? = reason {
            // A frame that is announced and does not come: more than the budget, so it was never expected.
        } else {
            require(expected.refusedLength == nil && ends == 1, "\(String(describing: reason)) after \(ends) ends of input")
        }
        require(budget.usedBytes == 0, "\(budget.usedBytes) bytes stay with a closed connection")
    }
}
