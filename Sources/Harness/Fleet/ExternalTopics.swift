// The topics of a run on a broker of somebody else's: made under names of their own, or found there; those that were made are removed.
internal import Client
internal import Host
internal import Vocabulary
internal import Wire

/// Belongs to the control thread.
package final class ExternalTopics {
    private let existing: [String]
    private let replicationFactor: Int?
    private let suffix: String
    /// Loads that have asked for a name.
    private var loads = 0
    /// In the order in which they were made, or may have been.
    private(set) var made: [String] = []
    private var partitionCounts: [String: Int] = [:]

    init(_ options: ExternalOptions, suffix: String) {
        existing = options.existingTopics
        replicationFactor = options.replicationFactor
        self.suffix = suffix
    }

    /// Whether other people's records are, or may come, beside the run's.
    package var areShared: Bool { !existing.isEmpty }

    /// The name of the next load's topic. What the run makes says whose it is, should it ever stay behind.
    package func name(for wanted: String) -> String {
        defer { loads += 1 }
        if areShared { return existing[min(loads, existing.count - 1)] }
        return "\(wanted.hasPrefix("tidemark-") ? "" : "tidemark-")\(wanted)-\(suffix)"
    }

    /// Topics that are there, for a load of several.
    ///
    /// - Throws: `HarnessError` where fewer were named, or one of them twice.
    func names(count: Int) throws(HarnessError) -> [String] {
        guard existing.count >= count else {
            throw .impossible("the load has \(count) topics, and --existing-topics names \(existing.count): name as many, or let the run make its own")
        }
        let names = Array(existing.prefix(count))
        guard Set(names).count == count else { throw .impossible("--existing-topics names one topic twice, and the load has \(count) that are audited apart") }
        loads += 1
        return names
    }

    /// nil for a topic that was not prepared.
    package func partitionCount(of name: String) -> Int? { partitionCounts[name] }

    /// Makes a topic of the load, or looks whether the one that is there can be used.
    ///
    /// - Parameter plan: of the topic.
    /// - Returns: the number of its partitions, which of an existing one need not be the profile's.
    /// - Throws: `ClientError`, `HarnessError` with the operation that the broker's rules would have to allow.
    func prepare(_ topic: String, _ plan: TopicPlan, _ cluster: Cluster) throws -> Int {
        if areShared {
            try requireAccess([.read, .write], to: topic, cluster)
        } else if !made.contains(topic) {
            // Made once, for each of the phases that go on with it.
            try make(topic, plan, cluster)
            try requireAccess([.read, .write, .delete], to: topic, cluster)
        }
        let count = try cluster.topic(topic).partitions.count
        guard count > 0 else { throw HarnessError.impossible("topic \(topic) has no partitions") }
        partitionCounts[topic] = count
        return count
    }

    private func make(_ topic: String, _ plan: TopicPlan, _ cluster: Cluster) throws {
        // Before it is asked for: a broker that makes it and does not get to say so has made it.
        made.append(topic)
        let replicas = Int16(clamping: replicationFactor ?? plan.replication)
        do throws(ClientError) {
            try cluster.controller().createTopic(topic, partitions: Int32(plan.partitions), replication: replicas, configs: plan.ownSettings)
        } catch {
            switch error {
            case .unsupported(_, .createTopics):
                // A broker that makes topics when they are asked for.
                _ = try cluster.anyBroker().metadata([topic], mayCreate: true)
            case .broker(let code, _):
                made.removeLast()
                if code == .invalidReplicationFactor {
                    throw HarnessError.impossible("\(error): the run asked for \(replicas) replicas, and --replication-factor takes at most as many as the cluster has brokers")
                }
                guard code == .topicAlreadyExists else { throw error }
                throw HarnessError.impossible("topic \(topic) is there already, and not of this run: it is left alone; the next run takes another name")
            default: throw error
            }
        }
        // The broker that the lanes ask first need not be the one that was asked to make it.
        try cluster.anyBroker().waitForLeaders(of: topic)
    }

    /// Now, and not when the load is half over.
    private func requireAccess(_ operations: [Vocabulary.Operation], to topic: String, _ cluster: Cluster) throws {
        let denied = try cluster.anyBroker().denied(operations, on: topic)
        guard !denied.isEmpty else { return }
        let needed = denied.map { NeededAccess($0, on: .topic(topic)).description }.joined(separator: ", ")
        let stays = denied.contains(.delete) ? "; the topic was made, and this user can't remove it" : ""
        throw HarnessError.impossible("the broker's access rules do not let this user do what a run does: it needs \(needed)\(stays)")
    }

    /// Removes what was made, as far as the broker lets it.
    ///
    /// - Parameter check: called before each.
    /// - Returns: what to say about those that stay.
    func remove(_ connect: () throws -> Cluster, _ check: () -> Void) -> [String] {
        guard !made.isEmpty else { return [] }
        defer { made = [] }
        do {
            let cluster = try connect()
            return made.reversed().compactMap { name -> String? in
                check()
                do {
                    try cluster.controller().deleteTopic(name)
                    return nil
                } catch ClientError.broker(.unknownTopicOrPartition, _) {
                    return nil
                } catch { return "topic \(name), which the run made, is still there: \(error)" }
            }
        } catch { return ["topics \(made.joined(separator: ", ")), which the run made, may still be there: \(error)"] }
    }
}
