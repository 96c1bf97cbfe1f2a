// A file range on its way to the socket: through a pipe, by sendfile, through a buffer, or mapped.
internal import Bytes
internal import CLinux
internal import Host

/// A loop's buffer for the copy mode, owned by one connection while it has bytes in it.
final class CopyBuffer {
    let bytes: UnsafeMutableRawBufferPointer
    var sent = 0
    var filled = 0
    init(byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 4096) }
    deinit { bytes.deallocate() }
}

extension FramedConnection {
    /// Sends from the first queued file range.
    ///
    /// - Returns: false when the socket takes no more or the connection is closed.
    func sendFile(_ budget: inout Int) -> Bool {
        let before = files[filesHead].range.count
        let goesOn: Bool
        switch configuration.transfer {
        case _ where files[filesHead].range.memory != nil: goesOn = sendMemoryOnce()
        case .splice: goesOn = leasePipe() ? spliceOnce() : sendfileOnce()
        case .sendfile: goesOn = sendfileOnce()
        case .copy(let bufferBytes): goesOn = copyOnce(bufferBytes)
        case .mmap: goesOn = sendMappedOnce()
        }
        guard isOpen else { return false }
        budget &-= before &- files[filesHead].range.count
        if files[filesHead].range.count == 0 { finishFile() }
        return goesOn
    }

    private func finishFile() {
        mapping.release()
        files[filesHead].range.owner = FramedConnection.nobody
        filesHead &+= 1
        blockedSince = 0
    }

    /// Stands for the owner of a range that is sent.
    private static let nobody = Nobody()
    private final class Nobody: Sendable {}

    /// More follows: another byte of this range, bytes behind it, or another range.
    func isMoreBehind(_ count: Int) -> Bool {
        let file = files[filesHead]
        return file.range.count > count || output.count > file.outputPosition || filesHead &+ 1 < files.count
    }

    func advance(_ count: Int, zeroCopy: Bool, spliced: Bool = false) {
        files[filesHead].range.position &+= Int64(count)
        files[filesHead].range.count &-= count
        fileBytesUnsent &-= count
        blockedSince = 0
        loop.counters.fileBytes &+= UInt64(count)
        if zeroCopy, configuration.leadsToPeer { loop.counters.zeroCopyBytes &+= UInt64(count) }
        if spliced, configuration.leadsToPeer { loop.counters.spliceBytes &+= UInt64(count) }
    }

    func fileFailed(_ call: String, _ result: Int) -> Bool {
        let range = files[filesHead].range
        if result == 0 {
            close(.fileEnded(at: range.position, missing: range.count))
        } else {
            close(.system(SystemError(call: call, errno: Int32(-result), subject: "file descriptor \(range.descriptor)")))
        }
        return false
    }

    // MARK: memory

    private func sendMemoryOnce() -> Bool {
        let range = files[filesHead].range
        let count = clinux_send(fd, range.memory! + Int(range.position), range.count, isMoreBehind(range.count))
        guard sent(count) else { return false }
        files[filesHead].range.position &+= Int64(count)
        files[filesHead].range.count &-= count
        fileBytesUnsent &-= count
        blockedSince = 0
        return true
    }

    // MARK: splice

    private func leasePipe() -> Bool {
        if pipe != nil { return true }
        pipe = loop.pipes.lease(to: self, now: loop.now)
        if pipe == nil { loop.counters.spliceFallbacks &+= 1 }
        return pipe != nil
    }

    private func spliceOnce() -> Bool {
        guard let pipe else { return false }
        if pipeCount == 0 {
            let range = files[filesHead].range
            let count = clinux_splice_from_file(range.descriptor, range.position, pipe.write, min(range.count, pipe.capacity))
            loop.counters.systemCalls &+= 1
            guard count > 0 else { return fileFailed("splice", count) }
            pipeCount = count
        }
        let count = clinux_splice_to_socket(pipe.read, fd, pipeCount, isMoreBehind(pipeCount))
        guard sent(count) else { return false }
        pipeCount &-= count
        advance(count, zeroCopy: true, spliced: true)
        return true
    }

    /// Hands the pipe to the pool; what is in it is read from the file again.
    func givePipeBack() {
        guard let pipe else { return }
        loop.pipes.take(pipe, unsent: pipeCount, from: self)
        self.pipe = nil
        pipeCount = 0
    }

    // MARK: sendfile and copy

    private func sendfileOnce() -> Bool {
        let range = files[filesHead].range
        let count = clinux_sendfile(fd, range.descriptor, range.position, range.count)
        if count == 0 { return fileFailed("sendfile", 0) }
        guard sent(count) else { return false }
        advance(count, zeroCopy: true)
        return true
    }

    private func copyOnce(_ bufferBytes: Int) -> Bool {
        let buffer = copyBuffer ?? loop.takeCopyBuffer(bufferBytes)
        copyBuffer = buffer
        if buffer.sent == buffer.filled {
            let range = files[filesHead].range
            let count = clinux_pread(range.descriptor, buffer.bytes.baseAddress!, min(range.count, bufferBytes), range.position)
            loop.counters.systemCalls &+= 1
            guard count > 0 else { return fileFailed("pread", count) }
            buffer.filled = count
            buffer.sent = 0
        }
        let left = buffer.filled &- buffer.sent
        let count = clinux_send(fd, buffer.bytes.baseAddress! + buffer.sent, left, isMoreBehind(left))
        guard sent(count) else { return false }
        buffer.sent &+= count
        advance(count, zeroCopy: false)
        return true
    }

    /// Gives pipe and buffer back to the loop, and the mapping to the kernel.
    func releaseCarriers() {
        givePipeBack()
        mapping.release()
        if let copyBuffer {
            loop.give(copyBuffer)
            self.copyBuffer = nil
        }
    }
}

extension Loop {
    /// Idle copy buffers kept at most.
    private static let copyBuffersKept = 4

    func takeCopyBuffer(_ byteCount: Int) -> CopyBuffer {
        guard let index = copyBuffers.lastIndex(where: { $0.bytes.count == byteCount }) else {
            return CopyBuffer(byteCount: byteCount)
        }
        return copyBuffers.remove(at: index)
    }

    func give(_ buffer: CopyBuffer) {
        buffer.sent = 0
        buffer.filled = 0
        if copyBuffers.count < Loop.copyBuffersKept { copyBuffers.append(buffer) }
    }
}
