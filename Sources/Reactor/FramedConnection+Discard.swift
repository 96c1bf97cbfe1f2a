// Receiving the fronts of frames only: what follows leaves the socket without being copied, as a client
// that measures a server's cost wants it.
internal import CLinux
internal import Glibc
internal import Host

extension FramedConnection {
    /// System calls of one connection in one tick at most, so that others get their turn.
    private static let callsPerTick = 32
    private static let lengthBytes = 4

    func receiveHeads() {
        let keep = FramedConnection.lengthBytes + (configuration.keepBytes ?? 0)
        let buffer = head ?? .allocate(byteCount: keep, alignment: 16)
        head = buffer
        for _ in 0..<FramedConnection.callsPerTick {
            guard isOpen, wantsRead else { return }
            let count = discardLeft > 0
                ? clinux_recv_discard(fd, discardLeft)
                : clinux_recv(fd, buffer.baseAddress! + headCount, keep - headCount)
            loop.counters.systemCalls &+= 1
            guard count > 0 else { return ended(count) }
            loop.counters.bytesIn &+= UInt64(count)
            if discardLeft > 0 { discardLeft -= count } else { headCount += count }
            deliverHeads(buffer, keep)
        }
    }

    private func ended(_ count: Int) {
        if count == 0 { return endOfInput() }
        guard count != -Int(EAGAIN) else { return }
        close(count == -Int(ECONNRESET) ? .peer
            : .system(SystemError(call: "recv", errno: Int32(-count), subject: "fd \(fd)")))
    }

    /// Delivers the frames whose last byte has come; a frame is told of only then, so that its time is its end.
    private func deliverHeads(_ buffer: UnsafeMutableRawBufferPointer, _ keep: Int) {
        while isOpen, discardLeft == 0, headCount >= FramedConnection.lengthBytes {
            let length = Int(Int32(bigEndian: buffer.load(as: Int32.self)))
            guard length >= 0, length <= maxFrameBytes else {
                return close(.frameLength(length, limit: maxFrameBytes))
            }
            let whole = FramedConnection.lengthBytes + length
            let kept = min(whole, keep)
            guard headCount >= kept else { return }
            if headCount == kept, whole > kept, !isHeadDiscarded {
                discardLeft = whole - kept
                isHeadDiscarded = true
                return
            }
            isHeadDiscarded = false
            let frame = UnsafeMutableRawBufferPointer(rebasing: buffer[FramedConnection.lengthBytes..<kept])
            handler?.received(frame, frameBytes: length, on: self)
            headCount -= kept
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[kept..<(kept + headCount)]))
        }
    }
}
