// Control-plane calls of a cluster's user: each goes to the broker that can answer it.
internal import Host
package import Vocabulary
internal import Wire

/// A cluster, known by some of its brokers. Blocks; belongs to one thread. Connections are made when they are needed.
package final class Cluster {
    /// Tried in order; the first that answers is asked.
    package let bootstrap: [BrokerAddress]
    private let options: ConnectionOptions
    private var admins: [BrokerAddress: Admin] = [:]
    private var known: [Int32: BrokerAddress] = [:]
    private var controllerID: Int32?

    /// Connects to one of `bootstrap` and asks it who the others are.
    package init(_ bootstrap: [BrokerAddress], _ options: ConnectionOptions = ConnectionOptions()) throws(ClientError) {
        precondition(!bootstrap.isEmpty, "a cluster is known by at least one broker")
        self.bootstrap = bootstrap
        self.options = options
        _ = try metadata([])
    }

    /// Where the cluster was first found, for messages.
    package var place: String { bootstrap.map(\.description).joined(separator: ",") }

    /// - Parameter topics: nil asks for all.
    package func metadata(_ topics: [String]? = nil) throws(ClientError) -> ClusterMetadata {
        let cluster = try anyBroker().metadata(topics)
        known = cluster.brokers
        controllerID = cluster.controller
        return cluster
    }

    /// - Throws: `.unknown` for a topic that is not there, `.broker` for one that can't be used.
    package func topic(_ name: String) throws(ClientError) -> ClusterMetadata.Topic {
        guard let topic = try metadata([name]).topic(name) else { throw .malformed(bootstrap[0], "Metadata without topic \(name)") }
        switch topic.errorCode {
        case .none, .leaderNotAvailable: return topic
        case .unknownTopicOrPartition: throw .unknown("there is no topic \(name) at \(place)")
        case .invalidTopic: throw .unknown("‘\(name)’ can't be the name of a topic")
        default: throw .refused(topic.errorCode, "look topic \(name) up", needs: NeededAccess(.describe, on: .topic(name)))
        }
    }

    // MARK: whom to ask

    /// Any broker that can be reached.
    package func anyBroker() throws(ClientError) -> Admin {
        var failure: ClientError?
        for address in bootstrap + known.sorted(by: { $0.key < $1.key }).map(\.value) {
            do throws(ClientError) { return try admin(at: address) } catch { failure = failure ?? error }
        }
        throw failure!
    }

    /// The broker that changes topics; any where the cluster names none.
    package func controller() throws(ClientError) -> Admin {
        guard let controllerID, known[controllerID] != nil else { return try anyBroker() }
        return try broker(controllerID)
    }

    /// - Throws: `.unknown` for a broker that the last metadata did not name.
    package func broker(_ id: Int32) throws(ClientError) -> Admin {
        guard let address = known[id] else { throw .unknown("the cluster at \(place) names no broker \(id)") }
        return try admin(at: address)
    }

    /// Every broker there is, by id.
    package func everyBroker() throws(ClientError) -> [Admin] {
        var admins: [Admin] = []
        for id in known.keys.sorted() { admins.append(try broker(id)) }
        return admins
    }

    func admin(at address: BrokerAddress) throws(ClientError) -> Admin {
        if let admin = admins[address] { return admin }
        let admin = try Admin(address, options)
        admins[address] = admin
        return admin
    }

    /// Lets go of all connections, so that the next call makes new ones.
    package func disconnect() { admins = [:] }

    // MARK: offsets

    /// The offsets of chosen partitions at a place in time, from the leader of each.
    ///
    /// - Parameter partitions: nil: all of the topic.
    /// - Returns: by partition.
    package func offsets(
        of topic: ClusterMetadata.Topic, _ partitions: [Int32]? = nil, at place: OffsetPlace, committed: Bool = false
    ) throws(ClientError) -> [Int32: Offset] {
        var byLeader: [Int32: [Int32]] = [:]
        for partition in topic.partitions where partitions?.contains(partition.index) ?? true {
            guard let leader = partition.leader else { throw .unknown("\(topic.name)-\(partition.index) has no leader") }
            byLeader[leader, default: []].append(partition.index)
        }
        var found: [Int32: Offset] = [:]
        for (leader, partitions) in byLeader.sorted(by: { $0.key < $1.key }) {
            let offsets = try broker(leader).offsets(of: topic.name, partitions, at: place, committed: committed)
            found.merge(offsets) { first, _ in first }
        }
        return found
    }
}
