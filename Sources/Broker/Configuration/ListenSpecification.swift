// Where a broker listens, and how it sends files to those who connect there.
package import Reactor
package import TLS

/// A host and a port, as `HOST:PORT` or `[HOST]:PORT`.
package struct Endpoint: Equatable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// - Returns: nil for anything that is not a host, a colon and a port in 0…65535.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: port)
    }

    /// Reads `HOST:PORT`, or a port alone, which is one of the loopback address: who watches from afar has to be let in
    /// by name.
    package init(metrics text: String) throws(ConfigurationError) {
        let digits = text.hasPrefix(":") ? text.dropFirst() : text[...]
        guard let endpoint = UInt16(digits).map({ Endpoint(host: "127.0.0.1", port: $0) }) ?? Endpoint(text) else {
            throw ConfigurationError("metrics.listen=\(text): HOST:PORT or a port is expected, such as 127.0.0.1:9644")
        }
        self = endpoint
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// One `--listen`.
package struct ListenSpecification: Equatable, Sendable {
    package var endpoint: Endpoint
    package var transfer: TransferMode
    package var security = ListenerSecurity.plain
    /// Of a TLS listener; nil: what ssl.client.auth says.
    package var clientCertificates: ClientCertificates?

    package init(endpoint: Endpoint, transfer: TransferMode = .standard) {
        self.endpoint = endpoint
        self.transfer = transfer
    }

    /// Bytes of the copy mode's buffer where none are given.
    package static let defaultCopyBufferBytes = 131_072
    private static let copyBufferLimits = 4_096...67_108_864

    /// Reads `HOST:PORT[,security=plain|tls|sasl|sasl-tls][,ssl.client.auth=…][,transfer=splice|sendfile|copy|mmap][,buffer=SIZE]`.
    package init(parsing text: String) throws(ConfigurationError) {
        var fields = text.split(separator: ",", omittingEmptySubsequences: false)[...]
        guard let endpoint = Endpoint(fields.removeFirst()) else {
            throw ConfigurationError("listener \"\(text)\" does not begin with HOST:PORT, such as 127.0.0.1:9092")
        }
        var mode: String?
        var buffer: Int?
        for field in fields {
            let pair = field.split(separator: "=", maxSplits: 1)
            switch (pair.first ?? "", pair.count) {
            case ("transfer", 2): mode = String(pair[1])
            case ("buffer", 2):
                guard let bytes = ByteSize.parse(pair[1]), Self.copyBufferLimits.contains(bytes) else {
                    throw ConfigurationError("listener \"\(text)\": buffer=\(pair[1]) is not a size from 4KiB to 64MiB")
                }
                buffer = bytes
            case ("security", 2):
                guard let security = ListenerSecurity(word: String(pair[1])) else {
                    let known = ListenerSecurity.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ConfigurationError("listener \"\(text)\": security=\(pair[1]) is none of \(known)")
                }
                self.security = security
            case ("ssl.client.auth", 2):
                clientCertificates = try ConfigurationTable.clientCertificates("listener \"\(text)\": ssl.client.auth", String(pair[1]))
            default:
                throw ConfigurationError(
                    "listener \"\(text)\": \"\(field)\" is unknown; security=…, ssl.client.auth=…, transfer=… and buffer=… may follow the address")
            }
        }
        self.endpoint = endpoint
        if security.isEncrypted, mode != nil {
            throw ConfigurationError("listener \"\(text)\": what is encrypted is copied; transfer= belongs to listeners that are not")
        }
        if clientCertificates != nil, !security.isEncrypted {
            throw ConfigurationError("listener \"\(text)\": ssl.client.auth= belongs to security=tls and security=sasl-tls")
        }
        switch mode {
        case nil: transfer = .standard
        case "splice"?: transfer = .splice
        case "sendfile"?: transfer = .sendfile
        case "copy"?: transfer = .copy(bufferBytes: buffer ?? Self.defaultCopyBufferBytes)
        case "mmap"?: transfer = .mmap
        default: throw ConfigurationError("listener \"\(text)\": transfer=\(mode ?? "") is none of splice, sendfile, copy, mmap")
        }
        if buffer != nil, mode != "copy" {
            throw ConfigurationError("listener \"\(text)\": buffer= belongs to transfer=copy")
        }
    }
}

/// Sizes as people write them.
enum ByteSize {
    /// `65536`, `128KiB`, `1MiB` or `2GiB` as bytes; nil for anything else.
    static func parse(_ text: some StringProtocol) -> Int? {
        let units: [(String, Int)] = [("KiB", 1_024), ("MiB", 1_048_576), ("GiB", 1_073_741_824)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            guard let count = Int(text.dropLast(unit.count)), count >= 0 else { return nil }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
            return overflow ? nil : bytes
        }
        guard let bytes = Int(text), bytes >= 0 else { return nil }
        return bytes
    }
}
