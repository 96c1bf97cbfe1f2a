import Foundation
@testable import Results
import Testing

@Suite struct SHA256Tests {
    @Test func `the vectors of FIPS 180-4 and of NIST's own examples`() {
        #expect(SHA256.hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256.hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(
            SHA256.hex("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu")
                == "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1")
        #expect(SHA256.hex([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `every length around the borders of a block hashes as Python's hashlib does`() throws {
        let lengths = Array(0...200)
        let ours = lengths.map { length in SHA256.hex((0..<length).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ length) }) }
        let theirs = try python(
            "import hashlib\nfor n in range(201): print(hashlib.sha256(bytes((i * 131 + n) % 256 for i in range(n))).hexdigest())", [])
        #expect(ours == theirs)
    }
}

private func canonical(_ text: String, leavingOut member: String? = nil) throws(JSONDamage) -> String {
    String(decoding: try CanonicalJSON.bytes(Array(text.utf8), leavingOut: member), as: UTF8.self)
}

@Suite struct CanonicalTests {
    @Test func `what is no JSON, a name twice, half a surrogate and bottomless nesting are damage`() {
        let damaged = [
            "", "{", "[1,", "{\"a\" 1}", "tru", "[1] 2", "\"a", "\"\u{1}\"", "\"\\x\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "{\"a\":1,\"a\":2}", "-", "[1 2]",
            String(repeating: "[", count: 100),
        ]
        for text in damaged { #expect(throws: JSONDamage.self, "\(text)") { try canonical(text) } }
    }

    @Test func `order, space and spelling of strings make no difference, numbers stay as they are written`() throws {
        let text = "{ \"b\" : [ 1.50, -2e3 , 18446744073709551615 ],\n \"\\u0061\" : { \"z\":null, \"y\":true }, \"ö\" : \"\\u00f6\\/\\n\\u001F\\ud83d\\ude00\" }"
        #expect(try canonical(text) == "{\"a\":{\"y\":true,\"z\":null},\"b\":[1.50,-2e3,18446744073709551615],\"ö\":\"ö/\\n\\u001f😀\"}")
    }

    @Test func `only the outermost member is left out`() throws {
        #expect(try canonical("{\"x\":1,\"a\":{\"x\":2}}", leavingOut: "x") == "{\"a\":{\"x\":2}}")
        #expect(try canonical("{\"x\":1}", leavingOut: "x") == "{}")
    }
}

@Suite struct SealTests {
    private func stored(_ record: RunRecord = Sample.finished(), _ body: (ResultStore, URL) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: root) }
        let store = ResultStore(root: root)
        let writer = try RunWriter(store: store, record: record, redaction: Redaction())
        try writer.finish(record)
        try body(store, writer.directory)
    }

    private func change(_ directory: URL, _ text: String, _ by: String) throws {
        let place = directory.appendingPathComponent("run.json")
        let document = try String(contentsOf: place, encoding: .utf8)
        try #require(document.contains(text))
        try document.replacing(text, with: by, maxReplacements: 1).write(to: place, atomically: true, encoding: .utf8)
    }

    @Test func `a changed figure, a changed seal and a seal taken off are found`() throws {
        for (text, by) in [("6310", "6311"), ("\"sha256\" : \"", "\"sha256\" : \"0"), ("\"sha256\"", "\"sha265\""), ("\"outcome\" : \"valid\"", "\"outcome\" : \"saturated\"")] {
            try stored { store, directory in
                try change(directory, text, by)
                guard case .broken = try store.read(directory).seal else { Issue.record("\(text) → \(by) was not found"); return }
                #expect(throws: ResultError.self) { try store.load(directory) }
            }
        }
    }

    @Test func `a document laid out anew is the same document`() throws {
        try stored { store, directory in
            try change(directory, " : ", ":   \n")
            #expect(try store.read(directory).seal == .intact)
        }
    }

    @Test func `Python's own JSON and hash come to the same seal`() throws {
        try stored { _, directory in
            let program = """
                import hashlib, json, sys
                document = json.load(open(sys.argv[1]))
                seal = document.pop("sha256")
                canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                print(seal == hashlib.sha256(canonical.encode()).hexdigest())
                """
            let found = try python(program, [directory.appendingPathComponent("run.json").path])
            #expect(found == ["True"])
        }
    }

