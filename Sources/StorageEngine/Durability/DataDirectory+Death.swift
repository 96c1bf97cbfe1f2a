// A data directory whose disk gave up: what is told of it, and what goes on.
//
//   alive      everything
//   readOnly   nothing new is placed here; what its logs have is still read
//   gone       its partitions answer nothing but the failure, until a start finds it again
internal import Host
internal import Synchronization

/// A data directory that is out of service, and why.
package struct DeadDirectory: Equatable, Sendable, CustomStringConvertible {
    package let path: String
    package let why: StorageError

    package var description: String { "\(path): \(why)" }
}

extension DataDirectory {
    enum Health: Int { case alive, readOnly, gone }

    /// Whether nothing new is placed here until the next start.
    var isDead: Bool { health.load(ordering: .acquiring) != Health.alive.rawValue }

    /// Why nothing of it can be read; nil while reads go on. One atomic load then.
    var outage: StorageError? {
        guard health.load(ordering: .acquiring) == Health.gone.rawValue else { return nil }
        return monitor.locked { cause }
    }

    /// What is told of it; nil while it is alive.
    var death: DeadDirectory? {
        guard isDead else { return nil }
        return monitor.locked { cause }.map { DeadDirectory(path: path, why: $0) }
    }

    /// Takes the directory out of service. The first cause stays; one that only forbids writes yields to one that
    /// forbids everything.
    func die(of error: StorageError, readsGoOn: Bool = false) {
        let now = readsGoOn ? Health.readOnly : .gone
        monitor.locked {
            guard now.rawValue > health.load(ordering: .relaxed) else { return }
            cause = error
            health.store(now.rawValue, ordering: .releasing)
        }
    }

    /// Notes it when `failure`, of a call on the directory itself, says that its disk gave up or is not there any more.
    ///
    /// - Returns: whether it says so.
    func isDeath(_ failure: SystemError) -> Bool {
        guard failure.isDiskFailure || failure.isMissing else { return false }
        die(of: .io(failure), readsGoOn: failure.isReadOnly)
        return true
    }

    /// Takes the directory out of service before it was in it: a start may do without it for whatever reason the file
    /// system gives. What the process lacks, and what an operator has to decide, is no such reason.
    ///
    /// - Returns: whether it did.
    func isDeathAtStart(_ error: StorageError) -> Bool {
        switch error {
        case .io(let failure) where !failure.isOfProcess: die(of: error)
        case .missingDirectory: die(of: error)
        default: return false
        }
        return true
    }

    /// A log went out of service: finds out, on the background thread, whether the directory takes anything at all.
    func suspect() {
        background.enqueue(at: MonotonicClock.now()) { [weak self] in
            do throws(SystemError) { try self?.writeCheckpoint() } catch { _ = self?.isDeath(error) }
        }
    }
}
