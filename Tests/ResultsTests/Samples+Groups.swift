// A load of two groups of producers and two of consumers, one of each as it should not be.
import Measurement
import Results

extension Sample {
    /// 5,000 small records a second beside bulk at maximum rate, read by a tail and, slowly, for an archive; five seconds.
    static func groups(_ change: (inout PhaseRecord) -> Void = { _ in }) -> RunRecord {
        var record = start()
        var phase = steadyPhase()
        phase.counters = [
            "scheduled_records": 124_000, "acknowledged_records": 123_950, "acknowledged_bytes": 410_000_000, "acknowledged_requests": 9_000,
            "consumed_records": 127_950, "polls": 4_000, "load_nanoseconds": 5_000_000_000,
        ]
        phase.histograms["service"] = histogram()
        phase.histograms["end_to_end"] = histogram()
        phase.notes = ["mixed loop"]
        var small = LoadGroupRecord(name: "small", role: .producers, lanes: 1, mode: "open")
        small.series = [SecondRecord(second: 0, records: 5_000, bytes: 500_000, responseP50Nanoseconds: 300_000)]
        small.histograms = ["response": histogram(), "service": histogram(), "schedule_lag": LatencyHistogram()]
        small.counters = [
            "scheduled_records": 25_000, "acknowledged_records": 24_950, "acknowledged_bytes": 2_495_000, "acknowledged_requests": 6_000, "failed_records": 0,
        ]
        small.notes = ["records of 64 to 136 bytes, 100.0 on average"]
        var bulk = LoadGroupRecord(name: "bulk", role: .producers, lanes: 2, mode: "max")
        bulk.histograms = ["response": histogram(), "service": histogram()]
        bulk.counters = [
            "scheduled_records": 99_000, "acknowledged_records": 99_000, "acknowledged_bytes": 407_505_000, "acknowledged_requests": 3_000,
            "batch_bytes": 205_000_000, "uncompressed_batch_bytes": 410_000_000,
        ]
        var live = LoadGroupRecord(name: "live", role: .consumers, lanes: 1, mode: "tail")
        live.histograms = ["end_to_end": histogram()]
        live.counters = ["consumed_records": 123_950, "consumed_bytes": 410_000_000, "polls": 4_000, "behind_records": 12]
        var archive = LoadGroupRecord(name: "archive", role: .consumers, lanes: 1, mode: "slow")
        archive.histograms = ["end_to_end": LatencyHistogram()]
        archive.counters = ["consumed_records": 4_000, "consumed_bytes": 13_231_000, "polls": 40, "behind_records": 119_950, "read_nanoseconds": 4_000_000_000]
        phase.groups = [small, bulk, live, archive]
        change(&phase)
        record.phases = [phase]
        var whole = VerdictFacts(phase: "steady", load: .maxRate)
        whole.audit = .passed
        var own = VerdictFacts(phase: "steady", load: .openLoop)
        own.group = "small"
        record.facts = [whole, own]
        record.verdict = Verdict.judge(record.facts)
        record.complete = true
        return record
    }
}
