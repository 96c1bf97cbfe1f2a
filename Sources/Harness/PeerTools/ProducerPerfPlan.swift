// What `producer-perf` was asked for, checked before anything is connected.
internal import Client
internal import Foundation

package struct ProducerPerfPlan: Sendable {
    package let topic: String
    package let records: Int64
    /// The first records, which the steady-state line leaves out.
    package let warmUpRecords: Int64
    package let payload: PayloadSource
    /// Records a second; negative: as fast as it goes.
    package let throughput: Double
    /// Of a window.
    package let intervalMilliseconds: Int64
    package let printsMetrics: Bool
    package let properties: ProducerProperties

    /// - Parameter payloads: the sources that were named; one must be.
    /// - Throws: `.refused` for what is no such run, or none that this client can make.
    package init(
        topic: String, records: Int64, warmUpRecords: Int64 = 0, payloads: [PayloadSource], throughput: Double, intervalMilliseconds: Int64 = 5_000,
        printsMetrics: Bool = false, properties: ProducerProperties
    ) throws(PeerToolError) {
        guard !topic.isEmpty else { throw .refused("--topic is empty") }
        guard records > 0 else { throw .refused("--num-records must be above 0, not \(records)") }
        guard warmUpRecords < records else {
            throw .refused("--warmup-records \(warmUpRecords) leaves nothing of --num-records \(records) to be measured")
        }
        guard payloads.count == 1, let payload = payloads.first else {
            throw .refused("exactly one of --record-size, --payload-file and --payload-monotonic says what to send")
        }
        if case .random(let bytes) = payload, bytes < 1 { throw .refused("--record-size must be above 0, not \(bytes)") }
        guard throughput.isFinite, throughput != 0 else {
            throw .refused("--throughput must be records a second, or -1 for as many as go; with \(throughput) nothing would ever be sent")
        }
        guard intervalMilliseconds > 0 else { throw .refused("--reporting-interval must be above 0, not \(intervalMilliseconds)") }
        self.topic = topic
        self.records = records
        self.warmUpRecords = max(0, warmUpRecords)
        self.payload = payload
        self.throughput = throughput
        self.intervalMilliseconds = intervalMilliseconds
        self.printsMetrics = printsMetrics
        self.properties = properties
    }

    /// Header, lengths and deltas around one record that has a batch to itself, at their widest.
    private static let recordOverheadBytes = 128
    private static let mostBatches = 1 << 20

    /// - Parameters:
    ///   - sizes: bytes of the values.
    ///   - memoryBytes: the machine's.
    /// - Throws: `.refused` for a largest value that no request may carry, and for more memory than half of what there is.
    func check(_ sizes: ClosedRange<Int>, memoryBytes: UInt64 = ProcessInfo.processInfo.physicalMemory) throws(PeerToolError) {
        let configuration = properties.configuration
        guard sizes.upperBound <= configuration.maxRequestBytes - Self.recordOverheadBytes else {
            throw .refused(
                "a record of \(sizes.upperBound) bytes, with what surrounds it, is more than max.request.size, \(configuration.maxRequestBytes)")
        }
        let batchBytes = max(configuration.batchBytes, sizes.upperBound + Self.recordOverheadBytes)
        let batches = configuration.bufferMemoryBytes / batchBytes
        guard batches <= Self.mostBatches else {
            throw .refused("buffer.memory holds \(batches) batches of \(batchBytes) bytes; \(Self.mostBatches) at most are kept")
        }
        // Eight bytes are kept for each record beside its batch, and a record has seven around its value.
        let bytes = max(batches, 2) * (batchBytes + batchBytes / (sizes.lowerBound + 7) * 8)
        guard bytes <= Int(clamping: memoryBytes / 2) else {
            throw .refused(
                "buffer.memory and batch.size ask for \(decimalBytes(Int64(bytes))); this machine has \(decimalBytes(Int64(clamping: memoryBytes)))")
        }
    }
}
