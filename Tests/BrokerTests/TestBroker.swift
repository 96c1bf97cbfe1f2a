// A real broker in this process, and raw sockets to it.
import Bytes
import CLinux
import CoreMetrics
import Glibc
import Host
import Logging
import Records
import Testing
import Vocabulary
import Wire

@testable import Broker

/// Serves a fresh directory until it is stopped, which happens at the latest with its last reference.
final class TestBroker {
    let broker: Broker
    let directory: String
    private var isRunning = true
    /// Whether the directory is somebody else's to remove.
    var keepsFiles = false

    init(
        loops: Int = 1, listeners: [String] = ["127.0.0.1:0"], directory: String? = nil, dataDirectories: [String] = ["data"],
        fileSystem: (any FileSystem)? = nil, countersPath: String? = nil,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance, _ settings: [String: String] = [:],
        beforeStart: (Broker) -> Void = { _ in }
    ) throws {
        self.directory = directory ?? "/tmp/tidemark-test-broker-\(getpid())-\(UInt64.random(in: 0..<UInt64.max))"
        var configuration = BrokerConfiguration()
        configuration.listeners = try listeners.map { try ListenSpecification(parsing: $0) }
        configuration.dataDirectories = dataDirectories.map { [directory = self.directory] in "\(directory)/\($0)" }
        configuration.loops = loops
        configuration.countersPath = countersPath
        for (key, value) in settings { try configuration.set(key, value, at: "test") }
        mkdir(self.directory, 0o755)
        var logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        broker = try Broker(configuration, logger: logger, metrics: metrics, fileSystem: fileSystem)
        beforeStart(broker)
        broker.start()
    }

    func connect(listener: Int = 0) throws -> RawClient { try RawClient(port: broker.endpoints[listener].port) }

    func counter(_ name: String) -> UInt64 { broker.page.value(named: name) ?? .max }

    /// Whether a counter comes to stand at `value`, waiting for it.
    func counterReaches(_ name: String, _ value: UInt64) -> Bool {
        for _ in 0..<5_000 {
            if counter(name) == value { return true }
            usleep(1_000)
        }
        return false
    }

    func stop() throws {
        guard isRunning else { return }
        isRunning = false
        broker.drain()
        try broker.wait()
    }

    deinit {
        try? stop()
        if !keepsFiles { removeTree(directory) }
    }
}

/// Waits until `condition` holds, ten seconds at most.
func eventually(_ condition: () throws -> Bool) throws {
    for _ in 0..<10_000 {
        if try condition() { return }
        usleep(1_000)
    }
    Issue.record("what was waited for did not come about in ten seconds")
}

/// Whether the broker answers the client's first question.
func isServed(_ client: RawClient) -> Bool {
    (try? client.ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self).errorCode) == ErrorCode.none
}

extension ApiVersionsRequest {
    /// As a client asks that says who it is, which it has to from version 3.
    static let ofTests = ApiVersionsRequest(clientSoftwareName: "tests", clientSoftwareVersion: "1")
}

/// `rm -r` without a shell.
func removeTree(_ path: String) {
    if let directory = opendir(path) {
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { removeTree("\(path)/\(name)") }
        }
        closedir(directory)
        rmdir(path)
    } else {
        unlink(path)
    }
}

/// A blocking socket that sends what it is told, and waits five seconds at most for an answer.
final class RawClient {
    let fd: Int32
    private var correlationID: Int32 = 0
    private var isOpen = true

    struct Silence: Error {}
    struct Closed: Error {}

    init(port: UInt16) throws {
        fd = clinux_tcp_connect("127.0.0.1", port, "cubic")
        try #require(fd >= 0)
        try wait(Int16(POLLOUT))
    }

    /// Speaks over a socket that is connected already.
    init(plaintext fd: Int32) { self.fd = fd }

    deinit { close() }

    func close() {
        if isOpen { _ = clinux_close(fd) }
        isOpen = false
    }

