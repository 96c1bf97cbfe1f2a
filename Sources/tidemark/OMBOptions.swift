// `run --omb`: OpenMessaging Benchmark's files in place of a profile.
internal import ArgumentParser
internal import Client
internal import Foundation
internal import Harness
internal import TLS

struct OMBOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Its workload file, or a sweep template of it, as it is.", valueName: "workload"), completion: .file())
    var omb: String?
    @Option(help: ArgumentHelp("Its driver file, of Kafka or Redpanda.", valueName: "file"), completion: .file()) var driver: String?
    @Option(help: ArgumentHelp("How much of each minute and each backlog there is to be, as in 0.01 or 1%.", valueName: "share")) var timeScale: String?
    @Option(
        help: ArgumentHelp("The directory that payloadFile is relative to; default: the nearest above the workload that has it.", valueName: "dir"),
        completion: .directory)
    var ombRoot: String?

    func validate() throws {
        if omb == nil, let option = [("--driver", driver), ("--time-scale", timeScale), ("--omb-root", ombRoot)].first(where: { $0.1 != nil })?.0 {
            throw ValidationError("\(option) belongs to --omb WORKLOAD.yaml")
        }
        if omb != nil, driver == nil { throw ValidationError("--omb needs --driver DRIVER.yaml, which says how its producers and consumers are set") }
        if let timeScale, scale == nil { throw ValidationError("--time-scale must be above 0 and at most 1, as in 0.01 or 1%, not ‘\(timeScale)’") }
    }

    private var scale: Double? {
        guard let timeScale else { return 1 }
        return ["1", "1.0", "100%"].contains(timeScale) ? 1 : fraction(of: timeScale)
    }

    /// What the files come to, a point a workload; nil: a profile was given instead.
    ///
    /// - Parameters:
    ///   - options: of the run, those of a broker of somebody else's included.
    ///   - flags: of that broker.
    ///   - overrides: laid over the profile that they come to.
    /// - Throws: `ProfileError`, `PeerToolError`, `ClientError` where a cluster can't be asked how many brokers it has.
    func points(_ options: RunOptions, _ flags: ExternalBrokerOptions, overrides: [String]) throws -> [RunPoint]? {
        guard let omb, let driver else { return nil }
        let workloads = try OMBWorkload.load(omb)
        let parsed = try OMBDriver.load(driver)
        var (options, settings) = (options, OMBSettings())
        settings.timeScale = scale ?? 1
        settings.root = ombRoot
        settings.overrides = overrides
        settings.properties = try Self.properties(of: parsed)
        settings.isExternal = options.external != nil
        if let address = options.external {
            if flags.security.isEmpty {
                options.externalOptions.security = try Self.security(of: settings.properties, named: parsed.path)
            } else {
                settings.securityUnused = "the command line says how to get in"
            }
            settings.brokers = try Self.brokerCount(address, options.externalOptions.security)
        } else {
            settings.securityUnused = "the run's own broker listens in the clear, and to nobody else"
        }
        return try OMBPlan.all(workloads, parsed, settings).map { plan in
            var own = options
            own.deviations = plan.deviations
            own.intervalSeconds = plan.intervalSeconds
            if own.externalOptions.existingTopics.isEmpty { own.externalOptions.existingTopics = plan.workload.existingTopics }
            own.externalOptions.replicationFactor = own.externalOptions.replicationFactor ?? plan.replicationFactor
            return RunPoint(point: plan.point, options: own, omb: plan)
        }
    }

    private static func properties(of driver: OMBDriver) throws -> OMBProperties {
        func values(_ text: String, _ block: String) throws -> [String: String] {
            do throws(ConnectionError) {
                let file = try PropertiesFile(Array(text.utf8), named: "\(driver.path), \(block)")
                return Dictionary(file.entries.map { ($0.key, $0.value) }) { _, last in last }
            } catch {
                throw PeerToolError.refused(error.description)
            }
        }
        var properties = OMBProperties()
        properties.topic = try values(driver.topicConfig, "topicConfig")
        properties.common = try values(driver.commonConfig, "commonConfig")
        properties.producer = try values(driver.producerConfig, "producerConfig")
        properties.consumer = try values(driver.consumerConfig, "consumerConfig")
        return properties
    }

    /// Of all connections: what the producers have counts where the consumers have something else.
    private static func security(of properties: OMBProperties, named name: String) throws -> ConnectionSecurity {
        do {
            let all = properties.common.merging(properties.consumer) { $1 }.merging(properties.producer) { $1 }
            let file = try PropertiesFile([], named: name).overlaid(by: all)
            let plan = try ClientProperties(file).plan(PasswordSource(path: nil, environment: ProcessInfo.processInfo.environment))
            return ConnectionSecurity(tls: try plan.tls.map { try TLSConnector($0) }, login: plan.login)
        } catch {
            // Of ConnectionError and TLSSetupError, which say it for people.
            throw PeerToolError.refused("\(error)")
        }
    }

    private static func brokerCount(_ address: HostPort, _ security: ConnectionSecurity) throws -> Int {
        var options = ConnectionOptions()
        options.security = security
        let cluster = try Cluster([BrokerAddress(host: address.host, port: address.port)], options)
        return max(1, try cluster.metadata([]).brokers.count)
    }
}
