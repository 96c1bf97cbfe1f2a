// What a reader of a comparison should know beside its verdicts.
internal import Gate
internal import Host
internal import Measurement
internal import Results

enum ComparisonRemarks {
    static func of(_ record: CampaignRecord, _ plan: ComparisonPlan) -> [String] {
        let slices = record.groups.flatMap(\.slices)
        var remarks: [String] = []
        if let rate = record.rate {
            let share = rate.saturationRecordsPerSecond.map { ", \(percent(rate.recordsPerSecond / $0)) of what the base carries" } ?? ""
            remarks.append("open loop at \(fixed(rate.recordsPerSecond, 0)) records/s\(share), the same for every slice")
        }
        if let lane = GroupLine.median(slices.compactMap(\.laneShare)), lane > VerdictThresholds.laneSaturationMaximum {
            remarks.append(
                "the busiest client thread ran or waited for a CPU \(percent(lane)) of the time: throughput is the client's as well, and a change of the broker shows diluted; CPU per record does not")
        }
        if let floor = floor(slices) { remarks.append(floor) }
        let restless = slices.compactMap(\.idleShare).filter { $0 > Comparison.idleShareMaximum }
        if let worst = restless.max() {
            remarks.append("the idle build used up to \(percent(worst, decimals: 1)) of a CPU in \(restless.count) of \(slices.count) slices")
        }
        let dirty = slices.filter { $0.dirtyBytes > DiskRest.restBytes }
        if !dirty.isEmpty {
            remarks.append("the disk had not come to rest within \(fixed(Double(DiskRest.patienceNanoseconds) / 1e9, 0)) s before \(dirty.count) of \(slices.count) slices")
        }
        if let foreign = record.groups.compactMap(\.foreignShare).max(), foreign > VerdictThresholds.foreignCPUShareMaximum {
            remarks.append("other processes used up to \(percent(foreign, decimals: 1)) of the machine's CPUs in a group")
        }
        remarks += once(record.groups, plan)
        return remarks
    }

    /// Response times below what the timers add.
    private static func floor(_ slices: [SliceRecord]) -> String? {
        guard let hiccup = GroupLine.median(slices.compactMap { $0.hiccupP99Nanoseconds.map { Double($0) } }),
            let response = GroupLine.median(slices.compactMap { $0.response?.value(at: 0.99).map { Double($0) } }),
            response < hiccup * VerdictThresholds.hiccupFactor
        else { return nil }
        return "p99 (\(fixed(response / 1e6, 3)) ms) is below three times the timer overshoot (\(fixed(hiccup / 1e6, 3)) ms): "
            + "as a latency it is the machine's, as a comparison it still holds for both sides alike"
    }

    /// What should happen several times a slice, and did not.
    private static func once(_ groups: [GroupRecord], _ plan: ComparisonPlan) -> [String] {
        let slices = groups.flatMap(\.slices).filter { !$0.counters.isEmpty }
        guard let removed = GroupLine.median(slices.map { Double($0.counters["retention_segments"] ?? 0) }), removed < timesMinimum else { return [] }
        return ["retention removed \(fixed(removed, 0)) segments in a slice: what happens less than \(fixed(timesMinimum, 0)) times makes slices differ by chance"]
    }
    private static let timesMinimum = 3.0
}
