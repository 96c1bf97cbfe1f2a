import Foundation
import Testing

/// Each benchmark runs tiny, so that none can rot. The figures mean nothing here.
@Suite(.serialized) struct ToolTests {
    @Test func `the version names the program and its commit`() throws {
        let run = try MicrobenchRun(["--version"])
        #expect(run.standardOutput.hasPrefix("microbench 0."))
    }

    @Test(arguments: [["calibrate"], ["calibrate", "--dir", ".", "--only", "luck"], ["crc", "--pairs", "0"], ["batch-building", "--value-bytes", "31"], ["gate-simulation", "--trials", "0"], ["nothing"]])
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
            "random_read_p99", "read_direct", "timer_wakeup_p50", "timer_wakeup_p99",
        ])
        for item in items {
            let value = item["value"] as? Double
            #expect(value.map { $0 > 0 } ?? (item["unavailable"] != nil), "\(item)")
        }
        #expect(scratch.isEmpty)
    }

    @Test func `one item of the calibration can be asked for alone, and its slices are told`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun(
            ["calibrate", "--dir", scratch.path, "--seconds", "0.05", "--most-mebibytes", "8", "--only", "write_direct", "--json"]).object()
        let items = try #require(object["items"] as? [[String: Any]])
        #expect(items.compactMap { $0["name"] as? String } == ["write_direct"])
        guard let value = items[0]["value"] as? Double else { return #expect(items[0]["unavailable"] != nil) }
        let slices = try #require(items[0]["slices"] as? [Double])
        #expect(slices.count == 5 && slices.sorted()[2] == value)
        #expect(scratch.isEmpty)
    }

    @Test func `a held echo tells what lies between the stamps, and not how long the answer was held`() throws {
        let object = try MicrobenchRun(["held-echo", "--seconds", "0.3", "--hold-microseconds", "20000", "--rest-microseconds", "0", "--json"]).object()
        let items = try #require(object["items"] as? [[String: Any]])
        #expect(items.compactMap { $0["name"] as? String } == ["held_echo_p50", "held_echo_p99"])
        let median = try #require(items[0]["value"] as? Double)
        #expect(median > 0 && median < 20e6, "\(median)")
        #expect(try MicrobenchRun(["held-echo", "--seconds", "0"]).status == 64)
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

    @Test(arguments: ["none", "every-append"])
    func `the engine appends beside the C loop`(flush: String) throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "engine-append", "--dir", scratch.path, "--flush", flush, "--seconds", "0.05", "--pairs", "2", "--most-mebibytes", "4",
            "--segment-bytes", "2097152", "--json",
        ]).object()
        try expectComparison(object, ours: "engine")
        #expect(object["durability"] as? String == flush)
        let onCPU = try #require(object["appenderCPUShare"] as? Double)
        #expect(onCPU > 0 && onCPU <= 1.01)
        if flush == "none" { #expect(object["syncShare"] is NSNull) } else { #expect(try #require(object["syncShare"] as? Double) > 0) }
        #expect(scratch.isEmpty)
    }

    @Test(arguments: [("none", 1), ("none", 8), ("every-append", 5)])
    func `the batches of a tick go to many logs, on both sides alike`(flush: String, gather: Int) throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "engine-append", "--dir", scratch.path, "--flush", flush, "--seconds", "0.02", "--pairs", "1", "--most-mebibytes", "2",
            "--partitions", "3", "--gather", "\(gather)", "--batch-bytes", "4096", "--segment-bytes", "65536", "--json",
        ]).object()
        try expectComparison(object, ours: "engine")
        #expect(object["partitions"] as? Int == 3 && object["gather"] as? Int == gather && object["segmentBytes"] as? Int == 65_536)
        #expect(scratch.isEmpty)
    }

    @Test func `segments without space ahead are appended to as well`() throws {
        let scratch = try Scratch()
        let options = ["--seconds", "0.02", "--pairs", "1", "--most-mebibytes", "4", "--segment-bytes", "1048576", "--json"]
        let without = try MicrobenchRun(["engine-append", "--dir", scratch.path, "--no-preallocate"] + options).object()
        try expectComparison(without, ours: "engine")
        #expect(without["preallocates"] as? Bool == false)
        #expect(try MicrobenchRun(["engine-append", "--dir", scratch.path] + options).object()["preallocates"] as? Bool == true)
    }

    @Test(arguments: [["--partitions", "0"], ["--partitions", "10001"], ["--gather", "0"], ["--gather", "1000000"], ["--segment-bytes", "65535"], ["--segment-bytes", "2147483648"]])
    func `logs that nobody can append to are refused`(options: [String]) throws {
        #expect(try MicrobenchRun(["engine-append", "--dir", "."] + options).status == 64)
    }

    @Test(arguments: ["ms:5", "messages:1000"])
    func `a policy that the C loop lacks has no ratio`(flush: String) throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "engine-append", "--dir", scratch.path, "--flush", flush, "--seconds", "0.05", "--pairs", "1", "--most-mebibytes", "4", "--json",
        ]).object()
        #expect(object["ratio"] is NSNull)
        let engine = try #require(object["engine"] as? [String: Any])
        #expect(try #require(engine["GBps"] as? Double) > 0)
    }

    @Test(arguments: ["ms:0", "messages:1", "sometimes", "ms", "none:1"])
    func `a durability that does not exist is refused`(flush: String) throws {
        #expect(try MicrobenchRun(["engine-append", "--dir", ".", "--flush", flush]).status == 64)
    }

    @Test func `fetches are planned beside the C search`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "fetch-planning", "--dir", scratch.path, "--log-mebibytes", "2", "--seconds", "0.01", "--pairs", "1", "--json",
        ]).object()
        let orders = try #require(object["orders"] as? [[String: Any]])
        #expect(orders.count == 2)
        for order in orders { try expectComparison(order) }
        #expect(scratch.isEmpty)
    }

    @Test func `a log is recovered beside the C check, every byte of it`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "recovery", "--dir", scratch.path, "--log-mebibytes", "5", "--segment-mebibytes", "2", "--pairs", "2", "--json",
        ]).object()
        try expectComparison(object, ours: "engine")
        let (engine, limit) = (object["engine"] as? [String: Any], object["limit"] as? [String: Any])
        #expect(engine?["bytes"] as? Double == limit?["bytes"] as? Double)
        #expect(engine?["batches"] as? Int == limit?["batches"] as? Int)
        #expect(object["segments"] as? Int == 3)
        #expect(scratch.isEmpty)
    }

    @Test func `offsets are looked up in logs of few and of many segments`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "offset-lookup", "--dir", scratch.path, "--log-mebibytes", "2", "--segments", "1", "20", "--seconds", "0.01", "--pairs", "1", "--json",
        ]).object()
        let logs = try #require(object["logs"] as? [[String: Any]])
        #expect(logs.first?["segments"] as? Int == 1)
        #expect(try #require(logs.last?["segments"] as? Int) >= 18)
        for log in logs {
            try expectComparison(log)
            #expect(try #require(log["nanoseconds"] as? Double) > 0)
        }
        #expect(scratch.isEmpty)
    }

    @Test func `appends go on while segments go`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "retention", "--dir", scratch.path, "--segments", "20", "--appends", "200", "--interval-microseconds", "50", "--passes", "2", "--json",
        ]).object()
        #expect(object["segments"] as? Int == 20 && object["passes"] as? Int == 2)
        for side in ["p99BesideNanoseconds", "p99AloneNanoseconds", "besideAppends", "aloneAppends", "removalSeconds"] {
            let values = try #require(object[side] as? [Double])
            #expect(values.count == 2 && values.allSatisfy { $0 > 0 }, "\(side)")
        }
        #expect((object["interval95"] as? [Double])?.count == 2)
        #expect(scratch.isEmpty)
    }

    @Test func `a log of many segments appends beside one of one`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "append-segments", "--dir", scratch.path, "--segments", "30", "--log-mebibytes", "8", "--mebibytes", "2", "--pairs", "6", "--json",
        ]).object()
        try expectComparison(object, ours: "long")
        #expect(object["segments"] as? Int == 30)
        // In whole batches of under 64 KiB.
        let logBytes = try #require(object["logBytes"] as? Int)
        #expect(logBytes <= 8 << 20 && logBytes > 7 << 20)
        let interval = try #require(object["interval95"] as? [Double])
        #expect(interval.count == 2 && interval[0] <= interval[1])
        #expect(scratch.isEmpty)
    }

    @Test func `a log is compacted beside the C loop, and both keep the same records`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "compaction", "--dir", scratch.path, "--log-mebibytes", "4", "--segment-mebibytes", "1", "--pairs", "1", "--beside-rounds", "1",
            "--beside-mebibytes", "4", "--json",
        ]).object()
        try expectComparison(object, ours: "engine")
        let beside = try #require(object["beside"] as? [String: Any])
        #expect(try #require(beside["aloneGBps"] as? Double) > 0)
        for side in ["throttled", "unthrottled"] {
            let rates = try #require(beside[side] as? [String: Any])
            #expect(try #require(rates["GBps"] as? Double) > 0 && rates["ratio"] is [String: Any], "\(side)")
        }
        let (engine, limit) = (object["engine"] as? [String: Any], object["limit"] as? [String: Any])
        #expect(engine?["bytes"] as? Double == limit?["bytes"] as? Double)
        #expect(engine?["records"] as? Int == limit?["records"] as? Int)
        #expect(object["recordsKept"] as? Int == object["limitRecordsKept"] as? Int)
        #expect(scratch.isEmpty)
    }
}
