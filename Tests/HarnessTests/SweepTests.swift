// Matrices and profiles of several files: what is wrong is said where it stands.
import Foundation
import Testing

@testable import Harness

private let base = """
    question: What does the batch cost?
    name: batches
    producers: {count: 1, rate: 1000}
    """

/// Files of one directory; `body` gets the path of the first.
private func withFiles<T>(_ files: [(name: String, text: String)], _ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tidemark-profiles-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for file in files { try file.text.write(to: folder.appending(path: file.name), atomically: true, encoding: .utf8) }
    return try body(folder.appending(path: files[0].name).path)
}

private func points(_ sweep: String, overrides: [String] = []) throws -> [SweepPoint] {
    try withFiles([("p.yaml", base + "\n" + sweep)]) { try ProfileSweep.points(path: $0, overrides: overrides) }
}

@Suite struct SweepTests {
    @Test(arguments: [
        ("sweep: {}", "‘sweep’ has no axis"),
        ("sweep: 3", "‘sweep’ must be a mapping"),
        ("sweep: {batchBytes: 3}", "must be a list"),
        ("sweep: {batchBytes: []}", "has no values"),
        ("sweep: {batchBytes: [16KiB, 16KiB]}", "has ‘16KiB’ twice"),
        ("sweep: {batchByts: [16KiB]}", "did you mean ‘batchBytes’?"),
        ("sweep: {quux: [1]}", "must be a path such as producers.quux, or one of acks, batchBytes"),
        ("sweep: {producers.batchByts: [16KiB]}", "unknown key ‘batchByts’ in ‘producers’; did you mean ‘batchBytes’?"),
        ("sweep: {batchBytes: [16KiB, 12cm]}", "a size such as 64KiB"),
        ("sweep: {rate: [[1]]}", "must be one value"),
        ("sweep: {topic.partitions: [\(Array(repeating: 0, count: 40).indices.map { "\($0 + 1)" }.joined(separator: ", "))], rate: [\((1...40).map(String.init).joined(separator: ", "))]}", "more than 1000 points"),
    ])
    func `a matrix that cannot be run is refused before anything runs`(sweep: String, hint: String) {
        let error = #expect(throws: ProfileError.self) { try points(sweep) }
        #expect(error?.description.contains(hint) == true, "\(error?.description ?? "accepted")")
    }

    @Test func `a gate has one point`() {
        let error = #expect(throws: ProfileError.self) { try points("gate: {kind: rate}\nsweep: {batchBytes: [16KiB, 64KiB]}") }
        #expect(error?.message.contains("compared at one point") == true)
    }

    @Test func `every combination is a point, the last axis fastest`() throws {
        let points = try points("sweep:\n  batchBytes: [16KiB, 64KiB]\n  topic.partitions: [1, 4, 16]")
        #expect(points.map(\.label) == ["16KiB", "64KiB"].flatMap { bytes in [1, 4, 16].map { "producers.batchBytes=\(bytes) topic.partitions=\($0)" } })
        #expect(points.map(\.profile.topic.partitions) == [1, 4, 16, 1, 4, 16])
        #expect(points.map { $0.profile.producers?.batchBytes } == [16_384, 16_384, 16_384, 65_536, 65_536, 65_536])
        // What a result keeps tells its point.
        #expect(points[4].profile.overrides == ["producers.batchBytes=64KiB", "topic.partitions=4"])
    }

    @Test func `a key that only the sweep gives counts as given`() throws {
        let text = "question: How does load matter?\nname: loads\nproducers: {count: 1}\nsweep: {rate: [100, 200]}"
        let rates = try withFiles([("p.yaml", text)]) { try ProfileSweep.points(path: $0).map { $0.profile.producers?.recordsPerSecond } }
        #expect(rates == [100, 200])
    }

    @Test func `a set axis is no axis, and no sweep is one point`() throws {
        #expect(try points("sweep: {batchBytes: [16KiB, 64KiB]}", overrides: ["producers.batchBytes=1MiB"]).map { $0.profile.producers?.batchBytes } == [1 << 20])
        #expect(try points("").map(\.label) == [""])
    }
}

@Suite struct IncludeTests {
    @Test func `an include that cannot be read, is no mapping, or leads back is refused where it stands`() throws {
        func fault(_ first: String, _ other: String = "topic: {partitions: 3}") throws -> String {
            try withFiles([("p.yaml", base + "\n" + first), ("other.yaml", other)]) { path in
                do {
                    _ = try Profile.load(path: path)
                    return "accepted"
                } catch { return "\(error)".replacing((path as NSString).deletingLastPathComponent + "/", with: "") }
            }
        }
        #expect(try fault("include: [missing.yaml]") == "p.yaml:4:11: ‘missing.yaml’ cannot be read, or is not UTF-8")
        #expect(try fault("include: []").contains("names no file"))
        #expect(try fault("include: {a: b}").contains("must be a file or a list of files"))
        #expect(try fault("include: other.yaml", "- 1").hasSuffix("an included file must be a mapping, as a profile is"))
        #expect(try fault("include: other.yaml", "include: p.yaml").contains("‘p.yaml’ leads back to itself: "))
        #expect(try fault("include: other.yaml", "topic: {partitions: none}") == "other.yaml:1:21: ‘topic.partitions’ must be a whole number from 1 to 10000, not ‘none’")
    }

    @Test func `own keys lie over included ones, later files over earlier ones, mappings key by key`() throws {
        let files = [
            ("p.yaml", base + "\ninclude: [one.yaml, two.yaml]\ntopic: {partitions: 5}"),
            ("one.yaml", "topic: {partitions: 2, segmentBytes: 64MiB}\nbroker: {loops: 2}"), ("two.yaml", "topic: {segmentBytes: 128MiB}\nproducers: {seed: 9}"),
        ]
        let profile = try withFiles(files) { try Profile.load(path: $0) }
        #expect(profile.topic.partitions == 5 && profile.topic.segmentBytes == 128 << 20 && profile.broker.loops == 2)
        #expect(profile.producers?.seed == 9 && profile.producers?.recordsPerSecond == 1_000)
    }

    @Test func `what a result keeps of several files reads back as the same profile`() throws {
        let files = [
            ("p.yaml", "question: \"Is it: quick, \\\"really\\\"?\"\nname: several\ninclude: one.yaml\nproducers: {rate: 20_000}"),
            ("one.yaml", "broker: {durability: interval(50ms), listeners: [splice, {transfer: copy, buffer: 128KiB}]}\nheadlines: {zeroCopy: true}"),
        ]
        let profile = try withFiles(files) { try Profile.load(path: $0) }
        var again = try Profile.parse(profile.text, path: profile.path)
        again.text = profile.text
        #expect(again == profile && again.question == "Is it: quick, \"really\"?" && !profile.text.contains("include"))
    }
}
