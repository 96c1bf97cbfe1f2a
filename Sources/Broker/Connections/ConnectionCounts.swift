// Who may connect: so many connections in all, and so many from one address.
internal import Synchronization

/// Counts the open sockets of clients, whichever loop has them, from the moment they are accepted.
final class ConnectionCounts: Sendable {
    /// Why a connection is turned away: the limit that is reached.
    enum Refusal: Equatable {
        case total(Int)
        case address(Int)
    }

    private struct State {
        var total = 0
        var byAddress: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let limit: Atomic<Int>
    private let addressLimits: AddressLimits

    init(limit: Int, _ addressLimits: AddressLimits) {
        self.limit = Atomic(limit)
        self.addressLimits = addressLimits
    }

    /// Takes a place for a connection from `address`, or says why there is none.
    func admit(_ address: String) -> Refusal? {
        let limit = limit.load(ordering: .relaxed)
        let allowed = addressLimits.limit(of: address)
        return state.withLock { state in
            guard state.total < limit else { return .total(limit) }
            let open = state.byAddress[address, default: 0]
            guard open < allowed else { return .address(allowed) }
            state.byAddress[address] = open + 1
            state.total += 1
            return nil
        }
    }

    /// Another limit for those who come. Nobody is cut.
    func setLimit(_ new: Int) { limit.store(new, ordering: .relaxed) }

    /// Gives the place back.
    func release(_ address: String) {
        state.withLock { state in
            guard let open = state.byAddress[address] else { preconditionFailure("a connection from \(address) ends that never began") }
            state.byAddress[address] = open == 1 ? nil : open - 1
            state.total -= 1
        }
    }
}

extension ConnectionCounts.Refusal {
    /// The key and the value that turned the connection away.
    var reason: String {
        switch self {
        case .total(let limit): "max.connections = \(limit) are open"
        case .address(let limit): "\(limit) connections of that address are open, max.connections.per.ip"
        }
    }
}
