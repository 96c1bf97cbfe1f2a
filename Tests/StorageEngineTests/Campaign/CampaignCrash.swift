// One crash of a copy of the disk, the start behind it, and what must hold then.
import Host
import Records
@testable import StorageEngine
import Testing
import Vocabulary

struct CampaignCrash {
    let seed: UInt64
    private let disk: SimulatedFileSystem
    private let clock: TestClock
    private var generator: SplitMix
    /// Whether what is left on the disk was damaged too: then nothing is promised but that it is noticed.
    let isFlipped: Bool
    private(set) var reports: [RecoveryReport] = []
    private(set) var failures: [String] = []
    private(set) var detections = 0

    init(seed: UInt64, of disk: SimulatedFileSystem, clock: TestClock) {
        self.clock = clock
        self.seed = seed
        self.disk = disk
        generator = SplitMix(seed)
        isFlipped = generator.next() % 8 == 0
    }

    mutating func run(_ models: [CampaignLog]) {
        let how: SimulatedFileSystem.Reboot
        switch generator.next() % 16 {
        case 0: how = .kill
        case 1: how = .powerLoss
        default: how = .partialPowerLoss(seed: generator.next())
        }
        disk.reboot(how)
        let flip = isFlipped ? damage() : nil
        if !isFlipped, generator.next() % 8 == 0 { reserveSpace() }
        do {
            if !isFlipped, generator.next() % 4 == 0 { crashStart() }
            let storage = try Storage.open(directories: ["d"], configuration: CampaignRun.configuration(clock), fileSystem: disk)
            defer { storage.abandon() }
            reports = storage.recoveryReports
            for model in models { check(model, in: storage, "\(how)\(flip.map { ", \($0)" } ?? "")") }
        } catch {
            // A start that can't tell what is true says so and leaves everything as it is.
            if isFlipped { detections += 1 } else { failures.append("\(how): the start fails: \(error)") }
        }
    }

    /// The start meets a crash of its own.
    private mutating func crashStart() {
        disk.plan(.crash(torn: Int(generator.next() % 200)), at: 1 + Int(generator.next() % 40))
        if let storage = try? Storage.open(directories: ["d"], configuration: CampaignRun.configuration(clock), fileSystem: disk) {
            storage.abandon()
        }
        disk.reboot(generator.next() % 3 == 0 ? .kill : .partialPowerLoss(seed: generator.next()))
    }

    private mutating func check(_ model: CampaignLog, in storage: Storage, _ context: String) {
        guard let log = storage.log(of: model.partition) else {
            // Its topic was being made when the power went.
            if model.promisedEnd > 0 { failures.append("\(context): \(model.kind) is gone") }
            return
        }
        var check = CampaignCheck(model, generator.next())
        check.isLenient = isFlipped
        failures += check.faults(of: log).map { "\(context): \($0)" }
        detections += check.detections
        if !isFlipped, failures.isEmpty { failures += check.sequenceFaults(of: log).map { "\(context): \($0)" } }
    }

    /// Turns one bit of one file; now and then its end is cut off or has something behind it instead.
    ///
    /// - Returns: what was done where.
    private mutating func damage() -> String? {
        let paths = disk.paths().filter { disk.bytes(of: $0)?.isEmpty == false }
        guard !paths.isEmpty else { return nil }
        // Each kind of file gets its share, whatever its size.
        let kinds = Dictionary(grouping: paths) { $0.split(separator: ".").last.map(String.init) ?? "" }
        let kind = kinds.keys.sorted()[Int(generator.next() % UInt64(kinds.count))]
        let logs = kinds["log"] ?? []
        if generator.next() % 8 == 0, logs.count > 1 {
            // Something behind a segment that is not the last of its log.
            let byDirectory = Dictionary(grouping: logs) { AtomicReplace.parent(of: $0) }.values.filter { $0.count > 1 }
            let some = byDirectory.sorted { $0[0] < $1[0] }
            guard !some.isEmpty else { return nil }
            let path = some[Int(generator.next() % UInt64(some.count))].dropLast().last!
            disk.damage(path) { $0 += [UInt8](repeating: 0xa5, count: 40) }
            return "40 bytes behind \(path)"
        }
        let path = kinds[kind]![Int(generator.next() % UInt64(kinds[kind]!.count))]
        let size = disk.bytes(of: path)!.count
        let some = 1 + Int(generator.next() % UInt64(min(size, 300)))
        switch generator.next() % 6 {
        case 0:
            disk.damage(path) { $0.removeLast(some) }
            return "\(some) of \(size) bytes cut off \(path)"
        case 1:
            disk.damage(path) { $0 += [UInt8](repeating: 0xa5, count: some) }
            return "\(some) bytes behind \(path)"
        default:
            let bit = Int(generator.next() % UInt64(size * 8))
            disk.damage(path) { $0[bit / 8] ^= 1 << UInt8(bit % 8) }
            return "bit flipped at byte \(bit / 8) of \(path)"
        }
    }

    /// Space was reserved behind a segment's batches and not cut off, or the cut was lost.
    private mutating func reserveSpace() {
        let logs = disk.paths().filter { $0.hasSuffix(".log") }
        guard let path = logs.isEmpty ? nil : logs[Int(generator.next() % UInt64(logs.count))] else { return }
        disk.damage(path) { $0 += [UInt8](repeating: 0, count: 700) }
    }
}
