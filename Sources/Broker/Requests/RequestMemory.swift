// What requests take beyond their frames: their decoded form, from before it is made until it has been answered.
//
//   frame ──► reserve ──► decode, handle ──► answered at once ──► settle: given back
//                │                   └─────► waits in a slot ───► given back when nothing will come for it any more
//                └─ not there: the connection ends
internal import Reactor

extension ClientConnection {
    /// Memory that a frame's byte may become. The densest field there is, an empty name of DeleteTopics before version 6, is
    /// one byte in the frame and a value of 32 once it is decoded.
    static let decodedBytesPerFrameByte = 32
    /// Of a request that waits, whatever its size: its slot, and the closures that bring its answer.
    static let waitingRequestBytes = 1_024
    /// Of the connection whose requests that wait have more than so many bytes no further one is read: one connection leaves
    /// most of the budget to the others.
    private var waitingLimitBytes: Int { min(Self.unsentLimitBytes, broker.budget.limitBytes / 8) }

    var waitsTooMuch: Bool { waitingBytes > 0 && waitingBytes > waitingLimitBytes }
    var waitsLittle: Bool { waitingBytes == 0 || waitingBytes <= waitingLimitBytes / 2 }

    /// Takes the memory of a request that is about to be decoded. Produce and fetch requests are read where they lie, and
    /// what they keep is counted otherwise.
    ///
    /// - Returns: false where there is none; the connection is closed then.
    func reserve(frameBytes: Int) -> Bool {
        let bytes = frameBytes * Self.decodedBytesPerFrameByte + Self.waitingRequestBytes
        guard broker.budget.take(bytes) else {
            connection.close(.outOfMemoryBudget(wanted: bytes, limit: broker.budget.limitBytes))
            return false
        }
        reservedBytes = bytes
        return true
    }

    /// The request waits: so does its memory, in the slot's keeping.
    func entrust(to slot: RequestSlot) {
        guard reservedBytes > 0 else { return }
        slot.keep(reservedBytes, of: broker.budget)
        waitingBytes += reservedBytes
        reservedBytes = 0
    }

    /// The request has been handled. What no slot keeps is free.
    func settle() {
        guard reservedBytes > 0 else { return }
        broker.budget.give(reservedBytes)
        reservedBytes = 0
    }
}
