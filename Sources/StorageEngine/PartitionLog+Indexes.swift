// Searches of a segment's indexes, each looked at whole before it is believed.
internal import Host
internal import Vocabulary

extension PartitionLog {
    /// The last entry of a segment's index whose number in `column` is at most `limit`.
    ///
    /// The first search of a file that an earlier process wrote reads all of it and compares it with its seal (2 MiB for
    /// a segment of 1 GiB with an entry each 4 KiB). One that is damaged is made anew from the log, at once: the search
    /// waits for it.
    func floor(
        _ kind: SparseIndex.Kind, _ column: SparseIndex.Column, _ limit: Int64, in segment: Segment
    ) throws(StorageError) -> SparseIndex.Entry? {
        let index = kind == .offset ? segment.offsetIndex : segment.timeIndex
        if !index.isVerified { try verify(index, of: segment) }
        return try index.floor(column, limit, scratch: scratch)
    }

    /// The segment's offset index in memory; nil while lookups in it are rare.
    func positionMap(of segment: Segment) throws(StorageError) -> PositionMap? {
        if let map = segment.positions { return map }
        if !segment.offsetIndex.isVerified { try verify(segment.offsetIndex, of: segment) }
        return try segment.positionMap(scratch: scratch)
    }

    private func verify(_ index: SparseIndex, of segment: Segment) throws(StorageError) {
        if try index.verify(scratch: scratch) { return }
        indexesRemade += 1
        // Not forced: torn by a crash it is not what its seal says, and is made anew again.
        try segment.remakeIndexes(
            interval: configuration.indexIntervalBytes, isSealed: segment !== segments.last, scratch: scratch)
    }
}
