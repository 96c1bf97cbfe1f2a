// A request that can't be answered yet, or whose answer waits for an earlier one's.
internal import Bytes
internal import Reactor
internal import Wire

/// A place in a connection's order of answers. Belongs to the shard of its connection; reused.
final class RequestSlot: TimerHandler {
    /// nil when the connection is gone: what still comes for the slot is dropped.
    weak var client: ClientConnection?
    let parts = ResponseParts()
    private(set) var isDone = false
    /// Writes the answer once nothing is awaited any more.
    var prepare: ((ResponseParts) -> Void)?
    /// Outcomes that are still to come.
    private(set) var awaited = 0
    var version: Int16 = 0
    /// Which API waits here, and since when (the loop's time).
    var key = APIKey.produce
    var since: UInt64 = 0
    /// The answer waits for what other clients do, for as long as that takes.
    var isPatient = false

    /// Received memory that other shards still read from.
    var pinned: FrameMemory?
    /// A fetch that waits, with a copy of its request.
    var plan: FetchPlan?
    private(set) lazy var timer = Timer(self)
    /// What its request's decoded form has taken of the broker's memory.
    private var charge: (budget: MemoryBudget, bytes: Int)?

    deinit {
        if let charge { charge.budget.give(charge.bytes) }
    }

    /// Holds memory until nothing will come for the slot any more: who hangs up frees nothing that is still worked on.
    func keep(_ bytes: Int, of budget: MemoryBudget) { charge = (budget, bytes) }

    private func giveBack() {
        guard let charge else { return }
        self.charge = nil
        charge.budget.give(charge.bytes)
        client?.waitingBytes -= charge.bytes
    }

    /// Puts an outcome into the produce response.
    func patch(_ position: Int, _ outcome: ProduceOutcome) {
        guard parts.bytes.count > 0 else { return }
        ProduceResponseWriter.patch(
            position, errorCode: outcome.errorCode, baseOffset: outcome.baseOffset,
            logAppendTimeMilliseconds: outcome.logAppendTimeMilliseconds,
            logStartOffset: outcome.logStartOffset, version: version, in: &parts.bytes)
    }

    func expect(_ outcomes: Int) { awaited += outcomes }

    /// One of the awaited outcomes has come. Behind the last, the answer may go.
    func finishOne() {
        precondition(awaited > 0, "an outcome that nobody awaits")
        awaited -= 1
        guard awaited == 0 else { return }
        pinned?.unpin()
        pinned = nil
        if client != nil { prepare?(parts) }
        prepare = nil
        complete()
    }

    /// The answer stands in `parts`.
    func complete() {
        isDone = true
        giveBack()
        client?.completed(self)
    }

    func timerFired(_ timer: Timer) { client?.answerFetch(self) }

    /// - Precondition: nothing is awaited any more.
    func reset() {
        precondition(awaited == 0, "a slot is reused only when nothing will come for it")
        client = nil
        parts.forget()
        isDone = false
        plan = nil
        version = 0
        isPatient = false
    }
}
