// What is commonly said of disks by their class, beside what this one does.
internal import Measurement
internal import Results

/// One class of disks, as the project's founding document states it.
struct StatedDisk {
    /// In results.
    let diskClasses: [String]
    let name: String
    /// Reads of 4 KiB at random places a second, one at a time.
    let randomReads: Double
    /// In order, at least.
    let megabytesPerSecond: Double

    private static let all = [
        StatedDisk(diskClasses: ["hdd"], name: "HDD", randomReads: 100, megabytesPerSecond: 100),
        StatedDisk(diskClasses: ["ssd", "nvme"], name: "SSD", randomReads: 10_000, megabytesPerSecond: 500),
    ]
    /// What “about” may be off by, up and down.
    private static let about = 3.0

    /// - Parameter point: of the device by itself.
    static func answer(_ point: Evidence.Point) throws -> Answer {
        let (random, sequential) = (try point.metric("random_read_iops"), try point.metric("sequential_read"))
        let here = [random, sequential] + point.record.metrics.filter { $0.name.hasPrefix("random_read_iops_") && $0.value != nil }
        let diskClass = point.record.disks.first?.diskClass ?? "unknown"
        guard let stated = all.first(where: { $0.diskClasses.contains(diskClass) }) else {
            return Answer(all.flatMap(\.figures) + here, .cannotBeTestedHere("what is behind a disk of class \(diskClass) cannot be seen from here"))
        }
        return Answer(stated.figures + here, stated.verdict(random, sequential))
    }

    private var figures: [Metric] {
        [
            .measured("stated: random reads of an \(name)", randomReads, unit: "/s", polarity: .neutral),
            .measured("stated: in order, of an \(name)", megabytesPerSecond, unit: "MB/s", polarity: .neutral),
        ]
    }

    private func verdict(_ random: Metric, _ sequential: Metric) -> ClaimVerdict {
        let found = "\(ClaimText.figure(random)) at random, \(ClaimText.figure(sequential)) in order"
        let verdicts = [
            random.verdict(atLeast: randomReads / Self.about, otherwise: found), random.verdict(atMost: randomReads * Self.about, otherwise: found),
            sequential.verdict(atLeast: megabytesPerSecond, otherwise: found),
        ]
        let broken = verdicts.first { if case .doesNotHoldHere = $0 { true } else { false } }
        return broken ?? verdicts.first { $0 != .holds } ?? .holds
    }
}
