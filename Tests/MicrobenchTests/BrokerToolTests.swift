import Foundation
import Testing

/// The benchmarks that start a broker or a C server, tiny. The figures mean nothing here.
@Suite(.serialized) struct BrokerToolTests {
    @Test(arguments: [
        ["broker-produce", "--dir", ".", "--batch-bytes", "100"], ["broker-produce", "--dir", ".", "--batch-bytes", "2000000"],
        ["broker-fetch", "--dir", ".", "--log-mebibytes", "1"], ["broker-fetch", "--dir", ".", "--placement", "elsewhere"],
        ["rss", "--dir", ".", "--partitions", "0"], ["serve-reference", "splice"], ["serve-reference", "constant", "--head", "00"],
        ["serve-reference", "copy", "--file", "f", "--file-bytes", "10", "--from", "10"],
        ["serve-reference", "gift"],
    ])
    func `a command line that makes no sense is refused with the usage exit code`(arguments: [String]) throws {
        #expect(try MicrobenchRun(arguments).status == 64)
    }

    @Test func `the broker receives batches of two sizes beside the C server`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "broker-produce", "--dir", scratch.path, "--batch-bytes", "65536", "300000", "--placement", "free", "--seconds", "0.1",
            "--most-mebibytes", "4", "--pairs", "1", "--pool-mebibytes", "1", "--json",
        ]).object()
        #expect(object["command"] as? String == "broker-produce")
        let sizes = try #require(object["sizes"] as? [[String: Any]])
        #expect(sizes.compactMap { $0["placement"] as? String } == ["free", "free"])
        for size in sizes {
            try expectComparison(size, ours: "broker")
            let broker = try #require(size["broker"] as? [String: Any])
            #expect(try #require(broker["cpuSecondsPerGB"] as? Double) > 0 && (try #require(broker["recordsPerSecond"] as? Double)) > 0)
        }
        #expect(scratch.isEmpty)
    }

    @Test func `the broker serves a cached log beside bare splice, with the floor under both`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "broker-fetch", "--dir", scratch.path, "--log-mebibytes", "4", "--placement", "free", "same", "--seconds", "0.1", "--pairs", "1", "--json",
        ]).object()
        let placements = try #require(object["placements"] as? [[String: Any]])
        #expect(placements.compactMap { $0["placement"] as? String } == ["free", "same"])
        for placement in placements {
            try expectComparison(placement, ours: "broker")
            #expect(try #require(placement["floorGBps"] as? Double) > 0)
            #expect(try #require(placement["floorCPUSecondsPerGB"] as? Double) > 0)
            let resident = try #require(placement["residentShare"] as? Double)
            #expect(resident > 0.5 && resident <= 1)
        }
        #expect(scratch.isEmpty)
    }

    @Test func `the broker's memory is read fresh, with everything open, and after each quarter of a load`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "rss", "--dir", scratch.path, "--connections", "3", "--partitions", "4", "--load-mebibytes", "4", "--json",
        ]).object()
        #expect(object["connections"] as? Int == 3 && object["partitions"] as? Int == 4)
        let readings = try #require(object["readings"] as? [[String: Any]])
        #expect(readings.compactMap { $0["at"] as? String } == [
            "fresh", "connections", "partitions created", "partitions written", "after 1 MiB", "after 2 MiB", "after 3 MiB", "after 4 MiB",
        ])
        let peak = try #require(object["peakBytes"] as? Int)
        for reading in readings {
            let whole = try #require(reading["rssBytes"] as? Int)
            let own = try #require(reading["anonymousBytes"] as? Int)
            #expect(own > 0 && own < whole && whole <= peak)
        }
        #expect(scratch.isEmpty)
    }

    @Test func `the C server alone answers with the file's bytes in turn, and ends when it is told`() throws {
        let scratch = try Scratch()
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try Data(bytes).write(to: URL(fileURLWithPath: scratch.path + "/file"))
        for mode in ["splice", "sendfile", "copy"] {
            let server = try ReferenceServer([
                mode, "--file", scratch.path + "/file", "--file-bytes", "300", "--chunk", "100", "--head", "0000006c00000000aabbccdd",
            ])
            for turn in 0..<4 {
                let answer = try server.ask(correlation: UInt8(turn + 1), answerBytes: 112)
                #expect(Array(answer[..<12]) == [0, 0, 0, 0x6c, 0, 0, 0, UInt8(turn + 1), 0xaa, 0xbb, 0xcc, 0xdd])
                let start = turn % 3 * 100
                #expect(Array(answer[12...]) == Array(bytes[start..<start + 100]), "\(mode), answer \(turn)")
            }
            #expect(server.stop() == 0)
        }
    }

    @Test func `a connection begins where the server was told to, and the file is gone round from there`() throws {
        let scratch = try Scratch()
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try Data(bytes).write(to: URL(fileURLWithPath: scratch.path + "/file"))
        let server = try ReferenceServer(["copy", "--file", scratch.path + "/file", "--from", "200", "--file-bytes", "300", "--chunk", "100"])
        for (turn, start) in [200, 0, 100].enumerated() {
            #expect(Array(try server.ask(correlation: UInt8(turn), answerBytes: 108)[8...]) == Array(bytes[start..<start + 100]))
        }
        #expect(server.stop() == 0)
    }

    @Test func `the floor's server sends as many bytes of no file`() throws {
        let server = try ReferenceServer(["constant", "--chunk", "5000"])
        for turn in 1...3 {
            let answer = try server.ask(correlation: UInt8(turn), answerBytes: 5008)
            #expect(answer[7] == UInt8(turn) && Set(answer[8...]).count == 1)
        }
        #expect(server.stop() == 0)
    }
}

/// A started `microbench serve-reference` and one connection to it.
private final class ReferenceServer {
    private let process = Process()
    private let descriptor: Int32

    init(_ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: ".build/debug/microbench")
        process.arguments = ["serve-reference"] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let words = line.split(whereSeparator: \.isWhitespace)
        let port = words.first { $0.hasPrefix("port=") }.flatMap { UInt16($0.dropFirst(5)) }
        #expect(line.hasPrefix("reference ready pid="))
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = try #require(port, "‘\(line)’").bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        try #require(connected == 0, "connect: \(errno)")
    }

    deinit {
        close(descriptor)
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Sends one request of ten bytes and reads its answer.
    func ask(correlation: UInt8, answerBytes: Int) throws -> [UInt8] {
        let request: [UInt8] = [0, 0, 0, 10, 0, 1, 0, 11, 0, 0, 0, correlation, 0xff, 0xff]
        try #require(send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count)
        var answer = [UInt8](repeating: 0, count: answerBytes)
        try #require(recv(descriptor, &answer, answerBytes, Int32(MSG_WAITALL)) == answerBytes)
        return answer
    }

    /// SIGTERM; its exit code.
    func stop() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }
}
