// Kafka's consumer properties as settings of our client.
package import Client
internal import Foundation

/// What of Kafka's consumer properties has a meaning here. What is not given has Kafka's default.
package struct ConsumerProperties: Sendable {
    package let bootstrap: [BrokerAddress]
    package let configuration: ConsumerConfiguration
    package let options: ConnectionOptions
    package let group: GroupConfiguration
    /// Whether the group is told how far it was read.
    let commits: Bool
    /// Whether a pattern passes over topics in which the brokers keep their own state.
    let excludesInternalTopics: Bool
    /// Records that one poll of Kafka's consumer returns at most.
    let pollRecords: Int
    /// Given properties that do nothing here, by name.
    package let inactive: [String]

    /// - Parameters:
    ///   - group: the one to join.
    ///   - security: what was made of the properties that say how to get in.
    ///   - fetchBytes: of one partition in an answer; the flag's, which wins over the property.
    ///   - socketBytes: of the receive buffer; -1 leaves it to the kernel. The flag's too.
    /// - Throws: `.refused` for values that are none or that this client can't honour.
    package init(
        _ values: [String: String], group: String, security: ConnectionSecurity = .none, fetchBytes: Int, socketBytes: Int
    ) throws(PeerToolError) {
        guard (1...Int(Self.largestFetch)).contains(fetchBytes) else {
            throw .refused("--fetch-size \(fetchBytes) is outside of what this client takes, 1 to \(Self.largestFetch)")
        }
        guard socketBytes == -1 || (1...(1 << 30)).contains(socketBytes) else {
            throw .refused("--socket-buffer-size \(socketBytes) is no size; -1 leaves it to the kernel")
        }
        var table = PropertyTable(values)
        bootstrap = try table.bootstrap()
        var options = try table.connections(clientID: "perf-consumer-client", security)
        options.receiveBufferBytes = socketBytes > 0 ? Int32(socketBytes) : nil
        self.options = options
        var configuration = ConsumerConfiguration()
        configuration.partitionMaxBytes = Int32(fetchBytes)
        configuration.maxBytes = Int32(try table.integer("fetch.max.bytes", in: 1...Self.largestFetch) ?? 50 << 20)
        configuration.minBytes = Int32(try table.integer("fetch.min.bytes", in: 0...Self.largestFetch) ?? 1)
        configuration.maxWaitMilliseconds = Int32(try table.integer("fetch.max.wait.ms", in: 0...3_600_000) ?? 500)
        configuration.retryBackoffNanoseconds = try table.nanoseconds("retry.backoff.ms") ?? 100_000_000
        configuration.isCommittedOnly = try table.choice("isolation.level", ["read_uncommitted": false, "read_committed": true]) ?? false
        self.configuration = configuration
        self.group = try Self.membership(&table, of: group)
        commits = try table.flag("enable.auto.commit") ?? true
        excludesInternalTopics = try table.flag("exclude.internal.topics") ?? true
        pollRecords = Int(try table.integer("max.poll.records", in: 1...Int64(Int32.max)) ?? 500)
        inactive = table.inactive
    }

    private static func membership(_ table: inout PropertyTable, of name: String) throws(PeerToolError) -> GroupConfiguration {
        guard !name.isEmpty else { throw .refused("--group is empty") }
        var group = GroupConfiguration(name: name)
        let session = try table.integer("session.timeout.ms", in: 1...Int64(Int32.max)) ?? 45_000
        let heartbeat = try table.integer("heartbeat.interval.ms", in: 1...Int64(Int32.max)) ?? 3_000
        guard heartbeat < session else {
            throw .refused("heartbeat.interval.ms=\(heartbeat) must be below session.timeout.ms, \(session)")
        }
        group.sessionTimeoutMilliseconds = Int32(session)
        group.heartbeatNanoseconds = UInt64(heartbeat) * 1_000_000
        // As Kafka's client has it: what a member may take between two polls, the others wait for when the group changes.
        group.rebalanceTimeoutMilliseconds = Int32(try table.integer("max.poll.interval.ms", in: 1...Int64(Int32.max)) ?? 300_000)
        group.commitNanoseconds = try table.nanoseconds("auto.commit.interval.ms", atLeast: 1) ?? 5_000_000_000
        group.assignor = try assignor(table.text("partition.assignment.strategy"))
        return group
    }

    /// The first of the classes: members offer one only.
    private static func assignor(_ classes: String?) throws(PeerToolError) -> GroupAssignor {
        guard let classes else { return .range }
        let first = classes.split(separator: ",").first?.split(separator: ".").last?.trimmingCharacters(in: .whitespaces)
        switch first {
        case "RangeAssignor": return .range
        case "RoundRobinAssignor": return .roundRobin
        case "CooperativeStickyAssignor": return .cooperativeSticky
        default: throw .refused("partition.assignment.strategy=\(classes): RangeAssignor, RoundRobinAssignor and CooperativeStickyAssignor are known here")
        }
    }

    /// What an answer may take of memory: half of the longest frame that a connection accepts.
    private static let largestFetch: Int64 = 256 << 20
}
