import Foundation
import Testing

/// What the claims ask of microbench, tiny. The figures mean nothing here; counts do.
@Suite(.serialized) struct ClaimToolTests {
    private func items(_ arguments: [String], in scratch: Scratch) throws -> [String: [String: Any]] {
        let object = try MicrobenchRun(arguments + ["--dir", scratch.path, "--json"]).object()
        let items = try #require(object["items"] as? [[String: Any]])
        #expect(scratch.isEmpty)
        return Dictionary(uniqueKeysWithValues: items.compactMap { item in (item["name"] as? String).map { ($0, item) } })
    }

    private func value(_ item: [String: Any]?) throws -> Double { try #require(item?["value"] as? Double, "\(item ?? [:])") }

    @Test func `records keep their offsets, and retention and compaction keep their word`() throws {
        let found = try items(["record-life", "--log-mebibytes", "16", "--limit-bytes", "20000000"], in: try Scratch())
        for step in ["restart", "crash", "compaction", "retention"] {
            #expect(try value(found["\(step)_offsets_read"]) > 1_000)
            for wrong in ["changed", "out_of_order", "reused"] { #expect(try value(found["\(step)_offsets_\(wrong)"]) == 0, "\(step) \(wrong)") }
        }
        let (limit, segment, left) = (try value(found["retention_bytes_limit"]), try value(found["retention_segment_bytes"]), try value(found["retention_bytes_left"]))
        #expect(left >= limit && left <= limit + segment)
        for wrong in ["retention_young_records_gone", "retention_old_records_left", "compaction_keys_without_latest", "compaction_stale_records"] {
            #expect(try value(found[wrong]) == 0, "\(wrong)")
        }
        for there in ["retention_young_records_left", "retention_old_records_gone", "compaction_keys"] { #expect(try value(found[there]) > 1_000, "\(there)") }
    }

    @Test func `a device is read and written in order and at random`() throws {
        let found = try items(["device-order", "--mebibytes", "4", "--seconds", "0.01", "--rounds", "2"], in: try Scratch(onDisk: true))
        for kind in ["read", "write"] {
            let names = [
                "random_\(kind)_iops", "random_\(kind)", "sequential_\(kind)", "\(kind)_order_ratio", "sequential_small_\(kind)", "random_large_\(kind)",
                "\(kind)_order_ratio_of_4_KiB", "\(kind)_order_ratio_of_1_MiB", "\(kind)_size_ratio_at_random", "random_\(kind)_iops_16_deep",
            ]
            for name in names {
                #expect(try value(found[name]) > 0, "\(name)")
                #expect((found[name]?["interval"] as? [Double])?.count == 2)
            }
        }
    }

    @Test func `a log goes through the page cache and past it, and both read what they wrote`() throws {
        let found = try items(["own-cache", "--cache-mebibytes", "8", "--behind-mebibytes", "2", "--times", "2", "--pairs", "1"], in: try Scratch(onDisk: true))
        #expect(found.count == 20)
        // Where no control group may be made it says so; a reader that is far behind may find nothing.
        for (name, item) in found where name != "cache_limit" && !name.hasSuffix("_hits") { #expect(try value(item) > 0, "\(name)") }
        let limit = try #require(found["cache_limit"])
        #expect(limit["value"] as? Double == 40 * 1_048_576 || (limit["unavailable"] as? String)?.isEmpty == false)
        #expect(try value(found["own_cache_resident"]) - value(found["page_cache_resident"]) > 6e6)
        // The positive control: what is kept twice is seen in both places.
        #expect(try value(found["both_resident_growth_of_log"]) > 90 && value(found["both_page_cache_of_log"]) > 90)
        if found["far_own_cache_hits"]?["unavailable"] == nil { #expect(try value(found["far_own_cache_hits"]) < 1) }
    }

    @Test func `a reader within its own cache asks no device`() throws {
        let scratch = try Scratch(onDisk: true)
        let run = try MicrobenchRun(["cached-log", "--kind", "own", "--path", "\(scratch.path)/log", "--cache-mebibytes", "4", "--mebibytes", "8", "--behind-mebibytes", "2"])
        let numbers = run.standardOutput.split(separator: " ").map { Double($0.filter { $0 != "\n" }) }
        #expect(run.status == 0 && numbers.count == 9 && numbers[2] == 8 * 1_048_576 && numbers[3] == 6 * 1_048_576, "\(run)")
        // But for a page of the program itself.
        #expect(try #require(numbers[4]) < 1_048_576)
        let past = ["cached-log", "--kind", "own", "--path", "\(scratch.path)/log", "--cache-mebibytes", "4", "--mebibytes", "8", "--behind-mebibytes", "8"]
        #expect(try MicrobenchRun(past).status == 64)
    }

    @Test func `memory pressure ends a log in memory and not one on disk, or says why it can't be had`() throws {
        let found = try items(["memory-pressure", "--limit-mebibytes", "64", "--rounds", "2"], in: try Scratch(onDisk: true))
        let limit = try #require(found["memory_limit"])
        guard limit["unavailable"] == nil else { return #expect((limit["unavailable"] as? String)?.isEmpty == false) }
        #expect(found.count == 16)
        for kind in ["flushed", "unflushed"] {
            #expect(try value(found["\(kind)_log_bytes"]) >= 4 * 64 * 1_048_576)
            for name in ["burst", "first_third", "last_third", "last_to_first"] {
                #expect(try value(found["\(kind)_log_\(name)"]) > 0, "\(kind) \(name)")
                #expect((found["\(kind)_log_\(name)"]?["interval"] as? [Double])?.count == 2)
            }
        }
        #expect(try value(found["flush_interval"]) == 200e6)
        #expect(try value(found["memory_log_bytes"]) < value(found["memory_log_asked"]))
        // Of four steps at most there is no last quarter, which says so.
        #expect(try value(found["memory_log_throughput"]) > 0)
        #expect((found["memory_log_last_quarter"]?["unavailable"] as? String)?.contains("too few for quarters") == true)
    }

    @Test func `logs of segments that are all alike are looked up in, and say how large they and their indexes are`() throws {
        let scratch = try Scratch()
        let object = try MicrobenchRun([
            "offset-lookup", "--dir", scratch.path, "--segment-mebibytes", "1", "--segments", "1", "4", "--seconds", "0.01", "--pairs", "2", "--json",
        ]).object()
        let logs = try #require(object["logs"] as? [[String: Any]])
        let bytes = logs.compactMap { $0["logBytes"] as? Double }
        #expect(bytes.count == 2 && bytes[1] > 3.5 * bytes[0])
        for log in logs {
            #expect((log["passesNanoseconds"] as? [Double])?.count == 2)
            let (index, whole) = (try #require(log["indexBytes"] as? Double), try #require(log["logBytes"] as? Double))
            #expect(index > 0 && index < whole / 50)
        }
    }

    @Test(arguments: [["record-life", "--log-mebibytes", "1"], ["device-order", "--rounds", "0"], ["own-cache", "--behind-mebibytes", "300"], ["memory-pressure", "--times", "1"], ["memory-pressure", "--flush-milliseconds", "0"]])
    func `a wrong command line is refused with the usage exit code`(arguments: [String]) throws {
        #expect(try MicrobenchRun(arguments + ["--dir", "."]).status == 64)
    }
}
