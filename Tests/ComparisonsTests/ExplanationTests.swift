@testable import Comparisons
import Measurement
@testable import Results
import Testing

@Suite struct ExplanationTests {
    private func explain(_ a: StoredResult, _ b: StoredResult, everything: Bool = false) -> String {
        Explanation.text(Comparand(a, name: "one"), Comparand(b, name: "two"), everything: everything)
    }

    @Test func `a spoiled run is named first, with its reason`() {
        let text = explain(
            Stored.result("000001"),
            Stored.result("000002") { $0.verdict = Verdict(reasons: [.init(rule: "audit", outcome: .invalid, phase: "steady", text: "partition 0: sequence 7 is missing")]) })
        #expect(text.contains("INVALID: nothing may be compared, because of two: steady: partition 0: sequence 7 is missing."))
    }

    @Test func `two machines: every field with both values and what it means, and the calibration side by side`() {
        let text = explain(Stored.result("000001"), Stored.result("000002", on: Machine.host, calibration: Machine.calibration(faster: 2)))
        #expect(text.contains("DIFFERENT: only figures relative to each machine's own limits may be compared"))
        #expect(text.contains("cpu_model") && text.contains("AMD Ryzen 9 7950X") && text.contains("another processor"))
        #expect(text.split(separator: "\n").contains { $0.contains("tcp_stream (GB/s)") && $0.contains("2.00") })
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test func `equal results say so, and with --all what is equal`() {
        let text = explain(Stored.result("000001"), Stored.result("000002"), everything: true)
        #expect(text.contains("SAME: figures may be compared directly: the experiment and the machine agree."))
        #expect(text.contains("EQUAL IN THE EXPERIMENT") && text.contains("topic.partitions  2"))
        #expect(text.contains("Equal: "))
    }
}
