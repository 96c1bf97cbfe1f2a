// Records whose values the caller brings, instead of the pool.
package import Reactor
internal import Records

extension Producer {
    /// A producer for `send(value:partition:mark:now:)`. Connects as the other one does, blocking meanwhile.
    ///
    /// - Parameters:
    ///   - valueSizes: bytes of the values to come; the largest has room in every batch.
    ///   - handler: must outlive the producer.
    package convenience init(
        loop: Loop, bootstrap: BrokerAddress, topic: String, valueSizes: ClosedRange<Int>, configuration: ProducerConfiguration,
        options: ConnectionOptions, handler: any AcknowledgementHandler
    ) throws(ClientError) {
        // The least pool there can be: nothing is sent from it.
        try self.init(
            loop: loop, bootstrap: bootstrap, topic: topic, producerNumber: 0, configuration: configuration, options: options,
            pool: PayloadPool(valueSize: 1, seed: 0, byteCount: 1), valueSizes: valueSizes, handler: handler)
    }

    /// Adds one record without a key to a partition's open batch.
    ///
    /// - Parameters:
    ///   - value: of one of the sizes that the producer was made for. Copied.
    ///   - mark: handed back, as it is, among `intended` of the acknowledgement, where the configuration keeps intended times.
    ///   - now: the time of handing over.
    /// - Returns: false, with nothing taken, when memory is used up: poll, let the loop run, try again.
    package func send(value: UnsafeRawBufferPointer, partition: Int32, mark: UInt64, now: UInt64) -> Bool {
        guard partitions[Int(partition)].failure == nil else {
            refuse(partition, intended: mark, now: now)
            return true
        }
        if let transaction, transaction.room == 0 { return false }
        if let open = partitions[Int(partition)].open {
            if append(value, to: open, mark, now) { return true }
            seal(open)
        }
        guard let fresh = openBatch(partition, intended: mark, now: now) else { return false }
        let fits = append(value, to: fresh, mark, now)
        precondition(fits, "a value of \(value.count) bytes is larger than a batch")
        return true
    }

    private func append(_ value: UnsafeRawBufferPointer, to slot: Int32, _ mark: UInt64, _ now: UInt64) -> Bool {
        let pointer = slots[slot]
        guard pointer.pointee.builder.append(key: nil, value: value, timestampMilliseconds: timestamp(now)) else { return false }
        if let times = pointer.pointee.intended { times[Int(pointer.pointee.builder.recordCount) &- 1] = mark }
        partitions[Int(pointer.pointee.partition)].nextSequence &+= 1
        counters.handedRecords &+= 1
        transaction?.took(1)
        return true
    }
}
