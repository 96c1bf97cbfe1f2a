// Where recent reads ended: where the next ones of the same consumers begin.
internal import Vocabulary

/// A few offsets with their places, the oldest replaced first. No memory until the first.
struct ReadMarks {
    private var marks: [LogMark] = []
    private var next = 0

    /// Where the batch that begins at `offset` stands.
    func find(_ offset: Offset) -> LogMark? {
        for index in marks.indices where marks[index].offset == offset { return marks[index] }
        return nil
    }

    mutating func remember(_ mark: LogMark) {
        if marks.count < StorageLimits.readMarks {
            if marks.isEmpty { marks.reserveCapacity(StorageLimits.readMarks) }
            marks.append(mark)
            return
        }
        marks[next] = mark
        next = (next + 1) % StorageLimits.readMarks
    }

    mutating func removeAll() { self = ReadMarks() }
}
