import Foundation
import Testing

/// Each benchmark runs tiny, so that none can rot. The figures mean nothing here.
@Suite(.serialized) struct ToolTests {
    @Test func `the version names the program and its commit`() throws {
        let run = try MicrobenchRun(["--version"])
        #expect(run.standardOutput.hasPrefix("microbench 0."))
    }

    @Test(arguments: [["calibrate"], ["crc", "--pairs", "0"], ["batch-building", "--value-bytes", "31"], ["nothing"]])
    func `a wrong command line is refused with the usage exit code`(arguments: [String]) throws {
        #expect(try MicrobenchRun(arguments).status == 64)
    }

    @Test func `a directory that is not there is named`() throws {
        let run = try MicrobenchRun(["calibrate", "--dir", "/nowhere", "--json"])
        #expect(run.status != 0)
        #expect(run.standardError.contains("/nowhere"))
        #expect(run.standardOutput.isEmpty)
    }

    @Test func `calibration answers every item and leaves nothing behind`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun(
            ["calibrate", "--dir", scratch.path, "--seconds", "0.02", "--most-mebibytes", "8", "--json"]).object()
        #expect(object["tier"] as? String == "quick")
        let items = try #require(object["items"] as? [[String: Any]])
        let names = items.compactMap { $0["name"] as? String }
        #expect(names == [
            "crc_varint_one_core", "crc_varint_all_cores", "memcpy_64mib", "tcp_stream", "tcp_ping_p50", "tcp_ping_p99",
            "write_buffered", "write_direct", "append_fdatasync_p50", "append_fdatasync_p99", "read_cached", "random_read_p50",
            "random_read_p99", "timer_wakeup_p50", "timer_wakeup_p99",
        ])
        for item in items {
            let value = item["value"] as? Double
            #expect(value.map { $0 > 0 } ?? (item["unavailable"] != nil), "\(item)")
        }
        #expect(scratch.isEmpty)
    }

    @Test func `checksums run beside the C function`() throws {
        try expectComparison(try MicrobenchRun(["crc", "--seconds", "0.01", "--pairs", "2", "--json"]).object())
    }

    @Test func `batches of two sizes are built beside the C loop`() throws {
        let object = try MicrobenchRun(
            ["batch-building", "--seconds", "0.01", "--pairs", "1", "--pool-mebibytes", "1", "--json"]).object()
        let sizes = try #require(object["sizes"] as? [[String: Any]])
        #expect(sizes.compactMap { $0["valueBytes"] as? Int } == [100, 1024])
        for size in sizes { try expectComparison(size) }
    }
}
