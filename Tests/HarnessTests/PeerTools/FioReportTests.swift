// fio's JSON as a limit of the device.
import Foundation
import Results
import Testing

@testable import Harness

@Suite struct FioReportTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Golden/fio/three-jobs.json").path

    private func rooflines(_ change: (String) -> String) throws -> [ImportedRoofline] {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        let changed = change(text)
        #expect(changed != text)
        return try FioReport.rooflines(Data(changed.utf8), path: "f.json")
    }

    private func reason(_ change: (String) -> String) -> String {
        do { return "taken: \(try rooflines(change))" } catch let PeerToolError.unreadable(_, reason) { return reason } catch { return "\(error)" }
    }

    @Test func `a file without a write job, or that is none of fio 3's, is refused with the reason`() {
        let refused: [(String, (String) -> String)] = [
            ("no JSON document", { "fio: this platform has no affinity\n\($0)" }), ("no JSON document", { String($0.prefix(2_000)) }),
            ("‘fio version’ is missing", { _ in "{}" }), ("‘bw_bytes’ is missing in jobs/0/", { $0.replacing("\"bw_bytes\"", with: "\"bw_bites\"") }),
            ("jobs/0/write/total_ios is not what fio writes there", { $0.replacing("\"total_ios\" : 2048", with: "\"total_ios\" : \"many\"") }),
            ("‘fio-2.1.11’; what fio 3", { $0.replacing("fio-3.33", with: "fio-2.1.11") }), ("‘dd’", { $0.replacing("fio-3.33", with: "dd") }),
            ("ended with error 28", { $0.replacing("\"error\" : 0", with: "\"error\" : 28") }),
            ("several machines", { $0.replacing("\"jobs\" :", with: "\"client_stats\" : [{}], \"jobs\" :") }),
            ("(seqwrite, commit, randread) none wrote", { $0.replacing("\"total_ios\" : 2048", with: "\"total_ios\" : 0").replacing("\"total_ios\" : 8000", with: "\"total_ios\" : 0") }),
            ("--group_reporting", { $0.replacing("\"jobname\" : \"commit\"", with: "\"jobname\" : \"seqwrite\"") }),
            ("it has no job", { _ in "{\"fio version\": \"fio-3.36\", \"jobs\": []}" }),
        ]
        for (words, change) in refused { #expect(reason(change).contains(words), "\(words): \(reason(change))") }
        for path in ["/nowhere/f.json", "/", "/dev/zero"] {
            #expect(throws: PeerToolError.self, "\(path)") { _ = try FioReport.rooflines(at: path) }
        }
    }

    @Test func `write jobs come with their source and what they forced to the device, read jobs do not`() throws {
        let found = try FioReport.rooflines(at: Self.path)
        try #require(found.count == 2)
        let write = found[0], commit = found[1]
        #expect(write.name == "fio-3.33 ‘seqwrite’" && write.label == ["bs 1M", "direct", "no sync"] && !write.isSynced)
        #expect(write.conditions == ["write", "libaio", "iodepth 32", "size 2g"] && write.devices == ["vda"] && write.measuredAt == "2025-11-23T12:13:20Z")
        #expect(write.figures.map(\.name) == ["write", "write_p50", "write_p99"] && write.figures.compactMap(\.value) == [2.615, 12_386_304, 18_219_008])
        #expect(commit.label == ["bs 4k", "buffered", "fdatasync after every write"] && commit.isSynced && commit.conditions.contains("sync"))
        #expect(commit.figures.map(\.name) == ["write", "write_p50", "write_p99", "sync_p50", "sync_p99"])
        #expect(commit.figures.last?.value == 248_832 && commit.figures.last?.samples == 7_999 && commit.figures[0].unit == "GB/s")
        let said = "\(found)"
        #expect(!said.contains("somebody"), "no path of the other machine is kept: \(said)")
    }

    @Test func `newer versions are read, and a name can't draw on the terminal`() throws {
        let found = try rooflines { $0.replacing("fio-3.33", with: "fio-3.41-12-gabcdef").replacing("\"seqwrite\"", with: "\"\\u001b[2Jseq\\u202e\"") }
        #expect(found[0].tool == "fio-3.41-12-gabcdef" && found[0].job == "?[2Jseq?")
    }

    @Test func `options say when something is forced`() {
        let said: [([String: String], String)] = [
            ([:], "no sync"), (["fsync": "0"], "no sync"), (["fsync": "1"], "fsync after every write"), (["fdatasync": "32"], "fdatasync after 32 writes"),
            (["sync": "1"], "O_SYNC"), (["sync": "dsync"], "O_DSYNC"), (["sync": "none"], "no sync"), (["sync": "0"], "no sync"),
            (["end_fsync": "1"], "fsync at the end"), (["fsync_on_close": "1"], "fsync at close"),
        ]
        for (options, words) in said { #expect(FioOptions(options).sync == words, "\(options)") }
        #expect(FioOptions([:]).blockSize == "4k" && FioOptions(["bsrange": "1k-2k"]).blockSize == "1k-2k")
        #expect(!FioOptions([:]).isDirect && FioOptions(["buffered": "0"]).isDirect && !FioOptions(["direct": "0"]).isDirect)
    }
}
