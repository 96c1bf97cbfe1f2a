// Receiving: one recv a tick, into the loop's shared arena where the connection holds nothing; whole
// frames are delivered where they lie, the rest of an incomplete one is kept in the cheapest place.
internal import Bytes
internal import CLinux
internal import Glibc
internal import Host

extension FramedConnection {
    /// An incomplete frame of at most so many received bytes is copied out of the arena.
    static let smallBytes = 65_536
    private static let lengthBytes = 4

    func receive() {
        if let spill {
            receive(into: spill, at: spillCount, for: spill.capacity &- spillCount) { count in
                spillCount &+= count
                deliverSpill()
            }
        } else if held != nil {
            receiveHeld()
        } else {
            receiveShared()
        }
    }

    private func receive(
        into memory: FrameMemory, at position: Int, for room: Int, _ take: (_ count: Int) -> Void
    ) {
        let count = clinux_recv(fd, memory.base + position, room)
        loop.counters.systemCalls &+= 1
        if count > 0 {
            loop.counters.bytesIn &+= UInt64(count)
            take(count)
        } else if count == 0 {
            endOfInput()
        } else if count != -Int(EAGAIN) {
            close(count == -Int(ECONNRESET) ? .peer
                : .system(SystemError(call: "recv", errno: Int32(-count), subject: "fd \(fd)")))
        }
    }

    func endOfInput() {
        hasInputEnded = true
        updateInterest()
        // Half a frame will never be whole, but whole ones behind a pause will still be delivered.
        if !isReadingPaused || (pending == nil && held == nil) { tellInputEnded() }
    }

    private func tellInputEnded() {
        guard !isInputEndTold else { return }
        isInputEndTold = true
        releaseReceived()
        handler?.inputEnded(self)
    }

    // MARK: the shared arena

    private func receiveShared() {
        let waiting = pending?.count ?? 0
        guard let arena = arena(withRoomFor: waiting) else {
            starve()
            return
        }
        let start = arena.used
        let position = start &+ waiting
        receive(into: arena, at: position, for: arena.capacity &- position) { count in
            takePending(into: arena, at: start)
            arena.used = position &+ count
            deliver(from: arena, start..<arena.used)
        }
    }

    /// The shared arena with useful room behind `waiting` bytes; ends the tick early to get it.
    private func arena(withRoomFor waiting: Int) -> FrameMemory? {
        for attempt in 0..<2 {
            guard let arena = loop.memory.sharedArena() else { return nil }
            if arena.room &- waiting >= ReceiveMemory.usefulRoom { return arena }
            if attempt == 0 { loop.finishTick() }
        }
        return nil
    }

    private func takePending(into arena: FrameMemory, at position: Int) {
        guard let bytes = pending else { return }
        (arena.base + position).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        releasePending()
    }

    private func releasePending() {
        guard let bytes = pending else { return }
        budget.give(bytes.count)
        bytes.deallocate()
        pending = nil
    }

    // MARK: an arena of our own

    private func receiveHeld() {
        if let memory = held, memory.capacity &- heldRange.upperBound < ReceiveMemory.usefulRoom, !compact(memory) {
            starve()
            return
        }
        guard let memory = held else { return }
        let end = heldRange.upperBound
        receive(into: memory, at: end, for: memory.capacity &- end) { count in
            deliver(from: memory, heldRange.lowerBound..<(end &+ count))
        }
    }

    /// Moves the undelivered bytes to the front, or to other memory when pins forbid it.
    private func compact(_ memory: FrameMemory) -> Bool {
        let start = heldRange.lowerBound
        let count = heldRange.count
        if memory.pins == 0 {
            guard start > 0 else { return memory.capacity > heldRange.upperBound }
            memory.base.copyMemory(from: memory.base + start, byteCount: count)
            heldRange = 0..<count
            return true
        }
        guard let other = loop.memory.spareArena() else { return memory.capacity > heldRange.upperBound }
        other.base.copyMemory(from: memory.base + start, byteCount: count)
        loop.memory.retire(memory)
        held = other
        heldRange = 0..<count
        return true
    }

    // MARK: delivery

    /// Delivers what a pause or a want of memory held back.
    func deliverHeld() {
        isResumeQueued = false
        guard isOpen, !isReadingPaused else { return }
        if let memory = held {
            deliver(from: memory, heldRange)
        } else if let bytes = pending {
            guard let arena = arena(withRoomFor: bytes.count) else { return starve() }
            let start = arena.used
            arena.used = start &+ bytes.count
            takePending(into: arena, at: start)
            deliver(from: arena, start..<arena.used)
        }
        if isOpen, hasInputEnded, !isReadingPaused { tellInputEnded() }
    }

