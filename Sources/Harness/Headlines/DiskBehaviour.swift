// Which class a disk behaves like, by what it was measured to do: names lie, and some tell nothing.
internal import Host
internal import Measurement
internal import Results
internal import Topology

/// What tells classes of disks apart.
struct DiskBehaviour: Equatable {
    /// A read of 4 KiB at a random place, one at a time, nanoseconds, p50.
    let randomRead: Double
    /// Bytes a second in sequence, past the page cache: read, where that could be had, else written; nil: neither.
    let sequential: Double?
    /// An append of 4 KiB with its sync, nanoseconds, p50; nil where it was not measured.
    let sync: Double?

    // Of hardware's classes as they are built. A head that has to move takes longer, flash answers sooner.
    static let headNanoseconds = 2_000_000.0
    /// Of NVMe; SATA's flash can take longer.
    static let nvmeNanoseconds = 500_000.0
    /// No device's answer comes over a bus so soon.
    static let memoryNanoseconds = 10_000.0
    /// A sync that has to reach no device.
    static let memorySyncNanoseconds = 50_000.0
    /// SATA's link carries no more.
    static let sataBytesPerSecond = 600e6
    /// Any NVMe disk's reads exceed it.
    static let nvmeBytesPerSecond = 1e9
    /// No head reads its tracks faster.
    static let headBytesPerSecond = 400e6
    /// Bytes in sequence over bytes at random, from which on places matter.
    static let headRatio = 35.0

    enum Likeness: Equatable {
        case like(DiskClass)
        /// Either fits.
        case between(DiskClass, DiskClass)
        /// None fits, and why.
        case unlike(String)
    }

    var likeness: Likeness {
        if randomRead < Self.memoryNanoseconds {
            // A cache in front of a disk answers reads as soon, and no syncs.
            guard let sync, sync >= Self.memorySyncNanoseconds else { return .like(.memory) }
            return .unlike("reads like memory, syncs like none")
        }
        if randomRead < Self.nvmeNanoseconds {
            guard let sequential, !(Self.sataBytesPerSecond...Self.nvmeBytesPerSecond).contains(sequential) else { return .between(.ssd, .nvme) }
            return .like(sequential > Self.nvmeBytesPerSecond ? .nvme : .ssd)
        }
        if randomRead < Self.headNanoseconds {
            guard let sequential, sequential > Self.sataBytesPerSecond else { return .like(.ssd) }
            return .unlike("answers as late as no NVMe, moves more than SATA")
        }
        guard let sequential else { return .unlike("answers as late as a head, and nothing says how fast it reads on") }
        guard sequential <= Self.headBytesPerSecond else { return .unlike("answers as late as a head, moves more than one") }
        guard sequential >= Self.headRatio * 4096 / (randomRead / 1e9) else { return .unlike("as slow in sequence as at random") }
        return .like(.hdd)
    }

    /// Whether a random read takes as long as the class lets one expect; nil for classes of which nothing is expected.
    func confirms(_ diskClass: DiskClass) -> Bool? {
        switch diskClass {
        case .hdd: randomRead > Self.headNanoseconds
        case .ssd: randomRead < Self.headNanoseconds
        case .nvme: randomRead < Self.nvmeNanoseconds
        case .memory: randomRead < 100_000
        case .virtual, .network, .unknown: nil
        }
    }
}

extension DiskBehaviour {
    /// nil for a calibration without a random read.
    init?(_ calibration: [Metric]) {
        func value(_ name: String) -> Double? { calibration.first { $0.name == name }?.value.flatMap { $0 > 0 ? $0 : nil } }
        guard let random = value("random_read_p50") else { return nil }
        self.init(randomRead: random, sequential: (value("read_direct") ?? value("write_direct")).map { $0 * 1e9 }, sync: value("append_fdatasync_p50"))
    }

    var record: DiskBehaviourRecord {
        let figures = ["random read \(Self.time(randomRead))", sequential.map { "sequential \(threeDigits($0 / 1e6)) MB/s" }, sync.map { "sync \(Self.time($0))" }]
        var like: String?
        let words: String
        switch likeness {
        case .like(let diskClass):
            like = diskClass.rawValue
            words = "behaves like \(diskClass.rawValue)"
        case .between(let one, let other): words = "between \(one.rawValue) and \(other.rawValue)"
        case .unlike(let why): words = "like no class: \(why)"
        }
        return DiskBehaviourRecord(like: like, words: words, figures: figures.compactMap { $0 }.joined(separator: ", "))
    }

    private static func time(_ nanoseconds: Double) -> String { Duration.text(nanoseconds: UInt64(nanoseconds)) }
}
