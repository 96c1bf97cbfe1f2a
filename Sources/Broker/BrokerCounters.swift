// What a broker counts, and how the loops' numbers come together.
internal import Host

/// The counters by their place on the page.
enum Counter: Int, CaseIterable {
    case requestsProduce, requestsFetch, requestsOther, bytesIn, bytesOut, recordsIn, batchesIn, fetchBytesServed
    case fetchBytesZeroCopy, fetchBytesSpliced, fetchColdOffloads, residencySampledBytes, residencyResidentBytes, spliceFallbacks
    case connectionsOpen, connectionsTotal, logAppends, logAppendBytes, flushes, syscalls, errors
    case retentionSegments, retentionBytes
    case requestsThrottled, fetchSessionsOpen, fetchSessionsEvicted, batchesRecoded
    case connectionsRefused, connectionsExpired, handshakesFailed

    /// `requests_produce`, as readers of the page know it.
    var name: String {
        "\(self)".map { $0.isUppercase ? "_\($0.lowercased())" : "\($0)" }.joined()
    }
}

/// One shard's numbers since it was made, published as differences once a tick.
struct ShardCounters {
    private let values: UnsafeMutablePointer<UInt64>
    private let published: UnsafeMutablePointer<UInt64>

    init() {
        values = .allocate(capacity: Counter.allCases.count)
        published = .allocate(capacity: Counter.allCases.count)
        values.initialize(repeating: 0, count: Counter.allCases.count)
        published.initialize(repeating: 0, count: Counter.allCases.count)
    }

    func deallocate() {
        values.deallocate()
        published.deallocate()
    }

    @inline(__always) func add(_ counter: Counter, _ delta: Int = 1) {
        values[counter.rawValue] &+= UInt64(bitPattern: Int64(delta))
    }

    @inline(__always) func set(_ counter: Counter, _ value: UInt64) { values[counter.rawValue] = value }

    func publish(to page: CounterPage) {
        for index in 0..<Counter.allCases.count where values[index] != published[index] {
            page.add(values[index] &- published[index], to: index)
            published[index] = values[index]
        }
    }
}
