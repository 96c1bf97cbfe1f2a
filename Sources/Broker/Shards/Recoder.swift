// A shard's thread for batches whose topic demands another codec: compressing a megabyte takes up to 50 ms, which would
// hold up everybody on the loop.
internal import Host
internal import Records
internal import StorageEngine

/// Re-compresses batches one after the other, so that those of a partition stay in their order. What waits lies in
/// received memory, which the loop has little of: a shard that is behind reads no more. What is done and not yet
/// written is bounded here.
final class Recoder: @unchecked Sendable {
    // @unchecked: `recoder` is touched by the queue's thread only, the rest under the monitor.
    /// Bytes of batches that are done and not yet written.
    static let limitBytes = 67_108_864

    private let queue = WorkQueue(name: "recode")
    private let recoder = BatchRecoder()
    private let monitor = Monitor()
    private var doneBytes = 0
    private var isStopping = false

    /// A batch to be staged: the one that was given, or another in its place.
    struct Outcome {
        let batch: UnsafeMutableRawBufferPointer
        /// Keeps the memory of one that was made here; `letGo` follows when it is written.
        let made: RecodedBatch?
    }

    /// - Parameters:
    ///   - batch: valid until `body` has been called.
    ///   - codec: nil to only wait behind the batches before.
    ///   - body: called on the recoder's thread.
    func recode(
        _ batch: LoopBound<UnsafeMutableRawBufferPointer>, to codec: CompressionCodec?, limitBytes: Int,
        then body: @escaping @Sendable (Result<LoopBound<Outcome>, StorageError>) -> Void
    ) {
        queue.enqueue { [self] in
            guard let codec else { return body(.success(LoopBound(Outcome(batch: batch.value, made: nil)))) }
            do throws(StorageError) {
                let made = try recoder.recode(UnsafeRawBufferPointer(batch.value), to: codec, limitBytes: limitBytes)
                wait(toAdd: made.bytes.count)
                body(.success(LoopBound(Outcome(batch: made.bytes, made: made))))
            } catch {
                body(.failure(error))
            }
        }
    }

    private func wait(toAdd bytes: Int) {
        monitor.locked {
            while doneBytes > 0, doneBytes + bytes > Self.limitBytes, !isStopping { monitor.wait() }
            doneBytes += bytes
        }
    }

    /// Batches of so many bytes are written, or refused.
    func letGo(_ bytes: Int) {
        monitor.locked {
            doneBytes -= bytes
            monitor.signal()
        }
    }

    func stop() {
        monitor.locked {
            isStopping = true
            monitor.signal()
        }
        queue.stop()
    }
}
