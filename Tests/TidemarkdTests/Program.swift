// Runs the built `tidemarkd` as its users do.
import Bytes
import CLinux
import Foundation
import Glibc
import Records
import Testing
import Wire

/// One run to its end.
struct ProgramRun {
    let status: Int32
    let standardOutput: String
    let standardError: String

    /// - Parameter input: what it reads from standard input.
    init(_ arguments: [String], input: String = "") throws {
        let process = Process()
        process.executableURL = programPath
        process.arguments = arguments
        let (out, error) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = error
        let given = Pipe()
        process.standardInput = given
        try process.run()
        // A program that refuses its arguments may be gone by now, and reads nothing: its status says what there is to say.
        if !input.isEmpty { try? given.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
        try given.fileHandleForWriting.close()
        let outData = out.fileHandleForReading.readDataToEndOfFile()
        standardError = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
        standardOutput = String(decoding: outData, as: UTF8.self)
    }

    var lines: [String] { standardOutput.split(separator: "\n").map(String.init) }

    func objects() throws -> [[String: Any]] {
        try lines.map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)") }
    }
}

private var programPath: URL { URL(fileURLWithPath: ".build/debug/tidemarkd") }

/// A directory for one test, removed with it.
final class Scratch {
    let path = NSTemporaryDirectory() + "tidemark-test-tidemarkd-\(UUID().uuidString)"
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A broker with topic "t" of one partition.
final class Served {
    private let process = Process()
    private let connection: Int32
    private var correlation: Int32 = 0

    init(_ directory: String, arguments: [String] = []) throws {
        process.executableURL = programPath
        process.arguments = ["serve", "--data-dir", directory, "--listen", "127.0.0.1:0", "--loops", "1"] + arguments
        let out = Pipe()
        process.standardOutput = out
        process.standardError = FileHandle.nullDevice
        try process.run()
        var ready = ""
        while !ready.hasSuffix("\n"), let more = try out.fileHandleForReading.read(upToCount: 1), !more.isEmpty {
            ready += String(decoding: more, as: UTF8.self)
        }
        let port = try #require(ready.split(separator: ":").last.flatMap { UInt16($0.trimmingCharacters(in: .whitespacesAndNewlines)) }, "\(ready)")
        connection = clinux_tcp_connect("127.0.0.1", port, "cubic")
        var wait = pollfd(fd: connection, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, 5000)
        _ = fcntl(connection, F_SETFL, fcntl(connection, F_GETFL) & ~O_NONBLOCK)
        let request = CreateTopicsRequest(topics: [.init(name: "t", partitionCount: 1, replicationFactor: 1)])
        _ = try ask(.createTopics, version: 5) { request.encode(into: &$0, version: 5) }
    }

    deinit {
        close(connection)
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Ends it in order.
    func stop() {
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
    }

    /// One batch of `count` records, acknowledged.
    func produce(_ count: Int) throws {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * count + 256, alignment: 8)
        defer { memory.deallocate() }
        var builder = BatchBuilder(into: memory)
        builder.begin(timestampMilliseconds: 1_700_000_000_000)
        for index in 0..<count {
            let (key, value) = (Array("key-\(index)".utf8), Array("value \(index)".utf8))
            let fits = key.withUnsafeBytes { key in
                value.withUnsafeBytes { builder.append(key: key, value: $0, timestampMilliseconds: 1_700_000_000_000) }
            }
            #expect(fits)
        }
        let batch = Array(builder.finish())
        var cut = 0
        let answer = try ask(.produce, version: 9, inserting: batch) { writer in
            var body = ProduceRequestWriter(into: &writer, version: 9, acks: 1, timeoutMilliseconds: 10_000, topicCount: 1)
            Array("t".utf8).withUnsafeBytes { body.topic($0, partitionCount: 1, into: &writer) }
            cut = body.partition(index: 0, recordsCount: batch.count, into: &writer)
            body.finish(into: &writer)
            return cut
        }
        // Correlation id, tags, one topic of one byte, one partition: its number, then the error.
        #expect(Array(answer[13...14]) == [0, 0], "\(answer)")
    }

    private func ask(
        _ key: APIKey, version: Int16, inserting external: [UInt8] = [], _ body: (inout ByteWriter) -> Int
    ) throws -> [UInt8] {
        correlation += 1
        var writer = ByteWriter()
        let start = Frame.begin(&writer)
        RequestHeader(key: key, version: version, correlationID: correlation, clientID: "test").encode(into: &writer)
        let cut = body(&writer)
        Frame.end(&writer, at: start, externalBytes: external.count)
        let bytes = Array(writer.bytes)
        let frame = external.isEmpty ? bytes : Array(bytes[..<cut]) + external + Array(bytes[cut...])
        var sent = 0
        while sent < frame.count {
            let count = frame.withUnsafeBytes { Glibc.send(connection, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL)) }
            try #require(count > 0)
            sent += count
        }
        let length = try receive(4).reduce(0) { $0 << 8 | Int($1) }
        return try receive(length)
    }

    private func ask(_ key: APIKey, version: Int16, _ body: (inout ByteWriter) -> Void) throws -> [UInt8] {
        try ask(key, version: version, inserting: []) { writer in
            body(&writer)
            return 0
        }
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try #require(recv(connection, &bytes, count, Int32(MSG_WAITALL)) == count)
        return bytes
    }
}
