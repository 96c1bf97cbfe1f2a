// What a shard counts of its requests: how many, how long they took, how many wait, which errors they were told.
//
// All of it is plain memory of the loop's thread: a request costs a few additions, no lock and no allocation. The time
// of a request runs from the tick that found it to the end of the sending in the tick that answered it. Its start is the
// loop's own time, which is read once a tick anyway; its end is one look at the clock a tick, for all that were answered
// in it. What the socket did not take at once is not waited for.
internal import Host
internal import Telemetry
internal import Wire

/// One shard's numbers since it was made, published as differences.
final class RequestTally {
    /// A row for each API by its number, the last one for flushes.
    private static let rows = 96
    static let flushRow = rows - 1
    /// Of a row: requests received, waiting now, nanoseconds, and a count for each bucket.
    private static let width = 3 + DurationBuckets.count
    private static let errorsAt = rows * width
    /// Numbers in all.
    static let count = errorsAt + ErrorTally.count

    enum Column: Int { case received, waiting, nanoseconds }

    static func place(_ row: Int, _ column: Column) -> Int { row * width + column.rawValue }
    static func place(_ row: Int, bucket: Int) -> Int { row * width + 3 + bucket }
    static func place(error index: Int) -> Int { errorsAt + index }
    static func row(of key: APIKey) -> Int { Int(key.rawValue) }

    private let values: UnsafeMutablePointer<UInt64>
    private let published: UnsafeMutablePointer<UInt64>
    /// Requests of each API answered in this tick that also came in it.
    private let quick: UnsafeMutablePointer<UInt32>
    private var quickRows: ContiguousArray<Int> = []
    /// Requests answered in this tick that came in an earlier one.
    private var late: ContiguousArray<(row: Int, since: UInt64)> = []
    /// Rows with numbers that are not published, each once.
    private var changedRows: ContiguousArray<Int> = []
    private let isChanged: UnsafeMutablePointer<Bool>

    /// The API of the request that is being handled, and whether it was answered or waits.
    private var current = APIKey.produce
    private var isWaiting = false

    init() {
        precondition(APIKey.allCases.allSatisfy { (0..<Self.flushRow).contains(Self.row(of: $0)) }, "an API has no row")
        values = .allocate(capacity: Self.count)
        published = .allocate(capacity: Self.count)
        quick = .allocate(capacity: Self.rows)
        isChanged = .allocate(capacity: Self.rows)
        values.initialize(repeating: 0, count: Self.count)
        published.initialize(repeating: 0, count: Self.count)
        quick.initialize(repeating: 0, count: Self.rows)
        isChanged.initialize(repeating: false, count: Self.rows)
    }

    deinit {
        values.deallocate()
        published.deallocate()
        quick.deallocate()
        isChanged.deallocate()
    }

    /// Where the codes of responses are counted as they are written.
    var errors: UnsafeMutablePointer<UInt64> { values + Self.errorsAt }

    @inline(__always) private func add(_ place: Int, _ delta: UInt64, _ row: Int) {
        values[place] &+= delta
        if !isChanged[row] {
            isChanged[row] = true
            changedRows.append(row)
        }
    }

    // MARK: a request's life

    /// A request of a served version begins to be handled.
    func received(_ key: APIKey) {
        current = key
        isWaiting = false
        add(Self.place(Self.row(of: key), .received), 1, Self.row(of: key))
    }

    /// The request that is being handled gets a slot.
    ///
    /// - Returns: its API.
    func waits() -> APIKey {
        isWaiting = true
        add(Self.place(Self.row(of: current), .waiting), 1, Self.row(of: current))
        return current
    }

    /// The request's handler is through. What does not wait is answered.
    func handled(_ key: APIKey) {
        guard !isWaiting else { return }
        let row = Self.row(of: key)
        if quick[row] == 0 { quickRows.append(row) }
        quick[row] &+= 1
    }

    /// The answer of a request that waited is on its way.
    func answered(_ key: APIKey, since: UInt64) {
        let row = Self.row(of: key)
        add(Self.place(row, .waiting), .max, row)
        late.append((row, since))
    }

    /// The connection of a request that waited is gone.
    func abandoned(_ key: APIKey) { add(Self.place(Self.row(of: key), .waiting), .max, Self.row(of: key)) }

    /// A response that was written with a success turned out to be an error. On other shards they count it themselves.
    func patched(_ reply: StagedBatch.Reply, _ code: ErrorCode) {
        switch reply {
        case .none, .remote, .coordinator, .marker: break
        case .output, .slot: ErrorTally.add(code, to: errors)
        }
    }

    /// A group commit is over.
    func flushed(nanoseconds: UInt64) { time(Self.flushRow, nanoseconds, 1) }

    // MARK: the end of a tick

    var hasAnswers: Bool { !quickRows.isEmpty || !late.isEmpty }

    func timeAnswers(from tickBegan: UInt64, to now: UInt64) {
        for row in quickRows {
            time(row, now &- tickBegan, UInt64(quick[row]))
            quick[row] = 0
        }
        quickRows.removeAll(keepingCapacity: true)
        for answer in late { time(answer.row, now &- answer.since, 1) }
        late.removeAll(keepingCapacity: true)
    }

    private func time(_ row: Int, _ nanoseconds: UInt64, _ requests: UInt64) {
        add(Self.place(row, .nanoseconds), nanoseconds &* requests, row)
        values[Self.place(row, bucket: DurationBuckets.index(nanoseconds))] &+= requests
    }

    func publish(to totals: SharedCounters) {
        for row in changedRows {
            publish(row * Self.width..<(row + 1) * Self.width, to: totals)
            isChanged[row] = false
        }
        changedRows.removeAll(keepingCapacity: true)
        // The first one is the sum of all: while it stands still, the others do.
        if values[Self.errorsAt] != published[Self.errorsAt] { publish(Self.errorsAt..<Self.count, to: totals) }
    }

    private func publish(_ places: Range<Int>, to totals: SharedCounters) {
        for place in places where values[place] != published[place] {
            totals.add(values[place] &- published[place], to: place)
            published[place] = values[place]
        }
    }
}
