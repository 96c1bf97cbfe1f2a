// Records in a topic of a run that are not the run's.
import Client
import Host
import Measurement
import Reactor
import Records
import Testing

/// Sends records as a producer that no run knows, spread over the first `partitions`; all are acknowledged when it returns.
///
/// - Parameter ahead: nanoseconds by which their intended time is later than now.
func sendFromOutside(
    _ count: Int, in topic: String, at address: BrokerAddress, producerNumber: UInt32 = 0, valueSize: Int, partitions: Int = 1, ahead: UInt64 = 0
) throws {
    let loop = try Loop()
    let sink = OutsideSink()
    let producer = try Producer(
        loop: loop, bootstrap: address, topic: topic, producerNumber: producerNumber, configuration: ProducerConfiguration(), options: ConnectionOptions(),
        pool: PayloadPool(valueSize: valueSize, seed: 1, byteCount: 1 << 16), handler: sink)
    // The handler outlives it.
    defer { withExtendedLifetime(sink) { producer.close() } }
    for n in 0..<count { #expect(producer.send(partition: Int32(n % partitions), intended: MonotonicClock.now() + ahead, now: MonotonicClock.now())) }
    producer.flush()
    let deadline = MonotonicClock.now() + 10_000_000_000
    while producer.unacknowledgedRecords > 0 {
        try #require(MonotonicClock.now() < deadline)
        producer.poll(now: MonotonicClock.now())
        try loop.runOnce(maxWaitNanoseconds: 1_000_000)
    }
}

private final class OutsideSink: AcknowledgementHandler {
    func acknowledged(_ acknowledgement: Acknowledgement) {}
}