    private func wait(_ events: Int16, milliseconds: Int32 = 5_000) throws {
        var polled = pollfd(fd: fd, events: events, revents: 0)
        if poll(&polled, 1, milliseconds) == 0 { throw Silence() }
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { clinux_send(fd, $0.baseAddress! + sent, bytes.count - sent, false) }
            if count > 0 { sent += count } else if count == -Int(EAGAIN) { try wait(Int16(POLLOUT)) } else { throw Closed() }
        }
    }

    func receive(_ count: Int, milliseconds: Int32 = 5_000) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < count {
            let got = buffer.withUnsafeMutableBytes { clinux_recv(fd, $0.baseAddress!, min($0.count, count - bytes.count)) }
            if got > 0 { bytes += buffer[..<got] } else if got == -Int(EAGAIN) { try wait(Int16(POLLIN), milliseconds: milliseconds) } else { throw Closed() }
        }
        return bytes
    }

    /// The next frame without its length.
    func receiveFrame(milliseconds: Int32 = 5_000) throws -> [UInt8] {
        let length = try receive(4, milliseconds: milliseconds).reduce(0) { $0 << 8 | Int($1) }
        return try receive(length)
    }

    /// Whether the broker has closed the connection, waiting for it.
    func isClosedByPeer() -> Bool {
        do {
            while true { _ = try receive(1) }
        } catch { return error is Closed }
    }

    // MARK: messages

    /// The frame of a request.
    func frame<Request: WireMessage>(_ request: Request, _ version: Int16) -> [UInt8] {
        correlationID += 1
        var writer = ByteWriter()
        let start = Frame.begin(&writer)
        RequestHeader(key: Request.key, version: version, correlationID: correlationID, clientID: "test").encode(into: &writer)
        request.encode(into: &writer, version: version)
        Frame.end(&writer, at: start)
        return Array(writer.bytes)
    }

    @discardableResult
    func send<Request: WireMessage>(_ request: Request, _ version: Int16) throws -> Int32 {
        try send(frame(request, version))
        return correlationID
    }

    /// The next response, with its correlation id.
    func response<Response: WireMessage>(_: Response.Type, _ version: Int16) throws -> (id: Int32, body: Response) {
        let bytes = try receiveFrame()
        return try bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            let header = try ResponseHeader(from: &reader, key: Response.key, version: version)
            let body = try Response(from: &reader, version: version)
            #expect(reader.remaining == 0, "bytes are left over in a \(Response.key.name) response")
            return (header.correlationID, body)
        }
    }

    func ask<Request: WireMessage, Response: WireMessage>(_ request: Request, _ version: Int16, _: Response.Type) throws -> Response {
        let sent = try send(request, version)
        let answer = try response(Response.self, version)
        #expect(answer.id == sent)
        return answer.body
    }

    func create(_ name: String, partitions: Int32 = 1, _ configs: [String: String] = [:]) throws {
        let request = CreateTopicsRequest(topics: [
            .init(name: name, partitionCount: partitions, replicationFactor: 1, configs: configs.map { .init(name: $0.key, value: $0.value) })
        ])
        let response = try ask(request, 7, CreateTopicsResponse.self)
        #expect(response.topics.map(\.errorCode) == [.none])
    }

    func produce(_ topic: String, _ batch: [UInt8]?, acks: Int16 = -1, version: Int16 = 9) throws -> ProduceResponse.Partition {
        try produce(topic, 0, batch, acks: acks, version: version)
    }

    func produce(_ topic: String, _ partition: Int32, _ batch: [UInt8]?, acks: Int16 = -1, version: Int16 = 9) throws -> ProduceResponse.Partition {
        let response = try ask(produceRequest(topic, [(partition, batch)], acks: acks), version, ProduceResponse.self)
        return try #require(response.topics.first?.partitions.first)
    }

    func fetch(
        _ topic: String, _ partition: Int32 = 0, from offset: Offset, maxBytes: Int32 = 1 << 20, minBytes: Int32 = 1,
        waitMilliseconds: Int32 = 0, version: Int16 = 12
    ) throws -> FetchResponse.Partition {
        let request = fetchRequest(
            topic, [(partition, offset, maxBytes)], minBytes: minBytes, waitMilliseconds: waitMilliseconds)
        let response = try ask(request, version, FetchResponse.self)
        return try #require(response.topics.first?.partitions.first)
    }

    func endOffset(_ topic: String, _ partition: Int32 = 0) throws -> Offset {
        try list(topic, partition, ListOffsetsRequest.latestTimestamp).offset
    }

    func list(_ topic: String, _ timestamp: Int64) throws -> ListOffsetsResponse.Partition { try list(topic, 0, timestamp) }

    func list(_ topic: String, _ partition: Int32, _ timestamp: Int64) throws -> ListOffsetsResponse.Partition {
        let request = ListOffsetsRequest(topics: [
            .init(name: topic, partitions: [.init(partitionIndex: partition, timestamp: timestamp)])
        ])
        return try #require(try ask(request, 7, ListOffsetsResponse.self).topics.first?.partitions.first)
    }
}

func produceRequest(_ topic: String, _ batches: [(Int32, [UInt8]?)], acks: Int16 = -1) -> ProduceRequest {
    ProduceRequest(
        acks: acks, timeoutMilliseconds: 5_000,
        topics: [.init(name: topic, partitions: batches.map { .init(index: $0.0, records: $0.1) })])
}

func fetchRequest(
    _ topic: String, _ partitions: [(Int32, Offset, Int32)], minBytes: Int32 = 1, maxBytes: Int32 = .max, waitMilliseconds: Int32 = 0
) -> FetchRequest {
    FetchRequest(
        maxWaitMilliseconds: waitMilliseconds, minBytes: minBytes, maxBytes: maxBytes,
        topics: [
            .init(
                name: topic,
                partitions: partitions.map { .init(partition: $0.0, fetchOffset: $0.1, partitionMaxBytes: $0.2) })
        ])
}

/// A batch of `count` records of `valueBytes` bytes that differ.
func batch(
    _ count: Int = 1, valueBytes: Int = 10, seed: UInt8 = 1, producer: ProducerID = -1, sequence: Int32 = -1, timestamp: Int64 = 1_000
) -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 200 + count * (valueBytes + 40), alignment: 16)
    defer { memory.deallocate() }
    var builder = BatchBuilder(into: memory)
    builder.begin(timestampMilliseconds: timestamp)
    for record in 0..<count {
        let value = (0..<valueBytes).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ record &* 13) ^ seed }
        let fits = value.withUnsafeBytes { builder.append(key: nil, value: $0, timestampMilliseconds: timestamp) }
        precondition(fits)
    }
    return Array(builder.finish(producerID: producer, producerEpoch: producer < 0 ? -1 : 0, baseSequence: sequence))
}

/// A batch as the log keeps it: with its offset.
func stored(_ batch: [UInt8], at offset: Offset) -> [UInt8] {
    withUnsafeBytes(of: offset.bigEndian) { Array($0) } + batch[8...]
}
