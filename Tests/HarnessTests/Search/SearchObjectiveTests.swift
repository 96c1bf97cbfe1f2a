// What a search is told to keep is read strictly, and what is wrong is said for people.
import Testing

@testable import Harness

@Suite struct SearchObjectiveTests {
    private func fault(_ text: String) -> String {
        do {
            return "taken as \(try SearchObjective.parse(text))"
        } catch { return error.text }
    }

    @Test func `conditions come in their order, white space and all`() throws {
        let objective = try SearchObjective.parse("  p99 <=10ms and  lag   slope<= 0 and errors = 0 and late < 0.5% and lag <= 1000 and max <= 2s and p99.9 < 1.5ms")
        #expect(objective.conditions.map(\.metric) == [.p99, .lagSlope, .errors, .late, .lag, .max, .p999])
        #expect(objective.conditions.map(\.bound) == [10e6, 0, 0, 0.005, 1000, 2e9, 1.5e6])
        #expect(objective.conditions.map(\.excludesBound) == [false, false, false, true, false, false, true])
        #expect(objective.description == "p99 <= 10ms and lag slope <= 0 and errors = 0 and late < 0.5% and lag <= 1000 and max <= 2s and p99.9 < 1.5ms")
        #expect(try SearchObjective.parse(objective.description) == objective)
    }

    @Test func `end-to-end times are conditions of their own beside response times`() throws {
        let objective = try SearchObjective.parse("e2e  p99 <= 20ms and p99 <= 10ms and e2e max < 1s and e2e p99.9 <= 50ms")
        #expect(objective.conditions.map(\.metric) == [.endToEndP99, .p99, .endToEndMax, .endToEndP999] && objective.conditions.map(\.bound) == [20e6, 10e6, 1e9, 50e6])
        #expect(objective.conditions.map(\.metric.quantile) == [0.99, 0.99, nil, 0.999] && objective.conditions.map(\.metric.needsReaders) == [true, false, true, true])
        #expect(try SearchObjective.parse(objective.description) == objective)
    }

    @Test(arguments: [
        ("", "must name a condition, such as p99 <= 10ms"), ("p99", "has ‘p99’, which compares nothing: a condition reads like p99 <= 10ms"),
        ("p99 <= 10ms and", "has an ‘and’ with nothing on one side"), ("and p99 <= 10ms", "has an ‘and’ with nothing on one side"),
        ("P99 <= 10ms", "has the unknown figure ‘P99’; did you mean ‘p99’?"), ("lag slop <= 0", "has the unknown figure ‘lag slop’; did you mean ‘lag slope’?"),
        ("throughput <= 5", "has the unknown figure ‘throughput’; there are p50, p90, p99, p99.9, max, lag slope, lag, errors, late, e2e p50, e2e p90, e2e p99, e2e p99.9, e2e max"),
        ("<= 5", "has a comparison with nothing on its left; there are p50, p90, p99, p99.9, max, lag slope, lag, errors, late, e2e p50, e2e p90, e2e p99, e2e p99.9, e2e max"),
        ("p99 >= 10ms", "has ‘>=’ in ‘p99 >= 10ms’: every one of these grows with the rate, so a bound is one from above: <= or <"),
        ("p99 == 10ms", "has ‘==’ in ‘p99 == 10ms’: a condition has <=, < or ="), ("p99 ≤ 10ms", "has ‘≤’ in ‘p99 ≤ 10ms’: a condition has <=, < or ="),
        ("p99 <= 10", "has ‘10’ for ‘p99’, which must be a duration above 0 such as 10ms"),
        ("p99 <= 0ms", "has ‘0ms’ for ‘p99’, which must be a duration above 0 such as 10ms"),
        ("p99 <= 10ms or errors = 0", "has ‘10ms or errors = 0’ for ‘p99’, which must be a duration above 0 such as 10ms"),
        ("p99 = 10ms", "has ‘= 10ms’ in ‘p99 = 10ms’: = is for counts that must be 0, else write <="),
        ("errors = 3", "has ‘= 3’ in ‘errors = 3’: = is for counts that must be 0, else write <="),
        ("errors <= 1.5", "has ‘1.5’ for ‘errors’, which must be a whole number"), ("errors < 0", "has ‘errors < 0’, which nothing can keep: write errors <= 0"),
        ("late <= 120%", "has ‘120%’ for ‘late’, which must be a share such as 0.1% or 0.001, or 0"),
        ("lag slope <= fast", "has ‘fast’ for ‘lag slope’, which must be records a second, such as 0 or 100"),
        ("p99 <= 10ms and p99 <= 20ms", "names ‘p99’ twice"),
        ("e2e p99 <= 10", "has ‘10’ for ‘e2e p99’, which must be a duration above 0 such as 10ms"), ("e2e maxx <= 10ms", "has the unknown figure ‘e2e maxx’; did you mean ‘e2e max’?"),
    ])
    func `what is no objective is refused with what would be right`(text: String, why: String) { #expect(fault(text) == why) }
}
