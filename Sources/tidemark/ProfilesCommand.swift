// `tidemark profiles`: which there are, what one says when it is put together, whether it is right and what it would cost.
internal import ArgumentParser
internal import Foundation
internal import Harness
internal import Host
internal import Topology

struct ProfilesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles", abstract: "Look at profiles without running them.", subcommands: [List.self, Show.self, Check.self, Schema.self])

    struct Schema: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The JSON Schema of profiles, for editors.",
            discussion: "The repository keeps it as Results/schema/profile.schema.json; every key that a profile may have stands in it.")

        func run() throws { print(try ProfileSchema.text(), terminator: "") }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The profiles of a directory and the question of each.")

        @Argument(help: "Directory of profiles.") var directory = "Profiles"

        func run() throws {
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
                throw ValidationError("there is no directory ‘\(directory)’; name the one that holds the profiles")
            }
            var wrong = false
            for name in names.filter({ $0.hasSuffix(".yaml") }).sorted() {
                do {
                    let profile = try Profile.load(path: "\(directory)/\(name)")
                    print("\(profile.name.padding(toLength: max(24, profile.name.count), withPad: " ", startingAt: 0))  \(profile.question)")
                } catch {
                    print("\(error)")
                    wrong = true
                }
            }
            if wrong { throw ExitCode(64) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "A profile as it is run: files that it includes and --set put together, comments left out.")

        @Argument(help: "The profile file.") var file: String
        @Option(help: "A value laid over the profile, as in producers.rate=5000.") var set: [String] = []

        func run() throws {
            do { print(try Profile.flattened(path: file, overrides: set), terminator: "") } catch {
                // What is printed may go to a file, as a profile.
                StandardError.write("tidemark: \(error)\n")
                throw ExitCode(64)
            }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check profiles: every key, every value; prints what each would cost.")

        @Argument(help: "Profile files.") var files: [String]
        @Option(help: "A value laid over the profile, as in producers.rate=5000.") var set: [String] = []

        func run() throws {
            var wrong = false
            for file in files {
                do {
                    let points = try ProfileSweep.points(path: file, overrides: set)
                    print("\(file): \(SweepPlan.text(points, MachineDescription.read()))", terminator: "")
                    if let gate = points[0].profile.gate { print(gate.words(points[0].profile)) }
                } catch {
                    print("\(error)")
                    wrong = true
                }
            }
            if wrong { throw ExitCode(64) }
        }
    }
}
