// What a null broker answers, and which promise it breaks when it is told to.
import Bytes
import CLinux
import Dispatch
import Glibc
import Host
import Measurement
import NullBroker
import Records
import Synchronization
import Testing
import Vocabulary
import Wire

private func keeping(_ faults: Fault...) -> NullBrokerConfiguration {
    var configuration = NullBrokerConfiguration()
    configuration.keepsRecords = true
    configuration.faults = faults
    return configuration
}

@Suite struct NullBrokerTests {
    @Test func `a batch with a flipped bit is refused`() throws {
        let peer = try Peer(.init())
        var bad = batch("one")
        bad[bad.count - 2] ^= 1
        #expect(try peer.produce(bad)?.error == .corruptMessage)
    }

    @Test func `garbage closes the connection and the broker lives on`() throws {
        let peer = try Peer(.init())
        let answer = try peer.exchange(.produce, 8) { $0.write([1, 2, 3]) }
        #expect(answer?.body == nil)
        let other = clinux_tcp_connect("127.0.0.1", peer.broker.port, nil)
        #expect(other >= 0)
        close(other)
    }

    @Test func `what is dropped was acknowledged`() throws {
        let peer = try Peer(keeping(.dropAcknowledged(every: 2)))
        for text in ["a", "b", "c"] { #expect(try peer.produce(batch(text))?.error == ErrorCode.none) }
        #expect(try peer.fetch(from: 0) == [Array("a".utf8), Array("c".utf8)])
    }

    @Test func `a duplicated batch is there twice and a reordered one late`() throws {
        let twice = try Peer(keeping(.duplicate(every: 2)))
        for text in ["a", "b", "c"] { _ = try twice.produce(batch(text)) }
        #expect(try twice.fetch(from: 0).map { String(decoding: $0, as: UTF8.self) } == ["a", "b", "b", "c"])
        let late = try Peer(keeping(.reorder(every: 2)))
        for text in ["a", "b", "c"] { _ = try late.produce(batch(text)) }
        #expect(try late.fetch(from: 0).map { String(decoding: $0, as: UTF8.self) } == ["a", "c", "b"])
    }

    @Test func `a flipped payload passes the batch checksum`() throws {
        let peer = try Peer(keeping(.flipBit(every: 1)))
        _ = try peer.produce(batch("a"))
        let values = try peer.fetch(from: 0)
        #expect(values.count == 1 && values[0] != Array("a".utf8))
    }

    /// What is there of four batches of three records, `a` to `l`, of which records are spoilt.
    private func spoilt(_ fault: RecordDamage, every: Int) throws -> String {
        let peer = try Peer(keeping(.record(fault, every: every)))
        for first in stride(from: UInt8(ascii: "a"), through: UInt8(ascii: "j"), by: 3) {
            #expect(try peer.produce(batch((first..<first + 3).map { String(UnicodeScalar($0)) }))?.error == ErrorCode.none)
        }
        return try peer.fetch(from: 0).map { String(decoding: $0, as: UTF8.self) }.joined()
    }

    @Test func `single records are dropped, stored twice, exchanged and corrupted, and their batches stay readable`() throws {
        #expect(try spoilt(.drop, every: 5) == "abcdfghikl")
        #expect(try spoilt(.duplicate, every: 5) == "abcdeefghijjkl")
        #expect(try spoilt(.swap, every: 5) == "abcdfeghikjl")
        // 'e' and 'j' with a bit flipped.
        #expect(try spoilt(.corrupt, every: 5) == "abcdufghizkl")
        #expect(try spoilt(.drop, every: 1) == "")
        #expect(try spoilt(.drop, every: 13) == "abcdefghijkl")
    }

    @Test func `a record that has no neighbour is passed over for one that has`() throws {
        let peer = try Peer(keeping(.record(.swap, every: 1)))
        for texts in [["a"], ["b"], ["c", "d"], ["e"]] { _ = try peer.produce(batch(texts)) }
        #expect(try peer.fetch(from: 0).map { String(decoding: $0, as: UTF8.self) } == ["a", "b", "d", "c", "e"])
    }

    @Test func `the stamps of answers count them, and hold what they were held back`() throws {
        var configuration = keeping(.delay(nanoseconds: 3_000_000, share: 1))
        configuration.keepsStamps = true
        let peer = try Peer(configuration)
        for text in ["a", "b", "c"] { _ = try peer.produce(batch(text)) }
        _ = try peer.fetch(from: 0)
        let times = Mutex<AnswerTimes?>(nil), arrived = DispatchSemaphore(value: 0)
        peer.broker.answerTimes { stamped in
            times.withLock { $0 = stamped }
            arrived.signal()
        }
        arrived.wait()
        let stamped = try #require(times.withLock { $0 })
        #expect(stamped.produce.requests == 3 && stamped.fetch.requests == 1)
        #expect(try #require(stamped.produce.histogram.minimumNanoseconds) >= 3_000_000 && stamped.produce.quantiles == [:])
        #expect(try #require(stamped.fetch.histogram.minimumNanoseconds) >= 3_000_000)
    }

    @Test func `each request costs the CPU time that it is told to burn, and little else`() throws {
        let requests = 200, busy: UInt64 = 500_000
        func spent(_ nanoseconds: UInt64) throws -> Int64 {
            var configuration = NullBrokerConfiguration()
            configuration.busyNanosecondsPerRequest = nanoseconds
            let peer = try Peer(configuration)
            // As many of one kind as of the other; the smallest fetch is one batch.
            for _ in 0..<requests / 2 {
                #expect(try peer.produce(batch("a"))?.error == ErrorCode.none)
                #expect(try !peer.fetch(from: 0, atMost: 1).isEmpty)
            }
            return peer.end()
        }
        let idle = try spent(0), burning = try spent(busy)
        let told = Int64(busy) * Int64(requests)
        #expect(burning >= told, "\(burning) ns for \(told) ns to burn")
        #expect(burning - idle <= told * 5 / 4, "\(burning) ns for \(told) ns to burn, \(idle) ns without")
        #expect(idle < told / 2, "\(idle) ns with nothing to burn")
    }

    @Test func `a retry after a dropped connection is answered with the first offset`() throws {
        var configuration = keeping(.disconnect(every: 2))
        configuration.partitionCount = 1
        let peer = try Peer(configuration)
        #expect(try peer.produce(batch("a", producer: 1, sequence: 0))?.offset == 0)
        let second = try peer.produce(batch("b", producer: 1, sequence: 1))
        #expect(second?.offset == nil)
    }

    @Test func `an error is answered when it is due and nothing is stored for it`() throws {
        let peer = try Peer(keeping(.error(code: 7, every: 2)))
        #expect(try peer.produce(batch("a"))?.error == ErrorCode.none)
        #expect(try peer.produce(batch("b"))?.error == ErrorCode(rawValue: 7))
        #expect(try peer.fetch(from: 0).count == 1)
    }

    @Test func `a null broker counts offsets and serves the same records for ever`() throws {
        let peer = try Peer(.init())
        #expect(try peer.produce(batch("a"))?.offset == 0)
        #expect(try peer.produce(batch("a"))?.offset == 1)
        let first = try peer.fetch(from: 0)
        #expect(!first.isEmpty)
        #expect(try peer.fetch(from: 1_000_000) == first)
    }
}
