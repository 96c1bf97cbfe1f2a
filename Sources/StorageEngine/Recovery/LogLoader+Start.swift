// Where a loaded log begins, and which leader epochs it has: what its checkpoints say, held against its segments.
internal import Host
internal import Vocabulary

extension LogLoader {
    /// Behind the last record; an empty log ends where it begins.
    var end: Offset { segments.last?.nextOffset ?? logStart }

    /// The start lies within the log. One behind its end tells of records that were deleted and then lost before they
    /// were on the disk: nobody may read what is left, and no offset is given out twice.
    mutating func settleStart() throws(StorageError) {
        logStart = max(logStart, segments.first?.baseOffset ?? 0)
        let row = RecoveryTable.row(start: savedStart, firstBase: segments.first?.baseOffset, end: segments.last?.nextOffset)
        report.count(row)
        guard row == .startBehindEnd else { return }
        isDirty = true
        var names: [String] = []
        for segment in segments.reversed() {
            segment.release()
            names += try directory.retire(segment.baseOffset)
        }
        if !names.isEmpty { dataDirectory.removeRetired(directory, names: names) }
        let empty = Segment(baseOffset: logStart, in: directory)
        _ = try empty.openFile(creating: true)
        try empty.reset()
        segments = [empty]
    }

    /// The file's epochs, as far as the log reaches; the log's own where the file can't be read.
    mutating func settleEpochs(_ file: RecoveryTable.EpochFile, _ saved: LeaderEpochs) throws(StorageError) {
        report.count(RecoveryTable.row(epochs: file, isEmpty: segments.isEmpty))
        if file == .damaged { report.complaints.append("\(LeaderEpochCheckpoint.name): not as it was written") }
        if RecoveryTable.decision(epochs: file, isEmpty: segments.isEmpty) == .readLog {
            epochs = try LeaderEpochs.read(from: segments, scratch: scratch)
        } else if hasNewEpochs {
            report.count(.epochsCompleted)
        }
        if epochs.truncateEnd(to: end) { report.count(.epochsAboveEnd) }
        if epochs.truncateStart(to: logStart) { report.count(.epochsBelowStart) }
        if epochs != saved { isDirty = true }
    }
}
