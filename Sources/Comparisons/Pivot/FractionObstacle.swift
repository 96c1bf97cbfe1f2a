// Why a fraction of a machine's limit is not held beside another machine's: where it was tried and did not carry over.
internal import Results

/// Something that a run had, and that no part of the calibration measures. Fractions of runs that all have it, or all have not, stand.
/// Tried by `Scripts/second-machine`.
enum FractionObstacle: CaseIterable, Sendable {
    /// The same broker reached 0.52 of its path on two CPUs and 0.41 on one, which no interval of its seconds holds: what turns cost
    /// is in no part of the calibration.
    case turns
    /// The same broker reached 0.61 [0.48, 0.85] of its path on ext4 and 0.24 [0.21, 0.31] on tmpfs, its engine 4.7 and 2.2 GB/s: there
    /// preallocation finds and clears every page (4.9 GB/s by itself, where ext4 notes an extent), and the calibration's copy has its memory.
    case memory

    var text: String {
        switch self {
        case .turns: "client and broker took turns on one CPU"
        case .memory: "the log was on a file system in memory, whose pages cost what a disk's do not"
        }
    }

    static func all(of record: RunRecord) -> [FractionObstacle] {
        allCases.filter { obstacle in
            switch obstacle {
            case .turns: OwnLimits.usableCPUs(record.environment.hard) <= 1
            case .memory: ["tmpfs", "ramfs"].contains(record.environment.hard["filesystem"])
            }
        }
    }

    /// Those that some sides have and others have not.
    static func apart(_ sides: [ComparisonSide]) -> [FractionObstacle] {
        allCases.filter { obstacle in Set(sides.map { $0.obstacles.contains(obstacle) }).count > 1 }
    }
}
