// Carries out the experiments of a book, one after the other, and keeps what each of them left.
internal import BuildInfo
internal import Claims
internal import Foundation
internal import Harness
internal import Results

/// Where the experiments' profiles are.
struct ClaimProfiles {
    let directory: String
    private let isQuick: Bool

    /// - Parameter named: by somebody; nil: where they are found.
    /// - Throws: `HarnessError.impossible` with the places that were looked at.
    init(named: String?, isQuick: Bool) throws(HarnessError) {
        self.isQuick = isQuick
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let beside = URL(filePath: program).deletingLastPathComponent()
        let places = named.map { [$0] } ?? ["Profiles/claims", beside.appending(path: "Profiles/claims").path]
        guard let found = places.first(where: { FileManager.default.fileExists(atPath: $0 + "/quick") }) else {
            throw .impossible("the profiles of the claims are not in \(places.joined(separator: " or ")); say where with --profiles")
        }
        directory = found
    }

    func path(_ experiment: String) -> String { isQuick ? "\(directory)/quick/\(experiment).yaml" : "\(directory)/\(experiment).yaml" }
}

final class ClaimsRun {
    let store: BookStore
    private let profiles: ClaimProfiles
    private let dataDirectories: [String]
    private let experiments: [String]
    private var book: BookRecord
    private let ceilings = CeilingBook()

    /// Begins a book below `results`.
    ///
    /// - Parameters:
    ///   - dataDirectories: at least one; the first is where everything is measured, the others are on further disks.
    ///   - powerCut: of a campaign in the lab; nil: there was none.
    init(
        _ claims: [any Claim], isQuick: Bool, profiles: ClaimProfiles, results: String, dataDirectories: [String], powerCut: PowerCutRecord?
    ) throws {
        self.profiles = profiles
        self.dataDirectories = dataDirectories
        experiments = ClaimCatalogue.experiments(of: claims)
        let identity = RunIdentity.new(profileName: "claims")
        store = BookStore(directory: URL(filePath: results).appending(path: identity.directoryName, directoryHint: .isDirectory))
        book = BookRecord(
            startedAt: identity.startedAt, tier: isQuick ? "quick" : "full", software: versionLine(of: "tidemark"), claims: claims.map(\.name))
        book.powerCut = powerCut
        try store.write(book)
    }

    var hasFailed: Bool { book.experiments.contains { $0.failure != nil } }

    /// All of them. One that fails does not keep the others from running; Ctrl-C does.
    ///
    /// - Returns: the interruption; nil: there was none.
    /// - Throws: what keeps the book from being written.
    func perform(_ interruption: Interruption, _ progress: ProgressLine) throws -> (any Error)? {
        for (number, name) in experiments.enumerated() {
            progress.note("experiment \(number + 1) of \(experiments.count): \(name)")
            book.experiments.append(BookRecord.Experiment(name: name))
            let interrupted = carryOut(name, interruption, progress)
            try store.write(book)
            if let interrupted { return interrupted }
        }
        book.endedAt = RunIdentity.new(profileName: "claims").startedAt
        try store.write(book)
        return nil
    }

    /// Every point of one experiment, noted in the book.
    private func carryOut(_ name: String, _ interruption: Interruption, _ progress: ProgressLine) -> (any Error)? {
        let last = book.experiments.count - 1
        if name == Inquiry.disks.rawValue, let lack = SeveralDisks.lack(in: dataDirectories) {
            progress.note("\(name) can't be carried out here: \(lack)")
            book.experiments[last].impossible = lack
            return nil
        }
        do {
            for point in try ProfileSweep.points(path: profiles.path(name)) {
                if !point.settings.isEmpty { progress.note(point.label) }
                let settings = Dictionary(uniqueKeysWithValues: point.settings.map { ($0.path, $0.value) })
                let first = try measure(point, interruption, progress)
                var run = BookRecord.Experiment.Run(settings: settings, directory: first.directory.lastPathComponent)
                book.experiments[last].runs.append(run)
                guard book.repeats(first.record) else { continue }
                progress.note("\(run.directory) is INVALID and made once more: \(first.record.invalidReason ?? "")")
                run.insteadOf = run.directory
                run.directory = try measure(point, interruption, progress).directory.lastPathComponent
                book.experiments[last].runs[book.experiments[last].runs.count - 1] = run
            }
            return nil
        } catch {
            progress.clear()
            // The runs are cleaned of names of people and hosts as they are written, the book is here.
            book.experiments[last].failure = Redaction.ofThisMachine().text("\(error)")
            if (error as? HarnessError)?.isOfMachine == true { book.experiments[last].failedByMachine = true }
            if case HarnessError.interrupted = error { return error }
            progress.note("\(name) failed: \(error)")
            return nil
        }
    }

    private func measure(_ point: SweepPoint, _ interruption: Interruption, _ progress: ProgressLine) throws -> RunOutcome {
        let outcome = try Run.perform(point.profile, options, interruption: interruption, progress: progress, ceilings: ceilings, makeFleet: LaneFleet.make)
        if let signal = outcome.interruptedBy { throw HarnessError.interrupted(signal: signal) }
        return outcome
    }

    private var options: RunOptions {
        var options = RunOptions()
        options.dataDirectory = dataDirectories[0]
        options.furtherDataDirectories = Array(dataDirectories.dropFirst())
        options.resultsDirectory = store.runs.path
        options.version = projectVersion
        options.commit = buildCommit
        return options
    }
}
