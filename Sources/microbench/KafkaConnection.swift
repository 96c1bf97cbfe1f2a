// One blocking connection for set-up requests; the timed load goes through the C generator.
internal import Bytes
internal import CLinux
internal import Glibc
internal import Host
internal import Wire

final class KafkaConnection {
    private let descriptor: Int32
    private var correlation: Int32 = 0

    init(port: UInt16) throws {
        descriptor = try checked(clinux_tcp_connect("127.0.0.1", port, "cubic"), "connect", "127.0.0.1:\(port)")
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&wait, 1, 5000)
        _ = try checked(clinux_socket_error(descriptor), "connect", "127.0.0.1:\(port)")
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Sends a request and waits for its answer.
    func ask<Response: WireMessage>(_ request: some WireMessage, version: Int16, as _: Response.Type = Response.self) throws -> Response {
        correlation += 1
        try send(Frames.request(request, version: version, correlationID: correlation))
        let answer = try receive()
        return try answer.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            _ = try ResponseHeader(from: &reader, key: Response.key, version: version)
            return try Response(from: &reader, version: version)
        }
    }

    func send(_ frame: [UInt8]) throws {
        var sent = 0
        while sent < frame.count {
            let count = frame.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw SystemError(call: "send", errno: errno, subject: "broker") }
            sent += count
        }
    }

    /// The next frame without its length.
    func receive() throws -> [UInt8] {
        let length = try receive(4).withUnsafeBytes { Int(Int32(bigEndian: $0.loadUnaligned(as: Int32.self))) }
        return try receive(length)
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard recv(descriptor, &bytes, count, Int32(MSG_WAITALL)) == count else {
            throw SystemError(call: "recv", errno: errno == 0 ? EPIPE : errno, subject: "broker")
        }
        return bytes
    }

    func createTopic(_ name: String, partitions: Int32) throws {
        // The records carry a fixed time of years ago: retention must not take them for old ones.
        let request = CreateTopicsRequest(topics: [
            .init(name: name, partitionCount: partitions, replicationFactor: 1, configs: [.init(name: "retention.ms", value: "-1")])
        ])
        let answer: CreateTopicsResponse = try ask(request, version: 5)
        for topic in answer.topics where topic.errorCode != .none {
            throw SetupFailure(description: "CreateTopics \(name): \(topic.errorCode) \(topic.errorMessage ?? "")")
        }
    }

    func deleteTopic(_ name: String) throws {
        let _: DeleteTopicsResponse = try ask(DeleteTopicsRequest(topics: [.init(name: name)], timeoutMilliseconds: 10_000), version: 5)
    }
}

struct SetupFailure: Error, CustomStringConvertible { let description: String }

/// Requests as bytes, ready to be sent again and again.
enum Frames {
    static func request(_ request: some WireMessage, version: Int16, correlationID: Int32) -> [UInt8] {
        var writer = ByteWriter()
        let start = Frame.begin(&writer)
        RequestHeader(key: type(of: request).key, version: version, correlationID: correlationID, clientID: "microbench").encode(into: &writer)
        request.encode(into: &writer, version: version)
        Frame.end(&writer, at: start)
        return Array(writer.bytes)
    }

    /// Produce at version 9, acks 1, one batch for partition 0.
    static func produce(_ batch: UnsafeRawBufferPointer, topic: String, partition: Int32 = 0) -> [UInt8] {
        var writer = ByteWriter()
        let start = Frame.begin(&writer)
        RequestHeader(key: .produce, version: 9, correlationID: 1, clientID: "microbench").encode(into: &writer)
        var body = ProduceRequestWriter(into: &writer, version: 9, acks: 1, timeoutMilliseconds: 10_000, topicCount: 1)
        var name = topic
        name.withUTF8 { body.topic(UnsafeRawBufferPointer($0), partitionCount: 1, into: &writer) }
        let cut = body.partition(index: partition, recordsCount: batch.count, into: &writer)
        body.finish(into: &writer)
        Frame.end(&writer, at: start, externalBytes: body.externalBytes)
        let bytes = Array(writer.bytes)
        return Array(bytes[..<cut]) + Array(batch) + Array(bytes[cut...])
    }

    /// Where the error code stands in the answer to `produce`: behind length, correlation id, tags, and one topic.
    static func produceErrorPosition(topic: String) -> Int32 { Int32(4 + 4 + 1 + 1 + 1 + topic.utf8.count + 1 + 4) }

    /// Fetch at version 11: the last without tags behind the records, so that the answer ends with the file's bytes.
    static func fetch(topic: String, offset: Int64, bytes: Int) -> [UInt8] {
        let partition = FetchRequest.Partition(partition: 0, fetchOffset: offset, partitionMaxBytes: Int32(bytes))
        let fetch = FetchRequest(
            maxWaitMilliseconds: 500, minBytes: 1, maxBytes: Int32(bytes), topics: [.init(name: topic, partitions: [partition])])
        return request(fetch, version: 11, correlationID: 1)
    }

    /// Everything of a fetch answer at version 11 in front of `bytes` of records.
    static func fetchAnswerHead(topic: String, bytes: Int) -> [UInt8] {
        var writer = ByteWriter()
        let start = Frame.begin(&writer)
        ResponseHeader(correlationID: 1).encode(into: &writer, key: .fetch, version: 11)
        var body = FetchResponseWriter(into: &writer, version: 11, topicCount: 1)
        var name = topic
        name.withUTF8 { body.topic(UnsafeRawBufferPointer($0), partitionCount: 1, into: &writer) }
        body.partition(index: 0, highWatermark: 0, lastStableOffset: 0, logStartOffset: 0, recordsCount: bytes, into: &writer)
        body.finish(into: &writer)
        Frame.end(&writer, at: start, externalBytes: body.externalBytes)
        return Array(writer.bytes)
    }
}
