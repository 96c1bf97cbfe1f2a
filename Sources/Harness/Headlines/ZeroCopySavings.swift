// What zero-copy saves: the same log served by splice, by sendfile, through copying and encrypted, in short slices of one broker process
// in random order, with the broker's CPU read from outside, and beside it a bare C loop that copies and the floor.
internal import Client
internal import Foundation
internal import Host
internal import Measurement
internal import Results
internal import Topology

/// Broker CPU-s/GB of each transfer mode, and the savings against the two named copies.
struct ZeroCopySavings: HeadlineMeasurement {
    let plan: ZeroCopyHeadlinePlan

    var name: String { "zero-copy" }

    /// Of a file of the same kind: neither the broker's buffers nor a client's may share the cache with it.
    private static let cacheShare: Int64 = 2
    private static let assumedCacheBytes: Int64 = 16 << 20

    func cost(_ profile: Profile, machine: MachineDescription) -> HeadlineCost {
        // Filling and warming take about two seconds.
        let slices = UInt64(plan.pairs * (plan.modes.count + references.count))
        return HeadlineCost(
            loadNanoseconds: slices * plan.sliceNanoseconds + 2_000_000_000, diskBytes: plan.logBytes + plan.logBytes / 4,
            assumption: nil)
    }

    func run(_ context: RunContext) throws {
        guard context.external == nil else {
            throw HarnessError.impossible(
                "headline zero-copy needs a broker with a listener for each transfer mode; an external broker has none: leave it out with --set headlines.zero-copy=off")
        }
        let cpus = try Placement.pair(sameCPU: plan.placement == .sameCPU, context.machine)
        var brokerPlan = context.profile.broker
        brokerPlan.listeners = plan.modes
        brokerPlan.cpus = cpus.broker
        let isEncrypted = plan.modes.contains { $0.transfer == .tls }
        let identity = try isEncrypted ? MeasurementIdentity.write(into: context.freshDirectory("identity")) : nil
        if let identity { brokerPlan.settings["ssl.keystore.location"] = identity }
        let broker = try context.startBroker(brokerPlan, label: "zero-copy")
        defer { context.stop(broker) }
        // The first mode may be TLS; filling the log is not what is measured.
        guard let plain = zip(plan.modes, broker.listeners).first(where: { $0.0.transfer != .tls })?.1 else {
            throw HarnessError.impossible("headline zero-copy needs a mode that is not encrypted")
        }
        guard
            let all = try HotLog.fill(
                context, on: BrokerTarget(bootstrap: plain, process: broker), topic: "zero-copy", bytes: plan.logBytes, fetchBytes: plan.fetchBytes)
        else { return }
        let log = HotLog(log: window(all.log, context.machine), files: all.files)
        let securities = try plan.modes.map { mode in try mode.transfer == .tls ? MeasurementIdentity.security(identity!) : ConnectionSecurity.none }
        var sides = plan.modes.indices.map { side(of: $0, log.log, broker, securities[$0], cpus) }
        // Untimed: every mode serves the whole log once, so that no slice pays for a first touch.
        var answer = 0
        for side in sides {
            let result = try side.pass.run(until: .wholePlan) { try context.checkInterruption() }
            answer = Int(result.bytes / max(1, result.answers))
        }
        let references = try startReferences(answerBytes: answer, log, cpus, context)
        defer { references.forEach { $0.server.stop(context) } }
        sides += references.map { side(of: $0, topic: log.topic, cpus) }
        if let rate = plan.bytesPerSecond { for index in sides.indices { sides[index].pass.fetchesPerSecond = Double(rate) / Double(answer) } }

        let before = try log.files.residentShare(ofLogBytes: all.bytes)
        var unreached: [String] = []
        let ((rounds, cutShort), measurement) = try context.measure(broker: broker.watched) {
            var random = SeededRandom(seed: plan.seed)
            return try ZeroCopyRounds.collect(plan.pairs) { round in
                var slices = [ZeroCopySlice?](repeating: nil, count: sides.count)
                for side in Array(sides.indices).shuffled(using: &random) {
                    show(context, round: round, side: sides[side].name, of: sides.count)
                    if sides[side].isCold { unreached += try chill(log, sides[side].name, bytes: all.bytes) }
                    slices[side] = try sides[side].slice(nanoseconds: plan.sliceNanoseconds) { try context.checkInterruption() }
                }
                return slices.compactMap { $0 }
            }
        }
        // What is left to do for the finished rounds is short, and brought to its end, also where the run is ended in the middle of it.
        var interruption = cutShort
        if interruption != nil { _ = context.interruption.conclude() }
        let after = try log.files.residentShare(ofLogBytes: all.bytes)
        var phase = measurement.record(name: "zero-copy", kind: "zero-copy")
        phase.complete = cutShort == nil
        try log.log.conclude(
            &phase, through: zip(broker.listeners, securities).map { (address: $0, security: $1) }, unreached: Array(unreached.prefix(1)), context
        ) { try context.checkInterruption(noting: &interruption) }
        let cut = interruption.map { _ in ZeroCopyRounds.cutText(after: rounds.count, of: plan.pairs) }
        if let cut { phase.notes.append(cut) }
        context.record.phases.append(phase)
        if let interruption, let cut, rounds.count < ZeroCopyRounds.leastRounds {
            context.record.notes.append("zero-copy: n/a: \(cut)")
            throw interruption
        }
        let found = ZeroCopyRounds(
            modes: plan.modes, references: references.map(\.kind), rounds: rounds, seed: plan.seed, hiccup: measurement.hiccup.merged)
        var headline = found.headline(placement: cpus.description, load: plan.bytesPerSecond.map { "equal rate, \(decimalBytes($0))/s" } ?? "max rate")
        headline.fetchBytes = UInt64(plan.fetchBytes)
        headline.consumers = plan.consumers
        headline.data = plan.data.title(isVirtual: context.machine.hypervisor != nil)
        headline.notes = [cut].compactMap { $0 } + notes(log, rounds: rounds.count, resident: min(before, after), context.machine) + found.outliers()
        if plan.data != .disk, min(before, after) < 0.999 {
            context.record.notes.append("zero-copy: the log was only \(percent(min(before, after))) resident: not a hot-cache figure")
        }
        context.record.headlines.zeroCopy = headline
        try context.publish()
        if let interruption { throw interruption }
    }

