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

/// A blocking client of a null broker that runs on a thread of its own.
private final class Peer {
    let broker: NullBroker
    private let thread: WorkerThread
    private let socket: Int32
    private var correlation: Int32 = 0

    init(_ configuration: NullBrokerConfiguration) throws {
        broker = try NullBroker(configuration)
        thread = broker.start()
        socket = clinux_tcp_connect("127.0.0.1", broker.port, "cubic")
        _ = fcntl(socket, F_SETFL, 0)
    }

    deinit {
        close(socket)
        broker.stop()
    }

    /// Sends a request and returns the frame of the answer and where its body starts; nil when the peer closed.
    func exchange(_ key: APIKey, _ version: Int16, _ body: (inout ByteWriter) -> Void) throws -> (frame: [UInt8], body: Int)? {
        correlation += 1
        var writer = ByteWriter()
        let start = Frame.begin(&writer)
        RequestHeader(key: key, version: version, correlationID: correlation, clientID: "test").encode(into: &writer)
        body(&writer)
        Frame.end(&writer, at: start)
        guard send(socket, writer.bytes.baseAddress, writer.count, Int32(MSG_NOSIGNAL)) == writer.count else { return nil }
        guard let size = receive(4) else { return nil }
        let count = size.reduce(0) { $0 << 8 | Int($1) }
        guard let frame = receive(count) else { return nil }
        let position = try frame.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            let header = try ResponseHeader(from: &reader, key: key, version: version)
            #expect(header.correlationID == correlation)
            return reader.position
        }
        return (frame, position)
    }

    private func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var got = 0
        while got < count {
            let n = bytes.withUnsafeMutableBytes { recv(socket, $0.baseAddress! + got, count - got, 0) }
            if n <= 0 { return nil }
            got += n
        }
        return bytes
    }

    /// The error code and base offset that a batch was answered with; nil when the peer closed.
    func produce(_ batch: [UInt8]) throws -> (error: ErrorCode, offset: Offset)? {
        let request = ProduceRequest(
            acks: -1, timeoutMilliseconds: 1000, topics: [.init(name: "t", partitions: [.init(index: 0, records: batch)])])
        guard let answer = try exchange(.produce, 8, { request.encode(into: &$0, version: 8) }) else { return nil }
        return try answer.frame.withUnsafeBytes { raw in
            var reader = ByteReader(raw, from: answer.body)
            let part = try ProduceResponse(from: &reader, version: 8).topics[0].partitions[0]
            return (part.errorCode, part.baseOffset)
        }
    }

    /// The values of all records from `offset` on.
    func fetch(from offset: Offset) throws -> [[UInt8]] {
        let request = FetchRequest(
            maxWaitMilliseconds: 0, minBytes: 1,
            topics: [.init(name: "t", partitions: [.init(partition: 0, fetchOffset: offset, partitionMaxBytes: 1 << 20)])])
        let answer = try #require(try exchange(.fetch, 11) { request.encode(into: &$0, version: 11) })
        let records = try answer.frame.withUnsafeBytes { raw in
            var reader = ByteReader(raw, from: answer.body)
            return try FetchResponse(from: &reader, version: 11).topics[0].partitions[0].records ?? []
        }
        return try records.withUnsafeBytes { raw in
            var values: [[UInt8]] = []
            var position = 0
            while position < raw.count {
                let view = try BatchValidation.stored(UnsafeRawBufferPointer(rebasing: raw[position...]))
                var iterator = RecordIterator(view.records)
                while let record = try iterator.next() { values.append(record.value.map(Array.init) ?? []) }
                position += view.size
            }
            return values
        }
    }
}

/// A batch of one record.
private func batch(_ text: String, producer: ProducerID = -1, sequence: Int32 = -1) -> [UInt8] {
    batch([text], producer: producer, sequence: sequence)
}

private func batch(_ texts: [String], producer: ProducerID = -1, sequence: Int32 = -1) -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1024, alignment: 16)
    defer { memory.deallocate() }
    var builder = BatchBuilder(into: memory)
    builder.begin(timestampMilliseconds: 5)
    for text in texts { _ = Array(text.utf8).withUnsafeBytes { builder.append(key: nil, value: $0, timestampMilliseconds: 5) } }
    return Array(builder.finish(producerID: producer, producerEpoch: producer < 0 ? -1 : 0, baseSequence: sequence))
}

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
