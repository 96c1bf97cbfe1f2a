// What a log's leader-epoch checkpoint says of its batches: no checksum covers the epoch in a batch.
internal import Records
internal import Vocabulary

struct EpochExpectation {
    /// nil: there is no file that can be read, or a broker may be changing it.
    private let epochs: LeaderEpochs?
    /// An epoch that begins below is in the file: after a crash that is the recovery point.
    private let completeBelow: Offset

    init(_ epochs: LeaderEpochs?, completeBelow: Offset) {
        self.epochs = epochs
        self.completeBelow = completeBelow
    }

    /// Whether there is a checkpoint to go by.
    var isKnown: Bool { epochs?.entries.isEmpty == false }

    /// What is right for a batch at `offset` instead of `epoch`; nil when nothing speaks against it.
    ///
    /// - Parameter least: the largest epoch of the batches before it against which nothing speaks.
    func fault(_ epoch: LeaderEpoch, at offset: Offset, least: LeaderEpoch) -> String? {
        guard let first = epochs?.entries.first else { return epoch < least ? "\(least) or more" : nil }
        guard let covering = epochs?.entries.last(where: { $0.startOffset <= offset }) else {
            // Below the log's start: the history begins there.
            return epoch < least || epoch > first.epoch ? "\(least) to \(first.epoch)" : nil
        }
        if covering.epoch == epoch { return epoch < least ? "\(least) or more, as before it" : nil }
        if offset >= completeBelow, covering.epoch == epochs?.latest, epoch > covering.epoch, epoch >= least { return nil }
        return "\(covering.epoch), as \(LeaderEpochCheckpoint.name) says"
    }
}
