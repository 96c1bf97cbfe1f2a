import CLinux
import Testing

@testable import Reactor

@Suite struct ReceiveTests {
    @Test func `frames split at every byte boundary arrive whole`() throws {
        let payloads = [pattern(1), pattern(0), pattern(7, seed: 2), pattern(30, seed: 3)]
        let bytes = payloads.flatMap { frame($0) }
        for cut in 1..<bytes.count {
            let pair = try Loopback()
            try pair.send(Array(bytes[..<cut]))
            try pair.tick()
            try pair.send(Array(bytes[cut...]))
            for _ in 0..<50 where pair.recorder.frames.count < payloads.count { try pair.tick() }
            #expect(pair.recorder.frames == payloads, "cut at \(cut)")
            #expect(pair.budget.usedBytes == 0)
        }
    }

    @Test(arguments: [100_000, 262_145, 1_048_576, 1_310_716, 1_310_717, 5_000_000])
    func `frames of any size arrive whole, and give their memory back`(size: Int) throws {
        let pair = try Loopback()
        let payloads = (0..<4).map { pattern(size, seed: $0) }
        for payload in payloads { try pair.send(frame(payload)) }
        for _ in 0..<2_000 where pair.recorder.frames.count < payloads.count { try pair.tick() }
        #expect(pair.recorder.frames.count == payloads.count)
        #expect(zip(pair.recorder.frames, payloads).allSatisfy { $0 == $1 })
        try pair.tick()
        #expect(pair.budget.usedBytes == 0)
    }

    @Test func `sizes of every kind in one stream arrive in order`() throws {
        let pair = try Loopback()
        let sizes = [3, 70_000, 0, 1_400_000, 12, 900_000, 900_000, 65_536, 65_533, 2_000_000, 1]
        let payloads = sizes.enumerated().map { pattern($1, seed: $0) }
        try pair.send(payloads.flatMap { frame($0) })
        for _ in 0..<2_000 where pair.recorder.frames.count < payloads.count { try pair.tick() }
        #expect(pair.recorder.frames.map(\.count) == sizes)
        #expect(pair.recorder.frames == payloads)
    }

    @Test(arguments: [Int32(-1), Int32.min, 104_857_601, Int32.max])
    func `a length below zero or above the limit closes the connection`(length: Int32) throws {
        let pair = try Loopback()
        try pair.send(withUnsafeBytes(of: length.bigEndian) { Array($0) })
        for _ in 0..<50 where pair.recorder.reason == nil { try pair.tick() }
        #expect(pair.recorder.reason == .frameLength(Int(length), limit: 104_857_600))
    }

    @Test func `a length above the limit closes the connection behind a pause too`() throws {
        var configuration = FramedConnection.Configuration()
        configuration.maxFrameBytes = 4_096
        let pair = try Loopback(configuration: configuration)
        pair.recorder.onFrame = { $0.pauseReading() }
        try pair.send(frame([1]) + withUnsafeBytes(of: Int32(30_000_000).bigEndian) { Array($0) } + [1, 2, 3])
        for _ in 0..<50 where pair.recorder.reason == nil { try pair.tick() }
        #expect(pair.recorder.reason == .frameLength(30_000_000, limit: 4_096))
        #expect(pair.recorder.frames == [[1]] && pair.budget.usedBytes == 0)
    }

    @Test func `a frame above the shared budget closes the connection`() throws {
        let pair = try Loopback(budgetBytes: 2_000_000)
        try pair.send(frame(pattern(3_000_000)).prefix(100_000).map { $0 })
        for _ in 0..<50 where pair.recorder.reason == nil { try pair.tick() }
        #expect(pair.recorder.reason == .outOfMemoryBudget(wanted: 3_000_004, limit: 2_000_000))
        #expect(pair.budget.usedBytes == 0)
    }

    @Test func `a pause in the middle of a batch delivers the rest after it, once`() throws {
        let pair = try Loopback()
        let payloads = (0..<100).map { pattern(3_000, seed: $0) }
        pair.recorder.onFrame = { if pair.recorder.frames.count % 10 == 0 { $0.pauseReading() } }
        try pair.send(payloads.flatMap { frame($0) })
        for pause in 1...10 {
            for _ in 0..<100 where pair.recorder.frames.count < pause * 10 { try pair.tick() }
            #expect(pair.recorder.frames.count == pause * 10)
            pair.connection.resumeReading()
        }
        #expect(pair.recorder.frames == payloads)
    }

    @Test func `whole frames behind a pause are delivered though the peer has hung up`() throws {
        let pair = try Loopback()
        pair.recorder.onFrame = { $0.pauseReading() }
        try pair.send(frame([1]) + frame([2]) + frame([3]) + [0, 0])
        _ = clinux_shutdown_write(pair.peer)
        for _ in 0..<3 {
            try pair.tick(2)
            pair.connection.resumeReading()
        }
        for _ in 0..<50 where pair.recorder.reason == nil { try pair.tick() }
        #expect(pair.recorder.frames == [[1], [2], [3]])
        #expect(pair.recorder.ended == 1)
        #expect(pair.recorder.reason == .local)
    }

    @Test func `pinned bytes stay while others are received over the same loop`() throws {
        let pair = try Loopback()
        let first = pattern(200_000, seed: 9)
        final class Pinner: FrameHandler {
            var pinned: (FrameMemory, UnsafeMutableRawBufferPointer)?
            var count = 0
            func received(_ bytes: UnsafeMutableRawBufferPointer, frameBytes: Int, on connection: FramedConnection) {
                count += 1
                guard pinned == nil else { return }
                connection.frameMemory.pin()
                pinned = (connection.frameMemory, bytes)
            }
            func closed(_ connection: FramedConnection, _ reason: CloseReason) {}
        }
        let pinner = Pinner()
        pair.connection.handler = pinner
        try pair.send(frame(first))
        for seed in 0..<30 { try pair.send(frame(pattern(200_000, seed: seed))) }
        for _ in 0..<500 where pinner.count < 31 { try pair.tick() }
        #expect(pinner.count == 31)
        let pinned = pinner.pinned
        #expect(pinned.map { Array($0.1) } == first)
        pinner.pinned?.0.unpin()
    }

    @Test func `only the fronts of frames are delivered where nothing else is wanted`() throws {
        var configuration = FramedConnection.Configuration()
        configuration.keepBytes = 16
        let pair = try Loopback(configuration: configuration)
        let sizes = [0, 5, 16, 17, 40, 1_000_000, 3, 3, 3, 20, 16]
        let payloads = sizes.enumerated().map { pattern($1, seed: $0) }
        try pair.send(payloads.flatMap { frame($0) })
        for _ in 0..<500 where pair.recorder.frames.count < sizes.count { try pair.tick() }
        #expect(pair.recorder.frameBytes == sizes)
        #expect(pair.recorder.frames == payloads.map { Array($0.prefix(16)) })
    }
}
