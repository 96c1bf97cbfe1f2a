// Which broker keeps a group, or a producer's transactions.
internal import Host
internal import Vocabulary
internal import Wire

extension Cluster {
    /// The coordinator of a group. Waits while there is none yet, as when its topic is being made or replayed.
    package func coordinator(of group: String) throws(ClientError) -> Admin {
        try coordinator(of: group, FindCoordinatorRequest.groupKeyType, "group", NeededAccess(.describe, on: .group(group)))
    }

    /// The coordinator of the transactions of one transactional id; waits as the other one does.
    func coordinator(ofTransactions id: String) throws(ClientError) -> Admin {
        try coordinator(of: id, FindCoordinatorRequest.transactionKeyType, "transactional id", NeededAccess(.describe, on: .transactionalID(id)))
    }

    private func coordinator(of key: String, _ keyType: Int8, _ what: String, _ access: NeededAccess) throws(ClientError) -> Admin {
        let deadline = MonotonicClock.now() + 15_000_000_000
        while true {
            let any = try anyBroker()
            let found = try any.findCoordinator(of: key, keyType)
            if found.errorCode == .none {
                return try admin(at: BrokerAddress(host: found.host, port: UInt16(truncatingIfNeeded: found.port)))
            }
            guard found.errorCode.isRetriable, MonotonicClock.now() < deadline else {
                throw .refused(
                    found.errorCode, found.errorMessage, "find the coordinator of \(what) \(key)", needs: access)
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
    fileprivate func findCoordinator(of key: String, _ keyType: Int8) throws(ClientError) -> FindCoordinatorResponse.Coordinator {
        let response: FindCoordinatorResponse = try connection.call(FindCoordinatorRequest(keys: [key], keyType: keyType))
        guard let coordinator = response.coordinators.first else { throw .malformed(broker, "FindCoordinator answered without \(key)") }
        return coordinator
    }
}
