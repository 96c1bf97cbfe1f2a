// The refusal ladder: from two comparands to same, similar, different or invalid, with every reason. Pure.
internal import Host

/// | rung | when | what follows |
/// |---|---|---|
/// | same | hard fields equal, calibration within 5 % | direct comparison |
/// | similar | hard fields equal; calibration within 15 %, a soft field differs, or a reservation | the same under a banner, no gate |
/// | different | a hard field differs, or the calibration by more between two boots | figures relative to each machine's own limits, no marks |
/// | invalid | two experiments, a run that does not count, or a modelled machine on one side only | refused |
package enum RefusalLadder {
    /// Relative difference of a calibration figure up to which two machines are the same.
    package static let sameWithin = 0.05
    /// … and up to which they are similar.
    package static let similarWithin = 0.15
    static let bootField = "boot_hash"
    /// Memory that the kernel keeps for itself differs a little from boot to boot.
    static let memoryWithin = 0.01

    /// Medians only: a tail's own spread is wider than any threshold that could tell machines apart by it.
    package static let judgedCalibration = [
        "crc_varint_one_core", "crc_varint_all_cores", "memcpy_64mib", "tcp_stream", "tcp_ping_p50", "write_buffered", "write_direct",
        "append_fdatasync_p50", "read_cached", "random_read_p50",
    ]

    /// - Parameter axes: fields of any tier that are the question itself, such as those named as rows or columns: there a
    ///   difference is no obstacle.
    package static func judge(_ first: Comparand, _ second: Comparand, axes: Set<String> = []) -> Comparability {
        Comparability(
            obstacles: spoiled(first, second) + experiment(first, second, axes) + hard(first, second, axes) + calibration(first, second)
                + soft(first, second, axes) + reservations(first, second) + runState(first, second))
    }

    private static func spoiled(_ first: Comparand, _ second: Comparand) -> [Obstacle] {
        [first, second].flatMap { side in side.spoiled.map { Obstacle(.spoiled, .invalid, field: "run", text: "\(side.name): \($0)") } }
    }

    private static func experiment(_ first: Comparand, _ second: Comparand, _ axes: Set<String>) -> [Obstacle] {
        Comparand.fields(first.experiment, second.experiment).compactMap { field in
            let (a, b) = (first.experiment[field], second.experiment[field])
            guard a != b, !isAxis(field, axes) else { return nil }
            if field == ExperimentField.harnessCommit {
                return Obstacle(.experiment, .similar, field: field, first: a, second: b, text: "another build of the harness itself drove the load")
            }
            if ExperimentField.isSeed(field) {
                return Obstacle(.experiment, .similar, field: field, first: a, second: b, text: "other random payloads or arrivals")
            }
            return Obstacle(.experiment, .invalid, field: field, first: a, second: b, text: ExperimentField.words(field))
        }
    }

    private static func hard(_ first: Comparand, _ second: Comparand, _ axes: Set<String>) -> [Obstacle] {
        Comparand.fields(first.hard, second.hard).compactMap { field in
            let (a, b) = (known(first.hard[field]), known(second.hard[field]))
            // Never the question itself either, and absent means hardware.
            if field == MachineField.modelled {
                return a == b ? nil : Obstacle(.hard, .invalid, field: field, first: a, second: b, text: MachineField.words(field))
            }
            guard !MachineField.repeatsAnother.contains(field), !isAxis(field, axes) else { return nil }
            if a == b || field == "memory_bytes" && isClose(a, b, within: memoryWithin) { return nil }
            guard a != nil, b != nil else {
                return Obstacle(
                    .hard, .similar, field: field, first: a, second: b, text: "not recorded by one of them, so it can't be shown to be equal")
            }
            return Obstacle(.hard, .different, field: field, first: a, second: b, text: MachineField.words(field))
        }
    }

    private static func calibration(_ first: Comparand, _ second: Comparand) -> [Obstacle] {
        guard !first.calibration.isEmpty, !second.calibration.isEmpty else {
            return [
                Obstacle(
                    .calibration, .similar, field: "calibration", first: first.calibration.isEmpty ? nil : "made",
                    second: second.calibration.isEmpty ? nil : "made",
                    text: "without a calibration on both sides, equal names do not show that the machines were equal")
            ]
        }
        // Short readings of one virtual machine, minutes apart, are often 20 % apart: what they show is its mood. Where hard
        // fields agree and the boot is the same one, no calibration can make it another machine.
        let boot = known(first.runState[bootField])
        let sameBoot = boot != nil && boot == known(second.runState[bootField])
        return judgedCalibration.compactMap { item in
            guard let a = first.calibration[item], let b = second.calibration[item], a.value > 0, b.value > 0 else { return nil }
            let apart = max(a.value, b.value) / min(a.value, b.value) - 1
            guard apart > sameWithin else { return nil }
            // Readings that overlap slice by slice may be the same machine on a restless day.
            let overlap = a.slices.flatMap { slices in b.slices.map(slices.overlaps) } ?? false
            let isFar = apart > similarWithin && !overlap
            let rung: Rung = isFar && !sameBoot ? .different : .similar
            return Obstacle(
                .calibration, rung, field: item, first: "\(threeDigits(a.value)) \(a.unit)", second: "\(threeDigits(b.value)) \(b.unit)",
                text: "measured \(percent(apart)) apart" + (apart > similarWithin ? excuse(overlap, sameBoot) : ""))
        }
    }

    private static func excuse(_ overlap: Bool, _ sameBoot: Bool) -> String {
        if overlap { return ", though the slices of the two readings overlap" }
        return sameBoot ? ", in one boot of one machine: it was in another state" : ""
    }

    private static func soft(_ first: Comparand, _ second: Comparand, _ axes: Set<String>) -> [Obstacle] {
        Comparand.fields(first.soft, second.soft).compactMap { field in
            let (a, b) = (known(first.soft[field]), known(second.soft[field]))
            guard a != b, !isAxis(field, axes) else { return nil }
            return Obstacle(
                .soft, .similar, field: field, first: a, second: b,
                text: a == nil || b == nil ? "not recorded by one of them" : MachineField.words(field))
        }
    }

    private static func reservations(_ first: Comparand, _ second: Comparand) -> [Obstacle] {
        let both = first.reservations.filter(second.reservations.contains)
        return both.map { Obstacle(.experiment, .similar, field: "reservation", text: "both: \($0)") }
            + [first, second].flatMap { side in
                side.reservations.filter { !both.contains($0) }.map { Obstacle(.experiment, .similar, field: "reservation", text: "\(side.name): \($0)") }
            }
    }

    private static func runState(_ first: Comparand, _ second: Comparand) -> [Obstacle] {
        Comparand.fields(first.runState, second.runState).compactMap { field in
            let (a, b) = (known(first.runState[field]), known(second.runState[field]))
            guard a != b else { return nil }
            return Obstacle(.runState, .same, field: field, first: a, second: b, text: "as it was just then; not held against them")
        }
    }

    private static func known(_ value: String?) -> String? { value == "unknown" ? nil : value }

    private static func isClose(_ a: String?, _ b: String?, within: Double) -> Bool {
        guard let a = a.flatMap({ Double($0) }), let b = b.flatMap({ Double($0) }), a > 0, b > 0 else { return false }
        return max(a, b) / min(a, b) - 1 <= within
    }

    /// `durability` stands for `broker.durability` too.
    private static func isAxis(_ field: String, _ axes: Set<String>) -> Bool {
        axes.contains(field) || axes.contains { field.hasSuffix(".\($0)") }
    }
}
