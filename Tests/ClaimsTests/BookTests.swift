// A book that was stored says the same when it is read again.
import Foundation
import Measurement
import Reports
import Results
import Testing
@testable import Claims

@Suite struct BookTests {
    @Test func `a stored book gives the same report byte for byte, and the verdicts of its runs`() throws {
        var stage = Stage()
        stage.set("lookup", "lookup_growth", 9, 8...10)
        stage.failures["keys"] = "the broker ended | early"
        stage.impossible["disks"] = "one disk"
        let shelf = try Shelf(stage)
        let (first, again) = (ClaimsMarkdown.text(try shelf.store.load()), ClaimsMarkdown.text(try shelf.store.load()))
        #expect(first == again)
        try shelf.store.write(report: first)
        #expect(try String(contentsOf: shelf.store.directory.appending(path: BookStore.reportName), encoding: .utf8) == first)
        let evidence = try stage.evidence()
        for claim in ClaimCatalogue.all {
            let verdict = ClaimReading(claim, evidence).verdictText
            #expect(first.contains("## \(claim.letter). \(claim.name)\n"))
            #expect(first.contains("**\(MarkdownText.escaped(verdict)).**"), "\(claim.name): \(verdict)")
        }
        #expect(first.contains("- keys: the broker ended \\| early"))
        #expect(first.contains("can't be tested here: one disk") && !first.contains("- disks: one disk"))
        #expect(first.contains("a CPU · 2 CPUs") && first.contains("needs a cluster"))
    }

    @Test func `a book of a modelled disk says so beside the machine and at every figure of it, wherever it is read`() throws {
        let hardware = try Shelf(Stage(), claims: ["sparse-index"])
        #expect(try !ClaimsMarkdown.text(hardware.store.load()).lowercased().contains("modelled"))
        var stage = Stage()
        stage.stands["device-order"]![0].modelled = "lab-host; 7200 rpm"
        let shelf = try Shelf(stage, claims: ["sequential-io"])
        let book = try shelf.store.load()
        #expect(book.modelled == ["lab-host; 7200 rpm"])
        #expect(book.machineLine.hasSuffix(" · MODELLED, no figure of hardware: lab-host; 7200 rpm"))
        let text = ClaimsMarkdown.text(book)
        #expect(text.contains("MODELLED, no figure of hardware: lab-host; 7200 rpm."))
        #expect(text.contains("[read order ratio](#a-sequential-io): 111x (modelled)") && !text.contains("KiB (modelled)"), "the other experiment was made on hardware")
    }

    @Test func `a book of a few claims knows no others, and one that was interrupted says so`() throws {
        let shelf = try Shelf(Stage(), claims: ["sparse-index", "own-cache"])
        shelf.record.endedAt = nil
        shelf.record.experiments.removeLast()
        try shelf.store.write(shelf.record)
        let book = try shelf.store.load()
        #expect(book.readings.map(\.claim.letter) == ["e", "l"])
        #expect(book.readings[1].verdict == .notMeasured("its experiment, own-cache, was not run"))
        #expect(book.conditions.hasSuffix("it was not carried to its end"))
    }

    @Test func `a run that was changed, a run that is gone and a document that is no book are refused`() throws {
        let shelf = try Shelf(Stage(), claims: ["sparse-index"])
        let run = shelf.store.runs.appending(path: shelf.record.experiments[0].runs[0].directory)
        let place = run.appending(path: "run.json")
        let text = try String(contentsOf: place, encoding: .utf8)
        try text.replacing("1.25", with: "1.05").write(to: place, atomically: true, encoding: .utf8)
        #expect { try shelf.store.load() } throws: { if case ResultError.tampered = $0 { true } else { false } }
        try FileManager.default.removeItem(at: run)
        #expect { try shelf.store.load() } throws: { if case ResultError.notFound = $0 { true } else { false } }
        shelf.record.experiments[0].runs[0].directory = "../elsewhere"
        try shelf.store.write(shelf.record)
        #expect { try shelf.store.load() } throws: { if case ResultError.unreadable = $0 { true } else { false } }
        let document = shelf.store.directory.appending(path: BookStore.recordName)
        for text in ["", "{}", #"{"schema": "tidemark.claims", "version": 2}"#, #"{"schema": "tidemark.claims", "version": 3}"#] {
            try Data(text.utf8).write(to: document)
            #expect { try shelf.store.load() } throws: { if case ResultError.unreadable = $0 { true } else { false } }
        }
    }

