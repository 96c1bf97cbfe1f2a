// A client of a null broker, and batches for it to send.
import Bytes
import CLinux
import Glibc
import Host
import NullBroker
import Records
import Synchronization
import Testing
import Vocabulary
import Wire

/// What a broker's thread has used when it is over.
private final class Spent: Sendable {
    let nanoseconds = Atomic<Int64>(0)
}

/// A blocking client of a null broker that runs on a thread of its own.
final class Peer {
    let broker: NullBroker
    private let thread: WorkerThread
    private let spent = Spent()
    private let socket: Int32
    private var correlation: Int32 = 0

    init(_ configuration: NullBrokerConfiguration) throws {
        broker = try NullBroker(configuration)
        let serving = broker, used = spent
        thread = WorkerThread(name: "null-broker") {
            let start = clinux_thread_cpu_ns()
            try? serving.run()
            used.nanoseconds.store(clinux_thread_cpu_ns() - start, ordering: .releasing)
        }
        socket = clinux_tcp_connect("127.0.0.1", broker.port, "cubic")
        _ = fcntl(socket, F_SETFL, 0)
    }

    deinit {
        close(socket)
        broker.stop()
    }

    /// Ends the broker. To be called once.
    ///
    /// - Returns: the CPU time of its thread, nanoseconds.
    func end() -> Int64 {
        broker.stop()
        thread.join()
        return spent.nanoseconds.load(ordering: .acquiring)
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

    /// The values of the records from `offset` on.
    func fetch(from offset: Offset, atMost maxBytes: Int32 = 1 << 20) throws -> [[UInt8]] {
        let request = FetchRequest(
            maxWaitMilliseconds: 0, minBytes: 1,
            topics: [.init(name: "t", partitions: [.init(partition: 0, fetchOffset: offset, partitionMaxBytes: maxBytes)])])
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
func batch(_ text: String, producer: ProducerID = -1, sequence: Int32 = -1) -> [UInt8] {
    batch([text], producer: producer, sequence: sequence)
}

func batch(_ texts: [String], producer: ProducerID = -1, sequence: Int32 = -1) -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1024, alignment: 16)
    defer { memory.deallocate() }
    var builder = BatchBuilder(into: memory)
    builder.begin(timestampMilliseconds: 5)
    for text in texts { _ = Array(text.utf8).withUnsafeBytes { builder.append(key: nil, value: $0, timestampMilliseconds: 5) } }
    return Array(builder.finish(producerID: producer, producerEpoch: producer < 0 ? -1 : 0, baseSequence: sequence))
}
