// What a load came to.
package import Measurement
package import Results

package struct LoadOutcome: Sendable {
    /// In the order of the run; also appended to the record.
    package var phases: [PhaseRecord]
    /// The one that counts.
    package var steady: PhaseRecord
    package var facts: VerdictFacts
    /// Of each group of producers, where they are told apart.
    package var groupFacts: [VerdictFacts] = []
    package var measurement: PhaseMeasurement
    /// Acknowledged within the steady phase's wall time, whatever phase it was intended in.
    package var recordsPerSecond: Double
    package var bytesPerSecond: Double
    package var steadySeconds: Double
    /// Of records intended in the steady phase.
    package var acknowledgedRecords: UInt64
    package var acknowledgedBytes: UInt64
    package var acknowledgedRequests: UInt64
    /// Over all phases, warm-up included.
    package var totalAcknowledgedBytes: UInt64
    package var consumedRecords: UInt64
    package var consumedBytes: UInt64
    package var polls: UInt64
    /// (on-CPU + run-queue delay) / wall of the busiest lane.
    package var clientSaturation: Double?
    package var audit: AuditOutcome
    /// How near each resource was to its end, as far as the phase itself tells.
    package var limits: LimiterFacts
    /// One sentence when no steady state was found or waited for.
    package var steadyNote: String?

    /// What bounded it.
    ///
    /// - Parameter generatorCeilingShare: the result over what the generator reaches against a null broker, where that is known.
    package func limiter(generatorCeilingShare: Double? = nil) -> LimiterFinding {
        var limits = limits
        limits.generatorCeilingShare = generatorCeilingShare
        var finding = LimiterFinding.find(limits)
        finding.phase = steady.name
        return finding
    }

    package var verdict: Verdict { Verdict(reasons: ([facts] + groupFacts).flatMap { Verdict.judge($0).reasons }) }
    package var histograms: [String: LatencyHistogram] { steady.histograms }

    /// What may be printed of quantile `q` of a clock, by METHOD §1.
    package func reading(_ clock: String, at q: Double) -> QuantileReading {
        let events = clock == "end_to_end" ? polls : acknowledgedRequests
        let lag = clock == "response" || clock == "end_to_end" ? steady.histograms["schedule_lag"] : nil
        return (histograms[clock] ?? LatencyHistogram())
            .reading(at: q, hiccup: measurement.hiccup.merged, scheduleLag: lag, events: events)
    }
}