    private func deliver(from memory: FrameMemory, _ range: Range<Int>) {
        var start = range.lowerBound
        let end = range.upperBound
        delivering = memory
        while end &- start >= FramedConnection.lengthBytes, !isReadingPaused, isOpen, !isClosingWhenDrained {
            let length = Int(Int32(bigEndian: memory.base.loadUnaligned(fromByteOffset: start, as: Int32.self)))
            guard length >= 0, length <= maxFrameBytes else {
                delivering = nil
                return close(.frameLength(length, limit: maxFrameBytes))
            }
            let next = start &+ FramedConnection.lengthBytes &+ length
            guard next <= end else { break }
            let frame = UnsafeMutableRawBufferPointer(start: memory.base + (start &+ FramedConnection.lengthBytes), count: length)
            start = next
            handler?.received(frame, frameBytes: length, on: self)
        }
        delivering = nil
        if isOpen { keep(memory, start..<end) }
    }

    /// Keeps the undelivered `range`: exactly, in the arena, or in memory of its own for a frame that is too big.
    private func keep(_ memory: FrameMemory, _ range: Range<Int>) {
        let isOurs = memory === held
        held = nil
        let wanted = frameBytes(at: memory.base + range.lowerBound, range.count)
        if range.isEmpty || isClosingWhenDrained {
            if isOurs { loop.memory.retire(memory) }
        } else if let wanted, wanted &- FramedConnection.lengthBytes > maxFrameBytes {
            // Behind a pause lies what `deliver` has not judged yet: it gets no memory of its size.
            if isOurs { loop.memory.retire(memory) }
            close(.frameLength(wanted &- FramedConnection.lengthBytes, limit: maxFrameBytes))
        } else if let wanted, wanted > ReceiveMemory.arenaBytes {
            keepInSpill(memory, range, frameBytes: wanted, isOurs: isOurs)
        } else if range.count <= FramedConnection.smallBytes {
            keepExactly(memory, range)
            if isOurs { loop.memory.retire(memory) }
        } else if isOurs ? memory.isArena || (wanted ?? 0) <= memory.capacity : loop.memory.detach(memory) {
            held = memory
            heldRange = range
        } else {
            keepInSpill(memory, range, frameBytes: wanted ?? range.count, isOurs: isOurs)
        }
    }

    /// Bytes of the frame at `address` with its length field, nil when not even that has come.
    private func frameBytes(at address: UnsafeMutableRawPointer, _ available: Int) -> Int? {
        guard available >= FramedConnection.lengthBytes else { return nil }
        return Int(Int32(bigEndian: address.loadUnaligned(as: Int32.self))) &+ FramedConnection.lengthBytes
    }

    private func keepExactly(_ memory: FrameMemory, _ range: Range<Int>) {
        guard budget.take(range.count) else {
            return close(.outOfMemoryBudget(wanted: range.count, limit: budget.limitBytes))
        }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 16)
        bytes.copyMemory(from: UnsafeRawBufferPointer(start: memory.base + range.lowerBound, count: range.count))
        pending = bytes
    }

    private func keepInSpill(_ memory: FrameMemory, _ range: Range<Int>, frameBytes: Int, isOurs: Bool) {
        guard budget.take(max(frameBytes, range.count)) else {
            if frameBytes > budget.limitBytes || !(isOurs || loop.memory.detach(memory)) {
                return close(.outOfMemoryBudget(wanted: frameBytes, limit: budget.limitBytes))
            }
            // Others have the budget: wait with what has come, and let the socket fill up.
            held = memory
            heldRange = range
            return starve()
        }
        let block = FrameMemory(capacity: max(frameBytes, range.count), home: loop.memory, budget: budget)
        block.base.copyMemory(from: memory.base + range.lowerBound, byteCount: range.count)
        if isOurs { loop.memory.retire(memory) }
        if range.count < frameBytes {
            spill = block
            spillCount = range.count
        } else {
            // Whole frames that a pause left behind.
            held = block
            heldRange = 0..<range.count
        }
    }

    private func deliverSpill() {
        guard let block = spill, spillCount == block.capacity else { return }
        spill = nil
        delivering = block
        let frames = UnsafeMutableRawBufferPointer(start: block.base, count: block.capacity)
        let frame = UnsafeMutableRawBufferPointer(rebasing: frames[FramedConnection.lengthBytes...])
        loop.memory.retire(block)
        handler?.received(frame, frameBytes: frame.count, on: self)
        delivering = nil
    }

    /// The memory of the frame being delivered, to be pinned by who needs it past the tick.
    ///
    /// - Precondition: called inside `received`.
    package var frameMemory: FrameMemory {
        guard let delivering else { preconditionFailure("frame memory exists only while a frame is delivered") }
        return delivering
    }

    func releaseReceived() {
        releasePending()
        if let held { loop.memory.retire(held) }
        if let spill { loop.memory.retire(spill) }
        held = nil
        spill = nil
    }
}
