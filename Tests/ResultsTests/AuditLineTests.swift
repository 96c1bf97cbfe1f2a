import Measurement
import Testing

@testable import Results

@Suite struct AuditLineTests {
    private func facts(_ phase: String, _ audit: AuditOutcome, extent: String? = nil) -> VerdictFacts {
        var facts = VerdictFacts(phase: phase, load: .maxRate)
        facts.audit = audit
        facts.auditExtent = extent
        return facts
    }

    @Test func `failures come first, samples are not called every record, and what was not audited says why`() {
        let text = AuditLine.text([
            facts("steady", .passed), facts("ceiling", .notRun("keeps nothing")), facts("fetch", .passed, extent: "lengths + sampled full reads"),
            facts("zero-copy", .failed(["x"]), extent: "lengths + sampled full reads"), facts("fill", .passed),
        ])
        #expect(text == "FAILED in zero-copy; every record accounted for in steady, fill; lengths + sampled full reads in fetch; not in ceiling (keeps nothing)")
    }

    @Test func `a run without phases has no audit`() { #expect(AuditLine.text([]) == "none") }
}
