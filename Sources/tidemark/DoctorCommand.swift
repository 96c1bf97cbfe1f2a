// `tidemark doctor`: what of this machine spoils numbers, what its disks are, and whether placing works on it.
internal import ArgumentParser
internal import Foundation
internal import Host
internal import Topology

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Find the traits of this machine that spoil measurements.",
        discussion: "With --placement it leaves with 5 where a thread, memory or a file's cached pages are not where they were put.")

    @Option(help: "Data directories to look at as well.") var dataDir: [String] = ["/var/tmp"]
    @Flag(help: "Show absent traits too.") var all = false
    @Flag(help: "Put a thread, memory and cached pages of the first data directory on every NUMA node, and look whether they are there.")
    var placement = false
    @Flag(help: "One JSON document: the machine, the directories down to their devices, the traits, the placement.") var json = false
    @Option(
        help: ArgumentHelp("Write down all that the system said, as text to look through and send with a report; serial numbers are left out.", valueName: "file"),
        completion: .file())
    var record: String?
    @Option(
        help: ArgumentHelp("Examine the machine of such a recording instead of this one; name its directories with --data-dir.", valueName: "file"),
        completion: .file())
    var recorded: String?

    func validate() throws {
        if recorded != nil, record != nil || placement { throw ValidationError("--recorded is another machine: neither --record nor --placement goes with it") }
    }

    func run() throws {
        do {
            let (system, recording) = try source()
            let report = try DoctorReport.examine(dataDir, system, live: recorded == nil, placement: placement)
            if let record, let recording { try Data(recording.recording.asText.utf8).write(to: URL(filePath: record)) }
            print(try json ? report.json() : report.text(all: all))
            if let cells = report.placement, !PlacementCheck.holds(cells) { throw ExitStatus.invalidRun }
        } catch let code as ExitCode {
            throw code
        } catch {
            StandardError.write("tidemark: \(error)\n")
            throw ExitStatus.toolError
        }
    }

    private func source() throws -> (any SystemSource, RecordingSystem?) {
        if let recorded { return (try RecordedSystem(asText: String(contentsOf: URL(filePath: recorded), encoding: .utf8)), nil) }
        guard record != nil else { return (LiveSystem(), nil) }
        let recording = RecordingSystem()
        return (recording, recording)
    }
}
