// What a start does with what it finds: every combination has one row, and each row a test.
//
// A segment, before it is read. Its offset and time index are sealed when each ends with an IndexSeal that is right and
// both were sealed over the same bytes of the log:
//
//   clean mark | all below recovery point | last segment | index files | action
//   -----------+--------------------------+--------------+-------------+-----------------------------------------
//   yes        | –                        | no           | sealed      | trust: the next base offset is its end
//   yes        | –                        | yes          | sealed      | trust: walk headers from the last entry on
//   no         | yes                      | no           | sealed      | trust
//   any of the three above               | missing or not sealed      | remake indexes from the batches' headers, name
//              |                          |              |             | it in the report
//   no         | no                       | no           | –           | scan: indexes made anew, every checksum
//              |                          |              |             | from the recovery point on
//   no         | –                        | yes          | –           | scan: the last segment always is
//
// Trust is never silent: a segment that is trusted counts in the report; a file that is longer than the seal says is cut
// there (space that was reserved); one that is shorter, or whose batches are not where the last entry says, contradicts
// its seal, is named in the report and scanned. The entries before the last one are compared with the seal's checksum
// when the index is first searched (PartitionLog+Indexes). A clean mark and a recovery point count only in files that
// are whole: a damaged checkpoint is a recovery point of 0.
//
// A scanned segment, by how its whole batches end and by what comes behind it:
//
//   tail       | next segment's base is this one's end | no next segment | next segment starts elsewhere
//   -----------+---------------------------------------+-----------------+------------------------------
//   whole      | keep                                  | keep            | keep, delete the later ones
//   zeros      | cut zeros                             | cut zeros       | cut zeros, delete the later ones
//   torn       | cut, delete the later ones            | cut             | cut, delete the later ones
//
// Whole batches end at the first one whose checksum is wrong or whose base offset, which no checksum covers, is not where
// the one before it ended (in a log that compaction is at work on: is below that). Zeros are space that was reserved and
// not used; torn is anything else, and counts as dropped bytes. Later segments go first, the last one first, so that a crash in between leaves the same case.
//
// Producers' sequences, from the newest snapshot that is whole and at or below the log's end:
//
//   snapshot   | decision
//   -----------+------------------------------------------
//   at the end | load
//   older      | load, replay the batches behind it
//   none       | replay every batch
//
// Snapshots above the log's end are deleted: the log may reach their offsets again with other batches. So are damaged
// ones and those of another version, and the report names them; and older ones where no segment begins, which a close left,
// or a compaction that merged segments. One below the log's start is not used: what its
// producers sent between the two is not there to be replayed.
//
// A segment's transaction index:
//
//   segment    | markers in it | file          | decision
//   -----------+---------------+---------------+---------------------------------------------------------------
//   not scanned| –             | none, and the | trust: no transaction was aborted
//              |               | index seals   |
//              |               | know of none  |
//   not scanned| –             | as sealed     | trust: layout, order and checksum are looked at
//   not scanned| –             | anything else | make anew, name it in the report
//   scanned    | none          | none          | nothing to do
//   scanned    | any other combination         | make anew
//
// To make one anew the producers have to be known as of its segment's start: the snapshot is then the newest at or
// below that offset.
//
// Leader epochs: a new one is in the file before the recovery point passes its first batch, so what is scanned completes
// what the file says.
//
//   file     | log      | decision
//   ---------+----------+------------------------------------------------------
//   good     | –        | load
//   missing  | empty    | none
//   missing  | segments | read them from the batches
//   damaged  | –        | as if it were missing, name it in the report
//
//   what a good file says                          | decision
//   -----------------------------------------------+------------------------------------------------------
//   nothing of an epoch that a scanned batch has   | the epoch begins there; entries that contradict it go
//   entries at or above the log's end              | they go: their batches did
//   entries below the log's start                  | the last one of them begins at the start, the others go
//
// The log's start, by the checkpoint of its data directory:
//
//   checkpoint              | start lies                       | decision
//   ------------------------+----------------------------------+-------------------------------------------------
//   good, names none or less| at the first segment's base      | the first segment's base
//   good                    | within the log                   | there
//   good                    | behind segments                  | those that end at or below it are retired before
//                           |                                  | anything is read: their names may have survived in
//                           |                                  | any order
//   good                    | behind the log's end             | an empty log there
//   damaged                 | not known                        | the first segment's base; the start warns

enum RecoveryTable {
    /// The table's lines: what a start counts in its report.
    enum Row: String, CaseIterable, Sendable {
        // A segment, before it is read.
        case trustedSealed, trustedLast, trustedBelowPoint, remadeIndexes, scannedAbovePoint, scannedLast, contradictedSeal
        // A scanned segment.
        case wholeContinues, wholeEnds, wholeElsewhere
        case zerosContinues, zerosEnds, zerosElsewhere
        case tornContinues, tornEnds, tornElsewhere
        // Producers.
        case snapshotLoaded, snapshotReplayed, noSnapshot, snapshotDamaged, snapshotAhead
        // Transaction indexes.
        case noTransactions, transactionsTrusted, transactionsRemade, noTransactionsScanned, transactionsRemadeByScan
        // Compaction's swaps (Compaction/Replacement).
        case swapCompleted, swapUndone
        // Leader epochs: their file, and what a good one says.
        case epochsLoaded, noEpochs, epochsReadFromLog, epochsDamaged
        case epochsCompleted, epochsAboveEnd, epochsBelowStart
        // The log's start.
        case startAtFirstSegment, startWithin, segmentsRetired, startBehindEnd, startDamaged
    }

