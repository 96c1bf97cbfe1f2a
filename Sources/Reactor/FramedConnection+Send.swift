// Sending: bytes and file ranges in the order they were queued, until the socket takes no more.
internal import Bytes
internal import CLinux
internal import Glibc
internal import Host

/// A file range and the position in `output` that it stands behind.
struct QueuedFile {
    var range: FileRange
    let outputPosition: Int
}

extension FramedConnection {
    /// What one connection may send in one tick, so that others get their turn.
    static let bytesPerTick = 8_388_608
    /// Sent bytes at the front of `output` that are worth moving the rest over.
    private static let compactBytes = 65_536

    /// Queues a file range behind what stands in `output`.
    package func enqueue(_ file: FileRange) {
        guard file.count > 0 else { return }
        files.append(QueuedFile(range: file, outputPosition: output.count))
        fileBytesUnsent &+= file.count
    }

    /// Bytes queued and not yet taken by the kernel.
    package var unsentBytes: Int { output.count &- sentPosition &+ fileBytesUnsent }

    /// Sends when the tick ends, after all tick handlers.
    package func flush() {
        guard isOpen, !isFlushQueued else { return }
        isFlushQueued = true
        loop.flushing.append(self)
    }

    /// Sends at once.
    package func flushNow() {
        guard isOpen, !isConnecting else { return }
        send()
    }

    func sendQueued() {
        isFlushQueued = false
        guard isOpen, !isConnecting else { return }
        send()
    }

    private func send() {
        var budget = FramedConnection.bytesPerTick
        while isOpen {
            let hasFile = filesHead < files.count
            let limit = hasFile ? files[filesHead].outputPosition : output.count
            if sentPosition < limit {
                guard sendBytes(upTo: limit, more: hasFile, &budget) else { return }
            } else if hasFile {
                guard sendFile(&budget) else { return }
            } else {
                return drained()
            }
            if budget <= 0 { return blocked() }
        }
    }

    /// - Returns: false when the socket takes no more or the connection is closed.
    private func sendBytes(upTo limit: Int, more: Bool, _ budget: inout Int) -> Bool {
        let wanted = limit &- sentPosition
        let count = clinux_send(fd, output.bytes.baseAddress! + sentPosition, wanted, more)
        guard sent(count) else { return false }
        sentPosition &+= count
        budget &-= count
        return true
    }

    /// Books what a send call answered. False when nothing more can be sent now.
    func sent(_ count: Int) -> Bool {
        loop.counters.systemCalls &+= 1
        if count > 0 {
            loop.counters.bytesOut &+= UInt64(count)
            return true
        }
        if count == -Int(EAGAIN) {
            blocked()
        } else {
            close(count == -Int(ECONNRESET) || count == -Int(EPIPE) ? .peer
                : .system(SystemError(call: "send", errno: Int32(-count), subject: "fd \(fd)")))
        }
        return false
    }

    /// Waits until the socket takes bytes again.
    private func blocked() {
        if blockedSince == 0 { blockedSince = max(loop.now, 1) }
        if sentPosition > FramedConnection.compactBytes, sentPosition > output.count / 2 { compactOutput() }
        updateInterest()
    }

    private func compactOutput() {
        let rest = output.count - sentPosition
        let bytes = output.mutableBytes
        bytes.baseAddress!.copyMemory(from: bytes.baseAddress! + sentPosition, byteCount: rest)
        output.truncate(to: rest)
        files.removeFirst(filesHead)
        filesHead = 0
        for index in files.indices {
            files[index] = QueuedFile(range: files[index].range, outputPosition: files[index].outputPosition - sentPosition)
        }
        sentPosition = 0
    }

    private func drained() {
        // A writer that once held much would keep it for the life of the connection.
        if output.storage.count > FramedConnection.compactBytes { output = ByteWriter(capacity: 512) }
        output.removeAll()
        sentPosition = 0
        files.removeAll(keepingCapacity: files.capacity <= 64)
        filesHead = 0
        releaseCarriers()
        blockedSince = 0
        updateInterest()
        if isClosingWhenDrained { return close() }
        handler?.outputDrained(self)
    }

    func releaseOutput() {
        releaseCarriers()
        files.removeAll()
        filesHead = 0
        fileBytesUnsent = 0
        output.removeAll()
        sentPosition = 0
    }
}
