// `tidemark probe`: reads a broker of any make on its own host while somebody else loads it.
internal import ArgumentParser
internal import BuildInfo
internal import Foundation
internal import Harness
internal import Host

struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Read a broker of any make on its own host, once a second, for a run to be joined with.",
        discussion: """
            CPU, memory, I/O and switches of the process and everything it started, where its threads run, what of its segment files (*.log)
            is in the page cache, the device below them, and both clocks: a line of JSON each second, until Ctrl-C, the process's end, or --for.
            Names of people and hosts are not in it. Start it before `tidemark run PROFILE --bootstrap HOST:PORT`; on the same machine that
            takes `--probe FILE`, from another one copy the file and use `tidemark results join RESULT --probe FILE`.
            """)

    @Option(help: "The broker's process.") var pid: Int32
    @Option(help: "Where it keeps its logs.") var dataDir: String
    @Option(help: "The file to write; it must not be there yet.") var out: String
    @Option(name: .customLong("for"), help: "How long, as in 10m; else until something ends.") var length: String?

    func validate() throws {
        if pid <= 0 { throw ValidationError("--pid must be the number of a process, not \(pid)") }
        if let length, duration(of: length) == nil { throw ValidationError("--for must be a duration such as 10m, not ‘\(length)’") }
    }

    func run() throws {
        let interruption = try Interruption()
        do {
            let probe = try Probe(
                ProbeOptions(
                    pid: pid, dataDirectory: dataDir, output: out, longest: length.flatMap(duration(of:)), software: versionLine(of: "tidemark")))
            say("reading \(probe.header.program) (process \(pid)) once a second into \(out); Ctrl-C ends it")
            let summary = try probe.run { interruption.hasArrived }
            let why = switch summary.end {
            case .stopped: "ended"
            case .processEnded: "the process has ended"
            case .timeUp: "the time is up"
            }
            say("\(why): \(summary.lines) readings over \(fixed(summary.seconds, 1)) s, \(percent(summary.ownCPUShare, decimals: 1)) of one CPU for the probing")
            if let reason = summary.segmentsUnavailable { say("nothing is known of the segment files: \(reason)") }
        } catch {
            say("\(error)")
            throw ExitStatus.toolError
        }
    }

    private func say(_ line: String) { StandardError.write("tidemark: \(line)\n") }
}