    enum Indexes: CaseIterable { case sealed, unusable }
    enum SegmentAction: Equatable { case trust, remakeIndexes, scan }

    static func row(cleanMark: Bool, belowRecoveryPoint: Bool, isLast: Bool, indexes: Indexes) -> Row {
        guard cleanMark || (belowRecoveryPoint && !isLast) else { return isLast ? .scannedLast : .scannedAbovePoint }
        guard indexes == .sealed else { return .remadeIndexes }
        if !cleanMark { return .trustedBelowPoint }
        return isLast ? .trustedLast : .trustedSealed
    }

    /// Of a row for a segment that was not read.
    static func action(_ row: Row) -> SegmentAction {
        switch row {
        case .trustedSealed, .trustedLast, .trustedBelowPoint: .trust
        case .remadeIndexes: .remakeIndexes
        default: .scan
        }
    }

    enum Tail: CaseIterable { case whole, zeros, torn }
    enum Continuation: CaseIterable { case continues, ends, elsewhere }

    struct TailDecision: Equatable {
        var cuts = false
        var deletesLater = false
        var isDamage = false
    }

    static func decision(tail: Tail, then continuation: Continuation) -> TailDecision {
        TailDecision(
            cuts: tail != .whole,
            deletesLater: continuation == .elsewhere || (tail == .torn && continuation == .continues),
            isDamage: tail == .torn || continuation == .elsewhere)
    }

    static func row(tail: Tail, then continuation: Continuation) -> Row {
        switch (tail, continuation) {
        case (.whole, .continues): .wholeContinues
        case (.whole, .ends): .wholeEnds
        case (.whole, .elsewhere): .wholeElsewhere
        case (.zeros, .continues): .zerosContinues
        case (.zeros, .ends): .zerosEnds
        case (.zeros, .elsewhere): .zerosElsewhere
        case (.torn, .continues): .tornContinues
        case (.torn, .ends): .tornEnds
        case (.torn, .elsewhere): .tornElsewhere
        }
    }

    enum EpochFile: CaseIterable { case good, missing, damaged }
    enum EpochDecision: Equatable { case load, none, readLog }

    static func decision(epochs file: EpochFile, isEmpty: Bool) -> EpochDecision {
        if file == .good { return .load }
        return isEmpty ? .none : .readLog
    }

    static func row(epochs file: EpochFile, isEmpty: Bool) -> Row {
        switch file {
        case .good: .epochsLoaded
        case .missing: isEmpty ? .noEpochs : .epochsReadFromLog
        case .damaged: .epochsDamaged
        }
    }

    /// What the checkpoint of a log's start tells.
    enum SavedStart: Equatable {
        /// 0 for a log that it does not name.
        case known(Int64)
        case damaged
    }

    /// - Parameters:
    ///   - firstBase: of the first segment; nil when there is none.
    ///   - end: behind the last record; nil when there is none.
    static func row(start: SavedStart, firstBase: Int64?, end: Int64?) -> Row {
        guard case .known(let offset) = start else { return .startDamaged }
        if let end, end < offset { return .startBehindEnd }
        return offset > firstBase ?? 0 ? .startWithin : .startAtFirstSegment
    }

    enum ProducerDecision: Equatable { case load, loadAndReplay, replayAll }

    static func decision(snapshot: Int64?, logEnd: Int64) -> ProducerDecision {
        guard let snapshot else { return .replayAll }
        precondition(snapshot <= logEnd, "snapshot at \(snapshot) of a log that ends at \(logEnd)")
        return snapshot == logEnd ? .load : .loadAndReplay
    }

    static func row(_ decision: ProducerDecision) -> Row {
        switch decision {
        case .load: .snapshotLoaded
        case .loadAndReplay: .snapshotReplayed
        case .replayAll: .noSnapshot
        }
    }

    enum TransactionFile: CaseIterable { case none, sealed, other }
    enum TransactionDecision: Equatable { case trust, rebuild }

    static func row(isScanned: Bool, hasMarkers: Bool, file: TransactionFile) -> Row {
        if isScanned { return hasMarkers || file != .none ? .transactionsRemadeByScan : .noTransactionsScanned }
        switch file {
        case .none: return .noTransactions
        case .sealed: return .transactionsTrusted
        case .other: return .transactionsRemade
        }
    }

    static func decision(isScanned: Bool, hasMarkers: Bool, file: TransactionFile) -> TransactionDecision {
        switch row(isScanned: isScanned, hasMarkers: hasMarkers, file: file) {
        case .transactionsRemade, .transactionsRemadeByScan: .rebuild
        default: .trust
        }
    }
}
