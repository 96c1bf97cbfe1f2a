// Which version of each API to speak: the highest that both sides know.
package import Wire

/// The versions agreed with one broker.
package struct APINegotiation: Sendable, Equatable {
    private var agreed: [Int16: Int16] = [:]

    package init(_ response: ApiVersionsResponse) {
        for range in response.apiKeys {
            guard let key = APIKey(rawValue: range.apiKey) else { continue }
            let ours = APIVersions.of(key)
            let version = min(ours.maximum, range.maximum)
            if version >= max(ours.minimumServed, range.minimum) { agreed[range.apiKey] = version }
        }
    }

    /// nil where there is none in common.
    package func version(of key: APIKey) -> Int16? { agreed[key.rawValue] }
}