    @Test func `each claim names its experiments with command and disk, and each figure leads to its sentence`() throws {
        var stage = Stage()
        stage.failures["lookup"] = "no"
        let shelf = try Shelf(stage, claims: ["sparse-index", "removal"])
        let book = try shelf.store.load()
        #expect(book.experiments.map(\.command) == ["lookup", "removal", "retention"].map { "tidemark run Profiles/claims/quick/\($0).yaml" })
        #expect(book.experiments.map(\.text) == ["It has no run that counts.", "Is it so? On ext4 on vda (ssd).", "Is it so? On ext4 on vda (ssd)."])
        let text = ClaimsMarkdown.text(book)
        #expect(text.contains("\n- removal: `tidemark run Profiles/claims/quick/removal.yaml`. Is it so? On ext4 on vda (ssd).\n"))
        #expect(text.contains("| [segments removed](#f-removal): 200x<br>") && text.contains(" | holds | removal | `2026-11-30-removal-000000` |"))
        #expect(text.contains("<a id=\"f-removal\"></a>\nDeleting old data"))
        shelf.record.tier = "full"
        try shelf.store.write(shelf.record)
        #expect(try shelf.store.load().experiments[1].command == "tidemark run Profiles/claims/removal.yaml")
    }

    @Test func `a run that was made once more is kept with the one before it, and both are named`() throws {
        let shelf = try Shelf(Stage(), claims: ["sparse-index"])
        var spoiled = Stage.whereAllHold["lookup"]![0]
        (spoiled.outcome, spoiled.rule) = (.invalid, "steal")
        let before = try spoiled.record("lookup", 7)
        try RunWriter(store: ResultStore(root: shelf.store.runs), record: before).finish(before)
        shelf.record.experiments[0].runs[0].insteadOf = before.identity.directoryName
        try shelf.store.write(shelf.record)
        let book = try shelf.store.load()
        #expect(book.repeats == ["2026-11-30-lookup-000007 was INVALID (a reason), so 2026-11-30-lookup-000000 was made after it"])
        #expect(book.readings[0].verdict == .holds && ClaimsMarkdown.text(book).contains("## Runs that were made once more\n\n- 2026-11-30-lookup-000007 was INVALID"))
        try FileManager.default.removeItem(at: shelf.store.runs.appending(path: before.identity.directoryName))
        #expect { try shelf.store.load() } throws: { if case ResultError.notFound = $0 { true } else { false } }
        shelf.record.experiments[0].runs[0].insteadOf = "../elsewhere"
        try shelf.store.write(shelf.record)
        #expect { try shelf.store.load() } throws: { if case ResultError.unreadable = $0 { true } else { false } }
    }

