// A probe of a real process, and of directories of every kind.
import Dispatch
import Foundation
import Host
import Measurement
import Testing

@testable import Harness

/// A fresh directory on a disk, removed at the end.
private func withDirectory(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.currentDirectoryPath + "/.build/probe-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path + "/data/topic-0", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
}

@Suite(.serialized) struct ProbeTests {
    private func shell(_ text: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", text]
        // Whoever reads what the tests print waits for all who hold it.
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func options(_ pid: Int32, _ directory: String, seconds: Double? = nil) -> ProbeOptions {
        ProbeOptions(
            pid: pid, dataDirectory: directory + "/data", output: directory + "/probe.ndjson", longest: seconds.map { UInt64($0 * 1e9) }, software: "tidemark test")
    }

    @Test func `a process and what it started are read as one, each line fits the schema, and no path is in it`() throws {
        try withDirectory { directory in
            try Data(repeating: 7, count: 1 << 20).write(to: URL(filePath: directory + "/data/topic-0/00000000000000000000.log"))
            try Data(repeating: 7, count: 1 << 20).write(to: URL(filePath: directory + "/data/topic-0/00000000000000000000.index"))
            // A shell, and below it one that burns a CPU for a while.
            let process = try shell("timeout -s KILL 6 sh -c 'while :; do :; done'; sleep 5")
            // What is started from a thread that blocks signals blocks them, too, but this one.
            defer { kill(process.processIdentifier, SIGKILL) }
            let output = directory + "/probe.ndjson"
            let probe = try Probe(options(process.processIdentifier, directory, seconds: 20))
            // The header and three lines; then the last.
            let summary = try probe.run { (FileManager.default.contents(atPath: output) ?? Data()).count { $0 == UInt8(ascii: "\n") } >= 4 }
            #expect(summary.end == .stopped && summary.segmentsUnavailable == nil, "\(summary)")
            let recording = try ProbeRecording.read(path: output)
            #expect(recording.header == probe.header && recording.header.program == "sh")
            try #require(recording.lines.count == 4 && summary.lines == 4)
            let (first, last) = (recording.lines[0], recording.lines[2])
            #expect(last.process.processes == 3 && last.process.cpuNanoseconds - first.process.cpuNanoseconds > 100_000_000, "the child's CPU counts: \(last.process)")
            // Nine where nothing holds the probe up.
            let marks = recording.lines[1].marks
            #expect((1...9).contains(marks.count) && zip(marks, marks.dropFirst()).allSatisfy { $0.time < $1.time })
            #expect(recording.lines[1].placement.reduce(0) { $0 + $1.threads } == 3 && last.hottest.first?.name == "sh")
            let segments = try #require(last.segments)
            #expect(segments.files == 1 && segments.countedBytes == 1 << 20 && segments.residentBytes == 1 << 20, "\(segments)")
            let text = try String(contentsOfFile: output, encoding: .utf8)
            #expect(!text.contains(directory))
            #expect(try validated(text) == Array(repeating: "ok", count: 5))
            #expect(throws: ProbeError.exists(path: output)) { try Probe(options(process.processIdentifier, directory)) }
        }
    }

    @Test func `it ends with the process, and when it is told to`() throws {
        try withDirectory { directory in
            let process = try shell("exec sleep 20")
            let pid = process.processIdentifier
            let probe = try Probe(options(pid, directory))
            DispatchQueue.global().asyncAfter(deadline: .now() + 0.3) { kill(pid, SIGKILL) }
            let summary = try probe.run { false }
            #expect(summary.end == .processEnded && summary.seconds < 10)
            process.waitUntilExit()
            #expect(summary.segmentsUnavailable == "no *.log file under the data directory")
            try FileManager.default.removeItem(atPath: directory + "/probe.ndjson")
            #expect(throws: ProbeError.noProcess(pid: pid)) { try Probe(options(pid, directory)) }
            #expect(try Probe(options(getpid(), directory)).run { true }.end == .stopped)
        }
    }

    @Test func `segment files are found below folders, counted by their newest, and links are not followed`() throws {
        try withDirectory { directory in
            let data = directory + "/data"
            for n in 0..<3 {
                try FileManager.default.createDirectory(atPath: "\(data)/a/b/\(n)", withIntermediateDirectories: true)
                try Data(repeating: 1, count: 10_000).write(to: URL(filePath: "\(data)/a/b/\(n)/0.log"))
            }
            try FileManager.default.createSymbolicLink(atPath: data + "/a/round", withDestinationPath: data)
            try FileManager.default.createSymbolicLink(atPath: data + "/a/link.log", withDestinationPath: data + "/a/b/0/0.log")
            try FileManager.default.createDirectory(atPath: data + "/dir.log", withIntermediateDirectories: true)
            var files = SegmentFiles(under: data)
            let reading = try files.read()
            #expect(reading.files == 3 && reading.bytes == 30_000 && reading.countedFiles == 3 && reading.countedBytes == 30_000, "\(reading)")
            #expect(reading.residentBytes <= reading.countedBytes && reading.residentShare > 0.9)
            // One that goes between two walks is passed over.
            try FileManager.default.removeItem(atPath: "\(data)/a/b/1/0.log")
            #expect(try files.read().countedFiles == 2)
            var nowhere = SegmentFiles(under: directory + "/nothing")
            #expect(throws: SegmentFiles.Unreadable.self) { try nowhere.read() }
        }
    }

    private func validated(_ lines: String) throws -> [String] {
        let program = """
            import json, sys
            from jsonschema import Draft202012Validator as Validator
            schema = json.load(open(sys.argv[1]))
            Validator.check_schema(schema)
            for line in sys.stdin:
                errors = list(Validator(schema).iter_errors(json.loads(line)))
                print('; '.join(e.message[:300] for e in errors[:5]).replace('\\n', ' ') or 'ok')
            """
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            ProcessInfo.processInfo.environment["TIDEMARK_PYTHON"] ?? "python3", "-c", program,
            repository.appending(path: "Results/schema/probe-1.schema.json").path,
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data(lines.utf8))
        try input.fileHandleForWriting.close()
        let printed = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return printed.split(separator: "\n").map(String.init)
    }
}