    /// The part of the log that is served: all of it, or what half the last-level cache holds.
    private func window(_ log: FetchLog, _ machine: MachineDescription) -> FetchLog {
        guard plan.data == .lastLevelCache else { return log }
        let bytes = (machine.lastLevelCacheBytes ?? Self.assumedCacheBytes) / Self.cacheShare
        return log.with(Array(log.fetches.prefix(max(1, Int(bytes / plan.fetchBytes)))))
    }

    /// The mode of this place in the plan.
    private func side(of mode: Int, _ log: FetchLog, _ broker: BrokerProcess, _ security: ConnectionSecurity, _ cpus: Placement) -> ZeroCopySide {
        var pass = log.pass(from: broker.listeners[mode], cpus: cpus.client)
        pass.security = security
        pass.consumers = plan.consumers
        return ZeroCopySide(name: plan.modes[mode].title, pass: pass, pids: [broker.pid], broker: broker, isCold: plan.data == .disk)
    }

    private func side(of reference: Reference, topic: String, _ cpus: Placement) -> ZeroCopySide {
        let fetch = PlannedFetch(partition: 0, offset: 0, maxBytes: Int32(plan.fetchBytes))
        var pass = FetchPass(
            broker: reference.server.addresses[0], topic: topic, plan: Array(repeating: fetch, count: reference.distinctAnswers), cpus: cpus.client)
        pass.servers = reference.server.addresses
        pass.consumers = plan.consumers
        return ZeroCopySide(
            name: reference.kind.title, pass: pass, pids: reference.server.pids, broker: nil, isCold: plan.data == .disk && reference.kind.readsFile)
    }

    /// The floor, and the C loops where something is to be held against them.
    private var references: [FetchReference.Kind] {
        var kinds = [FetchReference.Kind.constant]
        if plan.modes.contains(where: \.isBestCopy) { kinds.append(.copy) }
        if plan.bareSplice { kinds.append(.splice) }
        return kinds
    }

    private func startReferences(answerBytes: Int, _ log: HotLog, _ cpus: Placement, _ context: RunContext) throws -> [Reference] {
        var file = try log.files.largest()
        if plan.data == .lastLevelCache { file.bytes = min(file.bytes, Int64(answerBytes * log.log.fetches.count)) }
        return try references.map { kind in
            Reference(
                kind: kind, distinctAnswers: kind.distinctAnswers(fileBytes: file.bytes, answerBytes: answerBytes),
                server: try FetchReference.start(kind, file: file, answerBytes: answerBytes, topic: log.topic, count: plan.consumers, cpus: cpus.broker, context))
        }
    }

    private struct Reference {
        let kind: FetchReference.Kind
        /// Before its servers have sent their file once.
        let distinctAnswers: Int
        let server: FetchReference
    }

    private func show(_ context: RunContext, round: Int, side: String, of sides: Int) {
        let seconds = Double(plan.sliceNanoseconds) / 1e9 * Double(sides)
        context.progress.show(
            .init(phase: "zero-copy \(side)", elapsedSeconds: Double(round) * seconds, totalSeconds: Double(plan.pairs) * seconds))
    }

    /// Takes the log out of the page cache.
    ///
    /// - Returns: what to say where that could not be reached.
    private func chill(_ log: HotLog, _ side: String, bytes: Int64) throws -> [String] {
        let most = VerdictThresholds.coldResidentShareMaximum
        let left = try log.files.drop(downTo: most, ofLogBytes: bytes)
        return left <= most ? [] : ["\(side): \(percent(left, decimals: 1)) of the log was resident when a slice began"]
    }

    private func notes(_ log: HotLog, rounds: Int, resident: Double, _ machine: MachineDescription) -> [String] {
        let data =
            switch plan.data {
            case .pageCache: "log \(decimalBytes(plan.logBytes)), \(percent(resident)) resident"
            case .lastLevelCache: "\(log.log.fetches.count) fetches of the log over and over, half of what the last-level cache holds"
            case .disk: "log \(decimalBytes(plan.logBytes)), dropped from the page cache before every slice"
            }
        let audience = plan.consumers == 1 ? "1 consumer" : "\(plan.consumers) consumers"
        return [
            "\(rounds) rounds of \(fixed(Double(plan.sliceNanoseconds) / 1e9, 1)) s slices, order seeded \(plan.seed); \(audience), 4 fetches of \(binaryBytes(plan.fetchBytes)) on the way each; clients discard with MSG_TRUNC; \(data)",
            "floor: a C server that sends as many bytes of one buffer",
            "with unattributed: all that the machine was busy with but for the client, so what the kernel did for the broker elsewhere is in it",
        ] + (plan.data == .disk && machine.hypervisor != nil ? ["guest-cold: the host may still hold the disk's blocks in memory"] : [])
    }
}
