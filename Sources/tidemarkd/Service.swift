// A broker's life in its process: start, ready line, signals, reload, drain.
internal import Broker
internal import BuildInfo
internal import CoreMetrics
internal import Glibc
internal import Host
internal import Logging
internal import Reactor
internal import Telemetry

/// `tidemarkd serve`.
struct Service {
    private let configuration: BrokerConfiguration
    private let reread: () throws(ConfigurationError) -> BrokerConfiguration
    private let output: LogOutput
    private let logger: Logger
    private let manager = ServiceManager()
    /// Once in its life a process tells swift-log and swift-metrics where everything goes.
    private let registry = PrometheusRegistry(MetricTable.all)

    /// - Parameter reread: reads the command line and the file that it names again.
    init(_ configuration: BrokerConfiguration, reread: @escaping () throws(ConfigurationError) -> BrokerConfiguration) {
        var configuration = configuration
        configuration.version = projectVersion
        self.configuration = configuration
        self.reread = reread
        let output = LogOutput(format: configuration.logFormat, level: configuration.logLevel)
        self.output = output
        LoggingSystem.bootstrap { LineLogHandler(label: $0, output: output) }
        MetricsSystem.bootstrap(registry)
        logger = Logger(label: "tidemarkd")
    }

    func run() throws {
        ProcessSetup.boundHeap()
        ProcessSetup.ignoreBrokenPipes()
        // Before any thread starts, so that all inherit the blocked signals.
        let signals = try SignalDescriptor([SIGTERM, SIGINT, SIGHUP])
        let endpoint = try configuration.metricsListen.map { try BrokerEndpoint(at: $0, registry: registry) }
        defer { endpoint?.stop() }
        tell { try $0.tell(status: "recovering the logs") }
        let broker = try Broker(configuration, logger: logger, metrics: registry)
        broker.start()
        endpoint?.serve(broker)
        announce(broker, endpoint)
        waitForEnd(signals, broker)
        endpoint?.drains()
        tell { try $0.tell(.stopping, status: "draining") }
        broker.drain()
        try broker.wait()
        logger.info("shut down cleanly")
    }

    private func announce(_ broker: Broker, _ endpoint: BrokerEndpoint?) {
        if let percent = configuration.burnPercent { logger.warning("burning \(percent) % more CPU on purpose (--burn-percent)") }
        let listeners = broker.endpoints.map(\.description).joined(separator: ",")
        var line = "tidemarkd ready pid=\(getpid()) listeners=\(listeners)"
        if let endpoint { line += " metrics=\(endpoint.address)" }
        if let percent = configuration.burnPercent { line += " burn-percent=\(percent)" }
        print(line)
        fflush(nil)
        tell { try $0.tell(.ready, status: "serving \(listeners)") }
    }

    /// Returns when the broker is to end.
    private func waitForEnd(_ signals: SignalDescriptor, _ broker: Broker) {
        while true {
            var waited = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&waited, 1, -1)
            guard let signal = signals.next() else { continue }
            guard signal == SIGHUP else { return logger.info("\(signal == SIGTERM ? "SIGTERM" : "SIGINT"): draining") }
            tell { try $0.tell(.reloading, status: "reading the configuration again") }
            reload(broker)
            tell { try $0.tell(.ready, status: "serving \(broker.endpoints.map(\.description).joined(separator: ","))") }
        }
    }

    /// Takes over what may change. A file that is wrong changes nothing.
    private func reload(_ broker: Broker) {
        do {
            let new = try reread()
            let result = broker.reconfigure(new)
            output.level = broker.configuration.logLevel
            let applied = result.applied.isEmpty ? "nothing to change" : "in force now: \(result.applied.joined(separator: ", "))"
            logger.notice("SIGHUP: \(applied)", metadata: ["applied": .array(result.applied.map { .string($0) })])
            if !result.awaitingRestart.isEmpty {
                logger.warning(
                    "SIGHUP: unchanged until the next start: \(result.awaitingRestart.joined(separator: ", "))",
                    metadata: ["awaiting_restart": .array(result.awaitingRestart.map { .string($0) })])
            }
        } catch {
            broker.reconfigurationFailed()
            logger.error("SIGHUP: nothing is changed: \(error)")
        }
    }

    private func tell(_ body: (ServiceManager) throws -> Void) {
        guard let manager else { return }
        do { try body(manager) } catch { logger.debug("the service manager is not told: \(error)") }
    }
}
