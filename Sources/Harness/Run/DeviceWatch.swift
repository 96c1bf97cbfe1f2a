// What the device under the broker's data moved, second by second.
internal import Measurement

/// One small file a second. What others do on the device is in it, as it is in the costs of the phase.
struct DeviceWatch {
    private let device: String
    private var last: DiskCounters?

    /// - Parameter device: its name under /sys/block.
    init(_ device: String) {
        self.device = device
        last = DiskCounters.current(of: device)
    }

    /// Bytes since the last call; nil where the device has no counters.
    mutating func second() -> (read: UInt64, written: UInt64)? {
        let now = DiskCounters.current(of: device)
        defer { last = now }
        guard let now, let last else { return nil }
        return (
            read: now.readBytes - min(now.readBytes, last.readBytes), written: now.writtenBytes - min(now.writtenBytes, last.writtenBytes))
    }
}
