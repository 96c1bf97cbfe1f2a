// How a broker of ours is started: the same way each time.
internal import Topology

/// A `tidemarkd`'s command line, but for its ports.
struct BrokerLaunch {
    let plan: BrokerPlan
    let dataDirectory: String
    /// On other disks, beside it.
    let furtherDirectories: [String]
    let segmentBytes: Int64
    let logDirectory: String
    /// Of the same command line; nil: the `tidemarkd` of this build.
    let program: String?
    /// More for its command line.
    let arguments: [String]
    /// That bounds its memory; nil: none of its own.
    var group: ControlGroup?

    struct Started {
        let child: ChildProcess
        /// Where its page of counters will be.
        let countersPath: String
    }

    /// - Parameters:
    ///   - label: of the process, its log files and its counters.
    ///   - ports: of the listeners, in order; 0, or none: a free one.
    func start(label: String, ports: [UInt16]) throws -> Started {
        let counters = "\(logDirectory)/\(label).counters"
        var words = ["serve"] + arguments
        for (index, listener) in plan.listeners.enumerated() {
            words += ["--listen", listener.argument(port: index < ports.count ? ports[index] : 0)]
        }
        for directory in [dataDirectory] + furtherDirectories { words += ["--data-dir", directory] }
        words += ["--loops", String(plan.loops), "--counters", counters]
        var settings = plan.durability.brokerSettings
        settings["log.segment.bytes"] = String(segmentBytes)
        settings.merge(plan.settings) { _, explicit in explicit }
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) { words += ["--set", "\(key)=\(value)"] }
        if let cpus = plan.cpus { words += ["--pin", cpus.cpus.map(String.init).joined(separator: ",")] }
        let child = try ChildProcess(
            name: label, program: try program ?? Programs.path(of: "tidemarkd"), arguments: words, logDirectory: logDirectory,
            placement: .init(cpus: plan.cpus, memory: plan.memory, group: group))
        return Started(child: child, countersPath: counters)
    }
}
