// One partition's directory: its segments in order, its snapshots, and the files that don't belong there.
internal import Host
internal import Vocabulary

struct PartitionVerifier {
    private let directory: LogDirectory
    private let state: InspectedState
    private let compactedBelow: Offset
    private let recoveryPoint: Offset

    init(
        path: String, state: InspectedState, compactedBelow: Offset, recoveryPoint: Offset, in fileSystem: any FileSystem
    ) {
        self.recoveryPoint = recoveryPoint
        directory = LogDirectory(path: path, fileSystem: fileSystem)
        self.state = state
        self.compactedBelow = compactedBelow
    }

    /// - Returns: the log's end, where it is sure.
    func run(_ sink: inout VerificationSink) throws(StorageError) -> Offset? {
        sink.summary.partitions += 1
        let names = try io { [directory] () throws(SystemError) in try directory.fileSystem.list(directory.path) }.sorted()
        let files = names.compactMap(SegmentNaming.parse)
        let bases = files.filter { $0.kind == .log }.map(\.base).sorted()
        for name in names where SegmentNaming.parse(name) == nil { describe(name, &sink) }
        for (base, kind) in files where kind != .log && kind != .snapshot && !bases.contains(base) {
            guard !state.isLive else { continue }
            sink.inconsistency(
                directory.path(base, kind), at: nil, found: "no \(SegmentNaming.name(base, .log)) beside it",
                expected: "no such file; the next start removes it")
        }
        let epochs = try readEpochs(&sink)
        let expectation = EpochExpectation(state.isLive ? nil : epochs, completeBelow: state.wasClosed ? .max : recoveryPoint)
        let end = try verifySegments(bases, expectation, &sink)
        checkEnd(of: epochs, end, &sink)
        for name in names { try verifyReplacement(name, expectation, &sink) }
        for (base, kind) in files where kind == .snapshot { try verifySnapshot(base, end: end, &sink) }
        return end
    }

    private func describe(_ name: String, _ sink: inout VerificationSink) {
        let path = "\(directory.path)/\(name)"
        if name == LeaderEpochCheckpoint.name { return }
        if name == LeaderEpochCheckpoint.name + AtomicReplace.suffix {
            return sink.note(path, "left by a crash; the next write of the file reuses it")
        }
        guard let (_, _, suffix) = SegmentNaming.parseSuffixed(name) else {
            return sink.note(path, "unknown file; the engine leaves it alone")
        }
        switch suffix {
        case .cleaned: sink.note(path, "a replacement that is not finished; the next start removes it")
        case .swap: sink.note(path, "a replacement on its way into service; the next start finishes it")
        case .deleted: sink.note(path, "out of service, to be removed")
        case .none: break
        }
    }

    // MARK: Leader epochs

    private var epochFile: String { "\(directory.path)/\(LeaderEpochCheckpoint.name)" }

    /// nil when there is no file that can be read.
    private func readEpochs(_ sink: inout VerificationSink) throws(StorageError) -> LeaderEpochs? {
        guard let bytes = try io({ () throws(SystemError) in try directory.fileSystem.contents(of: epochFile) }) else { return nil }
        if let epochs = LeaderEpochCheckpoint.decode(bytes) { return epochs }
        sink.inconsistency(
            epochFile, at: 0, found: "a checkpoint that contradicts its own count, order or checksum",
            expected: "what the engine wrote; without it the next start asks the log's batches")
        return nil
    }

    /// A crash may leave epochs whose batches it took; a close does not.
    private func checkEnd(of epochs: LeaderEpochs?, _ end: Offset?, _ sink: inout VerificationSink) {
        guard let last = epochs?.entries.last, let end, state.wasClosed, last.startOffset > end else { return }
        sink.inconsistency(
            epochFile, at: nil, found: "epoch \(last.epoch) from offset \(last.startOffset) on",
            expected: "at most \(end), the log's end")
    }