    @Test func `an unfinished run and one of version 1 carry no seal, and say so`() throws {
        try stored { store, directory in
            let writer = try RunWriter(store: store, record: Sample.start(), redaction: Redaction())
            guard case .absent = try store.read(writer.directory).seal else { Issue.record("an unfinished run is sealed"); return }
        }
        let old = try Data(contentsOf: URL(filePath: repositoryFile("Tests/Golden/results/run-1-calibrated.json")))
        guard case .absent(let reason) = try RecordCoding.record(old, at: "golden").seal else { Issue.record("version 1 is sealed"); return }
        #expect(reason.contains("version 1"))
    }
}

@Suite struct MigrationTests {
    @Test func `version 1 reads with its figures as they were and its machine sorted anew`() throws {
        let data = try Data(contentsOf: URL(filePath: repositoryFile("Tests/Golden/results/run-1-calibrated.json")))
        let (record, version, _) = try RecordCoding.record(data, at: "golden")
        #expect(version == 1 && record.version == RunRecord.schemaVersion)
        #expect(record.headlines.append?.rows.last?.accepted.value == 1676.6234629940668)
        #expect(record.calibration.before.first { $0.name == "tcp_stream" }?.value == 7.215579980419426)
        let environment = record.environment
        #expect(environment.hard["scheduler"] == "mq-deadline" && environment.soft["scheduler"] == nil)
        #expect(environment.hard["cgroup_cpu_limit"] == "none" && environment.hard["write_cache"] == "write back")
        #expect(environment.soft["governor"] == "unknown" && environment.runState["governor"] == nil)
        #expect(environment.runState["dirty_limit_bytes"] != nil && environment.soft["dirty_limit_bytes"] == nil)
        #expect(environment.digests.hard.count == 64)
    }

    @Test func `a tier's hash follows its fields and nothing else`() {
        var (first, second) = (Sample.start().environment, Sample.start().environment)
        #expect(first.digests == second.digests)
        second.soft["governor"] = "powersave"
        #expect(first.digests.hard == second.digests.hard && first.digests.soft != second.digests.soft)
        first.traits = []
        #expect(first.digests.runState == second.digests.runState)
    }
}

@Suite struct RedactionTests {
    private let redaction = Redaction(hostNames: ["build-box.example.org", "build-box", "db", "localhost"], userNames: ["alice", "root"], homes: ["/srv/people/alice"])

    @Test func `host, user and home go where they stand as words, and only there`() {
        #expect(redaction.text("run by alice on build-box.example.org in /srv/people/alice/data") == "run by <user> on <host> in ~/data")
        #expect(redaction.text("malice, alice2 and rebuild-boxes; db on localhost as root") == "malice, alice2 and rebuild-boxes; db on localhost as root")
    }

    @Test func `paths in mount options go, the options stay`() {
        #expect(Redaction.mountOptions("rw,relatime,lowerdir=/var/a:/var/b,size=10%") == "rw,relatime,lowerdir=…,size=10%")
    }

    @Test func `a stored result names nobody`() throws {
        var record = Sample.finished()
        record.notes = ["ended early: /srv/people/alice/data is full"]
        record.software.broker = "external broker at build-box:9092"
        record.environment.traits[0].finding = "present: alice runs a compiler"
        record.environment.hard["mount_options"] = "rw,upperdir=/srv/people/alice/upper"
        record.phases[0].notes = ["on build-box"]
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("tidemark-test-\(UInt64.random(in: 0 ... .max))")
        defer { try? FileManager.default.removeItem(at: root) }
        let writer = try RunWriter(store: ResultStore(root: root), record: record, redaction: redaction)
        let text = try String(contentsOf: writer.finish(record), encoding: .utf8)
        #expect(!text.contains("alice") && !text.contains("build-box"))
        #expect(text.contains("~/data is full") && text.contains("external broker at <host>:9092"))
    }
}
