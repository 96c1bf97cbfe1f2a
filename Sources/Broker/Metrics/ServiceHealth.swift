// Whether the broker serves, in a word for machines and a sentence for people.
internal import StorageEngine
internal import Telemetry

/// Where a broker is in its life.
package enum ServiceState: String, Sendable { case recovering, serving, draining }

struct ServiceHealth: Sendable {
    let state: ServiceState
    let deadDirectories: [DeadDirectory]

    /// Recovery is over, every data directory is in service, and it is not on its way out.
    var isHealthy: Bool { state == .serving && deadDirectories.isEmpty }

    /// 200 and `ok`; else 503 and what is wrong, a line each.
    var answer: EndpointAnswer {
        if isHealthy { return EndpointAnswer(status: 200, text: "ok\n") }
        var lines: [String] = []
        switch state {
        case .recovering: lines.append("the logs are being recovered")
        case .draining: lines.append("the broker is shutting down")
        case .serving: break
        }
        lines += deadDirectories.map { "data directory out of service: \($0)" }
        return EndpointAnswer(status: 503, text: lines.joined(separator: "\n") + "\n")
    }
}