    // MARK: Segments

    private func verifySegments(
        _ bases: [Offset], _ epochs: EpochExpectation, _ sink: inout VerificationSink
    ) throws(StorageError) -> Offset? {
        var end: Offset? = bases.first ?? 0
        var open = OpenTransactions(isComplete: compactedBelow == 0 && bases.first == 0)
        for (index, base) in bases.enumerated() {
            let isLast = index == bases.count - 1
            let path = directory.path(base, .log)
            if let end, index > 0 { checkStart(path, base, end, &sink) }
            let role = SegmentVerifier.Role(
                isLast: isLast, isLive: state.isLive, isSealed: !isLast || state.wasClosed, compactedBelow: compactedBelow,
                epochs: epochs)
            do throws(StorageError) {
                var verifier = try SegmentVerifier(base: base, in: directory, role: role)
                let found = try verifier.run(&open, &sink)
                end = found.isSure ? found.end : nil
            } catch {
                open.lost()
                guard case .io(let failure) = error else { throw error }
                // A live log lets go of segments while we look.
                guard state.isLive, failure.isMissing else {
                    sink.inconsistency(failure.subject, at: nil, found: "\(failure)", expected: "a file that can be read")
                    end = nil
                    continue
                }
                sink.note(path, "removed meanwhile by the broker that runs")
                end = nil
            }
        }
        return end
    }

    private func checkStart(_ path: String, _ base: Offset, _ end: Offset, _ sink: inout VerificationSink) {
        guard base != end else { return }
        if state.isLive {
            // The files were listed before they were read, and compaction may have put another in the place of some.
            return sink.note(path, "begins where the segment before it, which ends at \(end), does not lead; a broker runs: look again")
        }
        if base < end {
            sink.inconsistency(
                path, at: nil, found: "base offset \(base) in the name, within the segment before it, which ends at \(end)",
                expected: "\(end)")
        } else {
            // Compaction leaves none either: it keeps the last batch of a segment.
            sink.inconsistency(
                path, at: nil, found: "base offset \(base) in the name, behind a gap", expected: "\(end), where the segment before ends")
        }
    }

    /// A replacement that a start will put into service: what it replaces may be gone, so it has to be whole.
    private func verifyReplacement(
        _ name: String, _ epochs: EpochExpectation, _ sink: inout VerificationSink
    ) throws(StorageError) {
        guard let (base, kind, suffix) = SegmentNaming.parseSuffixed(name), kind == .log, suffix == .swap, !state.isLive else { return }
        let role = SegmentVerifier.Role(
            isLast: false, isLive: false, isSealed: true, compactedBelow: .max, epochs: epochs, suffix: suffix)
        var verifier = try SegmentVerifier(base: base, in: directory, role: role)
        var open = OpenTransactions(isComplete: false)
        // What it replaces is counted.
        let counted = sink.summary
        _ = try verifier.run(&open, &sink)
        let inconsistencies = sink.summary.inconsistencies
        sink.summary = counted
        sink.summary.inconsistencies = inconsistencies
    }

    // MARK: Snapshots

    private func verifySnapshot(_ offset: Offset, end: Offset?, _ sink: inout VerificationSink) throws(StorageError) {
        let path = directory.path(offset, .snapshot)
        guard let bytes = try io({ [directory] () throws(SystemError) in try directory.fileSystem.contents(of: path) }) else { return }
        if let fault = SnapshotCheck.fault(in: bytes) {
            // The background thread of a running broker may be writing it.
            guard !state.isLive else { return sink.note(path, "\(fault.found); a broker runs and may be writing it") }
            sink.inconsistency(path, at: fault.position, found: fault.found, expected: fault.expected)
        }
        if let end, offset > end, !state.isLive {
            sink.inconsistency(
                path, at: nil, found: "a snapshot at offset \(offset)", expected: "at most \(end), the log's end; the next start removes it")
        }
    }
}
