// /metrics and /healthz of one broker, from before its recovery until after its drain.
internal import StorageEngine
internal import Synchronization
package import Telemetry

/// Serves what is known of the broker, which may not be there yet.
package final class BrokerEndpoint: Sendable {
    private struct State {
        var service = ServiceState.recovering
        var broker: Broker?
        var metrics: BrokerMetrics?
    }

    private final class Contents: Sendable {
        let state = Mutex(State())
        let registry: PrometheusRegistry

        init(_ registry: PrometheusRegistry) { self.registry = registry }
    }

    static let metricsContentType = "text/plain; version=0.0.4; charset=utf-8"

    private let contents: Contents
    private let endpoint: MetricsEndpoint
    package let address: Endpoint

    /// Listens at once, and says that the logs are being recovered.
    ///
    /// - Throws: why it can't listen, in words.
    package init(at address: Endpoint, registry: PrometheusRegistry) throws {
        let contents = Contents(registry)
        registry.addCollector { samples in contents.state.withLock { $0.metrics }?.collect(into: &samples) }
        self.contents = contents
        endpoint = try MetricsEndpoint(host: address.host, port: address.port) { path, reply in
            Self.respond(path, contents, reply)
        }
        self.address = Endpoint(host: address.host, port: endpoint.port)
    }

    /// The broker is there, and its recovery is over.
    package func serve(_ broker: Broker) {
        let metrics = BrokerMetrics(broker)
        contents.state.withLock {
            $0.service = .serving
            $0.broker = broker
            $0.metrics = metrics
        }
    }

    package func drains() { contents.state.withLock { $0.service = .draining } }

    package func stop() {
        endpoint.stop()
        contents.state.withLock { $0 = State() }
    }

    private static func respond(
        _ path: String, _ contents: Contents, _ reply: @escaping @Sendable (@escaping MetricsEndpoint.Answer) -> Void
    ) {
        let (service, broker, metrics) = contents.state.withLock { ($0.service, $0.broker, $0.metrics) }
        switch path {
        case "/healthz":
            let health = ServiceHealth(state: service, deadDirectories: broker?.storage.deadDirectories ?? [])
            reply { health.answer }
        case "/metrics":
            let read: MetricsEndpoint.Answer = {
                EndpointAnswer(status: 200, contentType: metricsContentType, body: contents.registry.read().text)
            }
            // Figures of partitions come from the loops that own them; everything else is read where it is asked for.
            if let metrics { metrics.lookAtPartitions { reply(read) } } else { reply(read) }
        case "/": reply { EndpointAnswer(status: 200, text: "tidemarkd: /metrics for Prometheus, /healthz for supervisors\n") }
        default: reply { EndpointAnswer(status: 404, text: "there are /metrics and /healthz\n") }
        }
    }
}
