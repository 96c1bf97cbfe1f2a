// Which transactions of a partition hold the last stable offset back: the open ones, and those that ended where the
// high watermark has not been yet.
internal import Vocabulary

/// The first offsets of a partition's transactions. No memory until the first one.
struct UnstableTransactions {
    /// Of the open ones, ascending: a transaction begins at the log's end.
    private var open: ContiguousArray<Offset> = []
    /// The ended ones that no high watermark covers, by the offset of their markers.
    private var ended: ContiguousArray<(first: Offset, marker: Offset)> = []
    /// The smallest first offset of all of them.
    private(set) var firstOffset: Offset?

    var openCount: Int { open.count }

    /// - Parameter first: at or above every first offset before it.
    mutating func begin(at first: Offset) {
        open.append(first)
        if firstOffset == nil { firstOffset = first }
    }

    /// Takes up open transactions in any order.
    mutating func restore(_ firsts: [Offset]) {
        open = ContiguousArray((open + firsts).sorted())
        refresh()
    }

    /// The transaction that began at `first` is over by a marker at `marker`.
    ///
    /// - Returns: the last stable offset behind the marker, as if all of it were replicated.
    mutating func end(_ first: Offset, at marker: Offset) -> Offset {
        var low = 0
        var high = open.count
        while low < high {
            let middle = (low &+ high) / 2
            if open[middle] < first { low = middle &+ 1 } else { high = middle }
        }
        if low < open.count, open[low] == first { open.remove(at: low) }
        ended.append((first, marker))
        refresh()
        return open.first ?? marker &+ 1
    }

    /// Everything below `highWatermark` is what consumers may see: transactions that ended there are settled.
    mutating func settle(below highWatermark: Offset) {
        guard let oldest = ended.first, oldest.marker < highWatermark else { return }
        let count = ended.firstIndex { $0.marker >= highWatermark } ?? ended.count
        ended.removeFirst(count)
        refresh()
    }

    mutating func removeAll() { self = UnstableTransactions() }

    private mutating func refresh() {
        firstOffset = open.first
        for transaction in ended { firstOffset = min(firstOffset ?? transaction.first, transaction.first) }
    }
}
