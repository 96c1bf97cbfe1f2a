// From a stored result to what the ladder looks at.
internal import Host
internal import Measurement
package import Results

extension Comparand {
    /// Swapped pages beyond this are memory that the run had to do without.
    static let swapUsedMaximumBytes = 64.0 * 1_048_576

    /// - Parameter name: as a person calls it.
    package init(_ result: StoredResult, name: String) {
        let record = result.record
        self.init(
            name: name, experiment: Self.experiment(record), hard: record.environment.hard, soft: record.environment.soft,
            runState: record.environment.runState, calibration: Self.calibration(record.calibration), spoiled: Self.spoilers(result),
            reservations: Self.reservations(result))
    }

    private static func experiment(_ record: RunRecord) -> [String: String] {
        var fields = ProfileFields.read(record.profile.text)
        fields[ExperimentField.profileName] = record.profile.name
        fields["name"] = nil
        fields["tier"] = record.profile.tier
        if let durability = record.profile.durability { fields["broker.durability"] = durability }
        fields[ExperimentField.suiteVersion] = major(record.software.version)
        fields[ExperimentField.harnessCommit] = record.software.commit
        return fields
    }

    /// What of a version must agree: before 1.0, the minor number is the major one.
    private static func major(_ version: String) -> String {
        let parts = version.split(separator: ".")
        return parts.first == "0" ? parts.prefix(2).joined(separator: ".") : parts.first.map(String.init) ?? version
    }

    private static func calibration(_ record: CalibrationRecord) -> [String: CalibrationValue] {
        record.before.reduce(into: [:]) { values, metric in
            guard let value = metric.value else { return }
            let slices = (record.beforeSlices?[metric.name] ?? []).sorted()
            values[metric.name] = CalibrationValue(value: value, unit: metric.unit, slices: slices.count > 1 ? slices[0]...slices[slices.count - 1] : nil)
        }
    }

    private static func spoilers(_ result: StoredResult) -> [String] {
        let record = result.record
        var reasons: [String] = []
        if case .broken(let reason) = result.seal { reasons.append("changed after it was written: \(reason)") }
        if !record.complete { reasons.append("the run did not end") }
        if record.verdict?.outcome == .invalid {
            reasons += (record.verdict?.reasons ?? []).filter { $0.outcome == .invalid }.map { ($0.phase.map { "\($0): " } ?? "") + $0.text }
        }
        if record.environment.runState["on_battery"] == "true" { reasons.append("it ran on a battery") }
        if let used = record.environment.runState["swap_used_bytes"].flatMap({ Double($0) }), used > swapUsedMaximumBytes {
            reasons.append("\(fixed(used / 1_048_576, 0)) MiB of memory were swapped out")
        }
        return reasons
    }

    private static func reservations(_ result: StoredResult) -> [String] {
        var reasons: [String] = []
        if case .absent(let reason) = result.seal, result.record.complete { reasons.append(reason) }
        if let modelled = result.record.environment.hard[MachineField.modelled] {
            reasons.append("modelled (\(modelled)): no figure of it is hardware's, and none gates")
        }
        if result.record.profile.tier == "quick" { reasons.append("the quick tier is a first impression and never gates") }
        return reasons
    }
}