    @Test func `only what the machine spoiled is made once more, in the full tier, a few times`() throws {
        var book = BookRecord(startedAt: "2026-11-30T06:00:00Z", tier: "full", software: "tidemark 0.1.0", claims: ["sparse-index"])
        func record(_ outcome: Verdict.Outcome, _ rule: String) throws -> RunRecord {
            var stand = Stage.whereAllHold["lookup"]![0]
            (stand.outcome, stand.rule) = (outcome, rule)
            return try stand.record("lookup", 0)
        }
        func repeats(_ book: BookRecord, _ outcome: Verdict.Outcome, _ rule: String) throws -> Bool { book.repeats(try record(outcome, rule)) }
        for rule in ["foreignLoad", "steal", "calibrationDrift", "scheduleLag"] { #expect(try repeats(book, .invalid, rule), "\(rule)") }
        for rule in ["audit", "errors", "impossibleSample"] { #expect(try !repeats(book, .invalid, rule), "\(rule)") }
        #expect(try !repeats(book, .valid, "steal"))
        #expect(try !repeats(book, .saturated, "keptUp"))
        var quick = book
        quick.tier = "quick"
        #expect(try !repeats(quick, .invalid, "steal"))
        var experiment = BookRecord.Experiment(name: "lookup")
        experiment.runs = (0..<BookRecord.repeatsMaximum).map { .init(settings: [:], directory: "b\($0)", insteadOf: "a\($0)") }
        book.experiments = [experiment]
        #expect(try !repeats(book, .invalid, "steal"))
    }

    @Test func `a book whose document was changed is refused, and one from before books were sealed says so`() throws {
        let shelf = try Shelf(Stage(), claims: ["batching"])
        let document = shelf.store.directory.appending(path: BookStore.recordName)
        let stored = try JSONDecoder().decode(BookRecord.self, from: try Data(contentsOf: document))
        let changes: [(inout BookRecord) -> Void] = [
            { $0.experiments[0].runs.reverse() }, { $0.experiments[0].runs[0].settings["producers.batchBytes"] = "1MiB" }, { $0.experiments[0].failure = "not so" },
            { $0.experiments[0].runs.removeLast() }, { $0.tier = "full" }, { $0.sha256 = nil },
        ]
        for change in changes {
            var changed = stored
            change(&changed)
            try JSONEncoder().encode(changed).write(to: document)
            #expect { try shelf.store.load() } throws: { if case ResultError.tampered = $0 { true } else { false } }
        }
        try JSONEncoder().encode(stored).write(to: document)
        #expect(try !shelf.store.load().conditions.contains("seal"), "layout makes no difference")
        var old = stored
        (old.version, old.sha256) = (1, nil)
        try JSONEncoder().encode(old).write(to: document)
        #expect(try shelf.store.load().conditions.hasSuffix("; its book.json carries no seal"))
    }

    @Test func `a campaign of power cuts is read as the lab leaves it, and what is none is refused`() throws {
        let file = URL(filePath: NSTemporaryDirectory() + "tidemark-test-cuts-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let text = """
            {"schema": "tidemark.power-cut", "version": 1, "startedAt": "2026-11-30T05:00:00Z", "modelled": "a virtual machine (tcg)", "machine": "a CPU", "count": 100,
             "seed": 4294967295, "windowMilliseconds": 500.0, "slackMilliseconds": 1000.0,
             "cuts": [{"number": 1, "durability": "interval", "flushesDisk": true, "mayLose": "its window", "escapePercent": 20, "asPromised": true,
                       "acknowledged": 4012, "lost": 17, "oldestLostMilliseconds": 512.5, "failure": null}]}
            """
        try Data(text.utf8).write(to: file)
        let record = try PowerCutRecord.load(file)
        #expect(record.seed == 4_294_967_295 && record.count == 100 && record.windowMilliseconds == 500)
        #expect(record.cuts == [.init(durability: "interval", acknowledged: 4_012, lost: 17, oldestLostMilliseconds: 512.5)])
        for wrong in ["", "{}", text.replacing("power-cut", with: "claims"), text.replacing(#""version": 1"#, with: #""version": 2"#), text.replacing("4012", with: "-1")] {
            try Data(wrong.utf8).write(to: file)
            #expect { try PowerCutRecord.load(file) } throws: { if case ResultError.unreadable = $0 { true } else { false } }
        }
        try FileManager.default.removeItem(at: file)
        #expect { try PowerCutRecord.load(file) } throws: { if case ResultError.notFound = $0 { true } else { false } }
    }

    @Test func `claims are found by name and by letter, in the order of the book`() {
        #expect(ClaimCatalogue.named(["own-cache", "a"])?.map(\.name) == ["sequential-io", "own-cache"])
        #expect(ClaimCatalogue.named(["luck"]) == nil)
        #expect(ClaimCatalogue.all.map(\.letter) == "abcdefghijklmnopqr".map { String($0) })
        #expect(Set(ClaimCatalogue.all.map(\.name)).count == ClaimCatalogue.all.count)
        #expect(ClaimCatalogue.all.allSatisfy { $0.sentence.hasSuffix(".") && $0.method.hasSuffix(".") })
    }
}

/// What Markdown would read as its own.
private enum MarkdownText {
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result += "|*_`\\[]#~".contains(character) ? "\\\(character)" : String(character)
            }
        }
    }
}
