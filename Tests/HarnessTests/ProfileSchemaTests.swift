// The schema that editors use says what the reader of profiles says.
import Foundation
import Testing

@testable import Harness

@Suite struct ProfileSchemaTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func schema() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(ProfileSchema.text().utf8)) as? [String: Any])
    }

    private func properties(_ schema: [String: Any], _ path: String...) throws -> [String: Any] {
        var here = schema
        for name in path {
            let next = try #require((here["properties"] as? [String: Any])?[name] as? [String: Any], "\(name)")
            here = next
        }
        return try #require(here["properties"] as? [String: Any])
    }

    @Test func `the schema in the repository is the one that the code tells`() throws {
        let stored = try String(contentsOf: Self.repository.appending(path: "Results/schema/profile.schema.json"), encoding: .utf8)
        #expect(try stored == ProfileSchema.text(), "tidemark profiles schema > Results/schema/profile.schema.json")
    }

    @Test func `every key that the reader knows is there, with its type`() throws {
        let whole = try schema()
        #expect(whole["required"] as? [String] == ["question", "name"] || Set(whole["required"] as? [String] ?? []) == ["question", "name"])
        #expect(whole["$id"] as? String == "tidemark.profile" && (whole["$schema"] as? String)?.contains("2020-12") == true)
        #expect(try properties(whole).keys.contains("include"))
        let producers = try properties(whole, "producers")
        for key in ["count", "mode", "rate", "steps", "ramp", "arrivals", "recordBytes", "compression", "compressionLevel", "compressionRatio", "cpus"] {
            #expect(producers[key] != nil, "\(key)")
        }
        let count = try #require(producers["count"] as? [String: Any])
        #expect(count["minimum"] as? Int == 1 && count["maximum"] as? Int == 256)
        let level = try #require(producers["compressionLevel"] as? [String: Any])
        #expect(try #require(level["maximum"] as? Int) >= 19, "zstd goes further than gzip")
        #expect(try properties(whole, "producers", "ramp").keys.sorted() == ["from", "to"])
        let step = try #require((producers["steps"] as? [String: Any])?["items"] as? [String: Any])
        #expect(Set(step["required"] as? [String] ?? []) == ["rate", "for"])
        #expect(try properties(whole, "gate").keys.contains("minimumEffect"))
        #expect(try properties(whole, "headlines", "zeroCopy").keys.contains("modes"))
    }

    @Test func `somebody else's validator takes every shipped profile, and no slip of the hand`() throws {
        let program = """
            import glob, json, sys
            import yaml
            from jsonschema import Draft202012Validator as Validator
            schema = json.load(open(sys.argv[1]))
            Validator.check_schema(schema)
            check = Validator(schema)
            for path in sorted(glob.glob(sys.argv[2] + "/*.yaml")):
                errors = [error.message[:200] for error in check.iter_errors(yaml.safe_load(open(path)))]
                assert not errors, (path, errors)
            slips = ["{question: Q, name: n, producer: {rate: 5}}", "{question: Q, name: n, producers: {rate: fast}}",
                     "{question: Q, name: n, producers: {count: 0}}", "{question: Q, name: n, phases: {steady: 10}}",
                     "{question: Q, name: n, producers: {steps: [{rate: 1}]}}", "{question: Q, name: n, tier: slow}",
                     "{question: Q, name: n, gate: {metrics: [cpu]}}", "{name: n}", "{question: Q, name: n, headlines: {zeroCopy: {modes: [teleport]}}}",
                     "{question: Q, name: n, producers: [{rate: 5}]}", "{question: Q, name: n, producers: [{name: a, rat: 5}]}",
                     "{question: Q, name: n, producers: {rate: 5, keys: many}}", "{question: Q, name: n, producers: {rate: 5, keys: {zipf: {keys: 5}}}}",
                     "{question: Q, name: n, producers: [{name: a, recordBytes: {uniform: 5}}]}", "{question: Q, name: n, producers: {headers: {count: 0, bytes: 5}}}",
                     "{question: Q, name: n, consumers: [{name: a, startOffset: newest}]}", "{question: Q, name: n, consumers: {startOffset: 'last:'}}", "{question: Q, name: n, consumers: {startOffset: 'ago:5'}}", "{question: Q, name: n, consumers: [{}]}",
                     "{question: Q, name: n, topics: [{partitions: 1}]}", "{question: Q, name: n, topics: {a: {partitions: 1}}}", "{question: Q, name: n, topics: [{name: a, rate: 5}]}"]
            forms = ["{question: Q, name: n, producers: [{name: a, rate: 5, recordBytes: {weights: {0-256: 1}}, keys: {hotSet: {keys: 9, hot: 1, share: 5%}}}]}",
                     "{question: Q, name: n, producers: {recordBytes: {uniform: [32, 1KiB]}, keys: none, headers: {count: 1, bytes: 16B}}, consumers: [{name: a, rate: 5}]}",
                     "{question: Q, name: n, producers: [{name: a, recordBytes: {file: sizes.txt}, compression: zstd, compressionLevel: 3, ramp: {from: 1, to: 2}}]}",
                     "{question: Q, name: n, consumers: [{name: a, startOffset: last:1000}, {name: b, startOffset: ago:30s}, {name: c, startOffset: offset:5}]}",
                     "{question: Q, name: n, topics: [{name: a, count: 2, settings: {flush.ms: 5}}], producers: {rate: 5, topic: a}, consumers: [{name: b, topic: a}]}"]
            refused = [form for form in forms if not check.is_valid(yaml.safe_load(form))]
            assert not refused, refused
            taken = [slip for slip in slips if check.is_valid(yaml.safe_load(slip))]
            assert not taken, taken
            print("ok")
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            ProcessInfo.processInfo.environment["TIDEMARK_PYTHON"] ?? "python3", "-c", program,
            Self.repository.appending(path: "Results/schema/profile.schema.json").path, Self.repository.appending(path: "Profiles").path,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(printed == "ok\n", "\(printed)")
    }
}
