// What a start does with what it finds: every combination has one row, and each row a test.
//
// A segment, before it is read:
//
//   clean mark | all below recovery point | last segment | index files | action
//   -----------+--------------------------+--------------+-------------+-----------------------------------------
//   yes        | –                        | no           | good        | trust: the next base offset is its end
//   yes        | –                        | yes          | good        | trust: walk headers from the last entry on
//   no         | yes                      | no           | good        | trust
//   any of the three above               | missing or damaged         | rebuild indexes from the log
//   no         | no                       | –            | –           | scan: indexes made anew, every checksum
//              |                          |              |             | from the recovery point on
//   no         | –                        | yes          | –           | scan: the last segment always is
//
// A clean mark that lies (the walk does not end where the file does) turns into a scan of that segment.
//
// A scanned segment, by how its whole batches end and by what comes behind it:
//
//   tail       | next segment's base is this one's end | no next segment | next segment starts elsewhere
//   -----------+---------------------------------------+-----------------+------------------------------
//   whole      | keep                                  | keep            | keep, delete the later ones
//   zeros      | cut zeros                             | cut zeros       | cut zeros, delete the later ones
//   torn       | cut, delete the later ones            | cut             | cut, delete the later ones
//
// Zeros are space that was reserved and not used; torn is anything else, and counts as dropped bytes. Later segments
// go first, the last one first, so that a crash in between leaves the same case.
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
// ones and those of another version, and the report names them. One below the log's start is not used: what its
// producers sent between the two is not there to be replayed.
//
// A segment's transaction index:
//
//   segment    | markers in it | file          | decision
//   -----------+---------------+---------------+---------------------------------------------------------------
//   not scanned| –             | none          | trust: no transaction was aborted (files are forced before the
//              |               |               | recovery point passes their segment)
//   not scanned| –             | as sealed     | trust: layout, order and checksum are looked at
//   not scanned| –             | anything else | make anew, name it in the report
//   scanned    | none          | none          | nothing to do
//   scanned    | any other combination         | make anew
//
// To make one anew the producers have to be known as of its segment's start: the snapshot is then the newest at or
// below that offset.

enum RecoveryTable {
    enum Indexes: CaseIterable { case good, unusable }
    enum SegmentAction: Equatable { case trust, rebuildIndexes, scan }

    static func action(
        cleanMark: Bool, belowRecoveryPoint: Bool, isLast: Bool, indexes: Indexes
    ) -> SegmentAction {
        guard cleanMark || (belowRecoveryPoint && !isLast) else { return .scan }
        return indexes == .good ? .trust : .rebuildIndexes
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

    enum ProducerDecision: Equatable { case load, loadAndReplay, replayAll }

    static func decision(snapshot: Int64?, logEnd: Int64) -> ProducerDecision {
        guard let snapshot else { return .replayAll }
        precondition(snapshot <= logEnd, "snapshot at \(snapshot) of a log that ends at \(logEnd)")
        return snapshot == logEnd ? .load : .loadAndReplay
    }

    enum TransactionFile: CaseIterable { case none, sealed, other }
    enum TransactionDecision: Equatable { case trust, rebuild }

    static func decision(isScanned: Bool, hasMarkers: Bool, file: TransactionFile) -> TransactionDecision {
        if isScanned { return hasMarkers || file != .none ? .rebuild : .trust }
        return file == .other ? .rebuild : .trust
    }
}
