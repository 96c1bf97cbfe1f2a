// Which broker keeps a group.
internal import Host
internal import Vocabulary
internal import Wire

extension Cluster {
    /// The coordinator of a group. Waits while there is none yet, as when its topic is being made or replayed.
    package func coordinator(of group: String) throws(ClientError) -> Admin {
        let deadline = MonotonicClock.now() + 15_000_000_000
        while true {
            let any = try anyBroker()
            let found = try any.findCoordinator(of: group)
            if found.errorCode == .none {
                return try admin(at: BrokerAddress(host: found.host, port: UInt16(truncatingIfNeeded: found.port)))
            }
            guard found.errorCode.isRetriable, MonotonicClock.now() < deadline else {
                throw .refused(
                    found.errorCode, found.errorMessage, "find the coordinator of group \(group)", needs: NeededAccess(.describe, on: .group(group)))
            }
            MonotonicClock.sleep(nanoseconds: 100_000_000)
        }
    }

    /// Every group of every broker, by name.
    package func groups() throws(ClientError) -> [GroupListing] {
        var groups: [GroupListing] = []
        for broker in try everyBroker() { groups += try broker.groups() }
        return groups.sorted { $0.name < $1.name }
    }
}

extension Admin {
    fileprivate func findCoordinator(of group: String) throws(ClientError) -> FindCoordinatorResponse.Coordinator {
        let response: FindCoordinatorResponse = try connection.call(FindCoordinatorRequest(keys: [group]))
        guard let coordinator = response.coordinators.first else { throw .malformed(broker, "FindCoordinator answered without group \(group)") }
        return coordinator
    }
}
