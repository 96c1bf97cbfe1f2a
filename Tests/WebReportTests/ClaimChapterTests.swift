// A book of claims as a page.
import Claims
import Foundation
import Results
import Testing
@testable import WebReport

@Suite struct ClaimChapterTests {
    private func book(_ failure: String) throws -> ClaimBook {
        var record = BookRecord(startedAt: "2026-11-30T06:00:00Z", tier: "quick", software: "tidemark 0.1.0", claims: ClaimCatalogue.all.map(\.name))
        var experiment = BookRecord.Experiment(name: "lookup")
        experiment.failure = failure
        record.experiments = [experiment]
        let machine = EnvironmentRecord(
            hard: ["cpu_model": "a CPU", "modelled": "lab-vm"], traits: [TraitRecord(name: "congestion control", finding: "bbr is the default", countermeasure: "cubic on both sides", spoils: true)])
        return try ClaimBook(name: "2026-11-30-claims-000001", record: record, machine: machine, disk: nil, Evidence(["lookup": .failed(failure)]))
    }

    @Test func `each claim has a chapter with its verdict, beside runs too, and nothing in it is HTML of its own`() throws {
        let hostile = "<script>window.pwned = 1</script>"
        let book = try book(hostile)
        for subjects in [[WebReport.Subject.claims(book)], [.run(try Fixture.run()), .claims(book)]] {
            let html = Fixture.html(subjects)
            let prefix = subjects.count == 1 ? "" : "r2-"
            for claim in ClaimCatalogue.all {
                #expect(html.contains("id=\"\(prefix)claim-\(claim.letter)\""))
                #expect(html.contains("<a href=\"#\(prefix)claim-\(claim.letter)\">\(Markup.escaped(claim.sentence))</a>"))
                for experiment in claim.experiments { #expect(html.contains("<li>\(experiment): tidemark run Profiles/claims/quick/\(experiment).yaml. ")) }
            }
            #expect(html.contains("needs a cluster") && html.contains("its experiment, lookup, failed: &lt;script&gt;"))
            #expect(html.contains("a CPU · MODELLED, no figure of hardware: lab-vm"))
            #expect(!html.contains(hostile) && html.contains("bbr is the default"))
            #expect(Fixture.html(subjects) == html)
        }
    }
}
