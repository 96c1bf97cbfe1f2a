// What `consumer-perf` was asked for, checked before anything is connected.

package struct ConsumerPerfPlan: Sendable {
    let topics: PerfTopics
    package let records: Int64
    /// Without a record for so long the reading ends.
    package let timeoutMilliseconds: Int64
    package let intervalMilliseconds: Int64
    package let showsDetails: Bool
    package let hidesHeader: Bool
    package let startsAtEnd: Bool
    package let dateFormat: String
    package let printsMetrics: Bool
    package let properties: ConsumerProperties

    /// - Parameters:
    ///   - topic: the one that is read; nil where `include` says which.
    ///   - include: what the names of those that are read match; nil where `topic` says which.
    /// - Throws: `.refused`.
    package init(
        topic: String? = nil, include: String? = nil, records: Int64, timeoutMilliseconds: Int64 = 10_000, intervalMilliseconds: Int64 = 5_000, showsDetails: Bool = false,
        hidesHeader: Bool = false, startsAtEnd: Bool = false, dateFormat: String = ConsumerPerfPlan.usualDateFormat, printsMetrics: Bool = false,
        properties: ConsumerProperties
    ) throws(PeerToolError) {
        topics = try PerfTopics(topic: topic, include: include)
        guard records >= 0 else { throw .refused("--messages must not be negative, as \(records) is") }
        guard timeoutMilliseconds >= 0 else { throw .refused("--timeout must not be negative, as \(timeoutMilliseconds) is") }
        guard intervalMilliseconds > 0 else { throw .refused("--reporting-interval must be above 0, not \(intervalMilliseconds)") }
        _ = try JavaDateFormat(dateFormat)
        self.records = records
        self.timeoutMilliseconds = timeoutMilliseconds
        self.intervalMilliseconds = intervalMilliseconds
        self.showsDetails = showsDetails
        self.hidesHeader = hidesHeader
        self.startsAtEnd = startsAtEnd
        self.dateFormat = dateFormat
        self.printsMetrics = printsMetrics
        self.properties = properties
    }

    package static let usualDateFormat = "yyyy-MM-dd HH:mm:ss:SSS"
}
