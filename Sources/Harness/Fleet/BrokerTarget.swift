// Where a load goes.
package import Client

/// Our own broker process, or somebody else's broker.
package struct BrokerTarget {
    package let bootstrap: HostPort
    /// nil: not of this run.
    package let process: BrokerProcess?
    /// Whether it was started for this run, whoever made it: then its topics are made as the profile has them.
    package let isOurs: Bool
    /// Of every connection to it.
    package let security: ConnectionSecurity
    /// Who makes, finds and removes topics there; nil: they go with the broker's data directory.
    package let topics: ExternalTopics?
    private let foreignProcess: Int32?
    private let foreignDirectory: String?

    /// - Parameter isOurs: nil: as far as there is a process of ours.
    package init(bootstrap: HostPort, process: BrokerProcess?, isOurs: Bool? = nil) {
        self.bootstrap = bootstrap
        self.process = process
        self.isOurs = isOurs ?? (process != nil)
        security = .none
        topics = nil
        foreignProcess = nil
        foreignDirectory = nil
    }

    /// The first listener of a broker of ours.
    package init(_ process: BrokerProcess) { self.init(bootstrap: process.listeners[0], process: process) }

    /// Somebody else's.
    ///
    /// - Parameter suffix: of the names of topics that the run makes there.
    package init(external bootstrap: HostPort, _ options: ExternalOptions, suffix: String) {
        self.bootstrap = bootstrap
        process = nil
        isOurs = false
        security = options.security
        topics = ExternalTopics(options, suffix: suffix)
        foreignProcess = options.processID
        foreignDirectory = options.dataDirectory
    }

    /// What its cost is read from; nil: no process of this host is known to be it.
    package var watched: WatchedBroker? { process?.watched ?? foreignProcess.map { WatchedBroker.foreign(pid: $0) } }

    /// Where it keeps its logs on this host; nil: that is not known.
    package var dataDirectory: String? { process?.dataDirectory ?? foreignDirectory }

    /// Why broker-side figures are missing, when they are. Somebody's host is nobody else's business.
    package var missingReason: String? {
        guard watched == nil else { return nil }
        return bootstrap.isLoopback
            ? "the broker at \(bootstrap) is not a process of this run, and none was named by --broker-pid"
            : "the broker on another host is not a process of this run"
    }

    package var address: BrokerAddress { BrokerAddress(host: bootstrap.host, port: bootstrap.port) }

    /// How its control plane is reached.
    package var connection: ConnectionOptions {
        var options = ConnectionOptions()
        options.security = security
        return options
    }
}
