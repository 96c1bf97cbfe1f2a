// A null broker on a thread of its own, for tests.
import Dispatch
import Harness
import Host
import NullBroker

final class FaultyBroker {
    let broker: NullBroker
    private let thread: WorkerThread

    init(_ faults: [Fault] = [], keepsRecords: Bool = true, partitions: Int32 = 1, keptBytes: Int = 512 << 20, replicas: Int16 = 1) throws {
        var configuration = NullBrokerConfiguration()
        configuration.faults = faults
        configuration.keepsRecords = keepsRecords
        configuration.partitionCount = partitions
        configuration.keptBytes = keptBytes
        configuration.replicationMaximum = replicas
        broker = try NullBroker(configuration)
        thread = broker.start()
    }

    var address: HostPort { HostPort("127.0.0.1:\(broker.port)")! }

    /// Breaks these promises for every request that is sent from here on.
    func misbehave(_ faults: [Fault]) {
        let inForce = DispatchSemaphore(value: 0)
        broker.misbehave(faults) { inForce.signal() }
        inForce.wait()
    }

    func stop() {
        broker.stop()
        thread.join()
    }
}
