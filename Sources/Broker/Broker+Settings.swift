// Settings that change while the broker runs: kept in the catalogue, told to the engine and to every loop.
internal import StorageEngine
internal import Synchronization

extension Broker {
    /// The layers that hold now. From any thread.
    var settings: BrokerSettings { liveSettings.withLock { $0 } }

    /// Everything as it holds now.
    var inForce: BrokerConfiguration { liveSettings.withLock { $0.inForce } }

    /// Takes up what was changed in earlier runs. What this version does not understand any more is left out, aloud.
    func restoreSettings() {
        let kept = storage.settings(of: BrokerSettings.kind)
        let told = settings.told
        let names = [BrokerSettings.everyBroker, "\(storage.nodeID)"]
        let usable = names.map { name in
            (kept[name] ?? [:]).filter { key, value in
                do {
                    _ = try BrokerSettings(told: told, own: [key: value])
                    return true
                } catch {
                    log.warning("\(key), which was set while the broker ran, is left out: \(error)")
                    return false
                }
            }
        }
        guard !usable.allSatisfy(\.isEmpty), let settings = try? BrokerSettings(told: told, forAll: usable[0], own: usable[1])
        else { return }
        take(settings)
    }

    /// Makes a change of this broker's settings, or of all brokers', durable and real. On the control thread, so that one
    /// comes behind the other.
    ///
    /// - Parameter name: the broker's id, or `BrokerSettings.everyBroker`.
    /// - Throws: `.io`; nothing changed then.
    func change(_ settings: BrokerSettings, of name: String) throws(StorageError) {
        let values = name == BrokerSettings.everyBroker ? settings.forAll : settings.own
        try storage.setSettings(values, of: BrokerSettings.kind, named: name)
        // What it was told may have changed meanwhile.
        take(settings.rebased(on: self.settings.told))
    }

    /// Goes on with what was told anew, as far as that may change, below what was changed by request.
    func tell(_ new: BrokerConfiguration) -> Reconfiguration {
        let (result, changed) = liveSettings.withLock { current in
            var told = current.told
            let result = Reconfiguration.merge(new, into: &told)
            for key in result.applied {
                if new.explicit.contains(key) { told.explicit.insert(key) } else { told.explicit.remove(key) }
            }
            return (result, current.rebased(on: told))
        }
        take(changed)
        return result
    }

    /// What loops keep a copy of reaches each of them in its next tick.
    private func take(_ settings: BrokerSettings) {
        liveSettings.withLock { $0 = settings }
        let inForce = settings.inForce
        live.take(inForce)
        connections.setLimit(inForce.maxConnections ?? defaultConnectionLimit)
        if let storage = try? inForce.storage() {
            self.storage.setDefaults(storage.log)
            self.storage.setCleaner(storage.cleaner)
            self.storage.setMaximumPartitions(storage.maximumPartitions)
        }
        for index in 0..<shardCount {
            post(to: index) { $0.retention?.setInterval(milliseconds: inForce.retentionCheckMilliseconds) }
        }
    }
}
