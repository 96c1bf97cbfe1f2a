// `tidemark profiles check`: is a profile right, and what would it cost?
internal import ArgumentParser
internal import Harness
internal import Host
internal import Topology

struct ProfilesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles", abstract: "Look at profiles without running them.", subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check profiles: every key, every value; prints what each would cost.")

        @Argument(help: "Profile files.") var files: [String]
        @Option(help: "A value laid over the profile, as in producers.rate=5000.") var set: [String] = []

        func run() throws {
            var wrong = false
            for file in files {
                do {
                    let profile = try Profile.load(path: file, overrides: set)
                    print("\(file): \(profile.name): \(profile.question)")
                    let plan = Run.plan(profile, headlineMeasurements(for: profile), MachineDescription.read())
                    print(plan.description)
                    if let gate = profile.gate { print(gate.words(profile)) }
                    print("  together \(fixed(plan.loadSeconds, 0)) s of load and at most \(decimalBytes(plan.diskBytes)) on disk")
                } catch {
                    print("\(error)")
                    wrong = true
                }
            }
            if wrong { throw ExitStatus.toolError }
        }
    }
}
