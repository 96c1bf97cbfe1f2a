// The one table of APIs and versions: the codecs, the headers and the ApiVersions answer all read it.

/// What we speak of one API.
///
/// `minimum...maximum` is what an ApiVersions answer advertises and what the codecs can read and write.
/// Below `minimumServed` a broker answers UNSUPPORTED_VERSION: Produce 0-2 carry record formats older
/// than batch v2, but a librdkafka before 2.11.1 turns compression off, silently, unless 0 is advertised.
package struct APIVersions: Sendable, Equatable {
    package let key: APIKey
    package let minimum: Int16
    package let minimumServed: Int16
    package let maximum: Int16
    /// The first version with compact lengths and tags, in the body and in the headers; the largest number where none has.
    package let firstFlexible: Int16

    /// Whether the codecs can read and write `version`.
    package func isCoded(_ version: Int16) -> Bool { version >= minimum && version <= maximum }

    /// Whether a broker does what a request of `version` asks.
    package func isServed(_ version: Int16) -> Bool { version >= minimumServed && version <= maximum }

    /// Every API, by key.
    package static let all: [APIVersions] = APIKey.allCases.map(of)

    package static func of(_ key: APIKey) -> APIVersions {
        switch key {
        case .produce: .init(key, 0, 9, served: 3, flexible: 9)
        case .fetch: .init(key, 4, 12, flexible: 12)
        case .listOffsets: .init(key, 1, 7, flexible: 6)
        case .metadata: .init(key, 0, 12, flexible: 9)
        case .offsetCommit: .init(key, 2, 9, flexible: 8)
        case .offsetFetch: .init(key, 1, 9, flexible: 6)
        case .findCoordinator: .init(key, 0, 4, flexible: 3)
        case .joinGroup: .init(key, 0, 9, flexible: 6)
        case .heartbeat: .init(key, 0, 4, flexible: 4)
        case .leaveGroup: .init(key, 0, 5, flexible: 4)
        case .syncGroup: .init(key, 0, 5, flexible: 4)
        case .describeGroups: .init(key, 0, 5, flexible: 5)
        case .listGroups: .init(key, 0, 4, flexible: 3)
        case .saslHandshake: .init(key, 0, 1, flexible: .max)
        case .apiVersions: .init(key, 0, 4, flexible: 3)
        case .createTopics: .init(key, 2, 7, flexible: 5)
        case .deleteTopics: .init(key, 1, 6, flexible: 4)
        case .deleteRecords: .init(key, 0, 2, flexible: 2)
        case .initProducerID: .init(key, 0, 4, flexible: 2)
        case .offsetForLeaderEpoch: .init(key, 2, 4, flexible: 4)
        case .addPartitionsToTxn: .init(key, 0, 3, flexible: 3)
        case .addOffsetsToTxn: .init(key, 0, 3, flexible: 3)
        case .endTxn: .init(key, 0, 3, flexible: 3)
        case .writeTxnMarkers: .init(key, 1, 1, flexible: 1)
        case .txnOffsetCommit: .init(key, 0, 3, flexible: 3)
        case .describeAcls, .createAcls, .deleteAcls: .init(key, 1, 3, flexible: 2)
        case .describeConfigs: .init(key, 1, 4, flexible: 4)
        case .alterConfigs: .init(key, 0, 2, flexible: 2)
        case .describeLogDirs: .init(key, 1, 4, flexible: 2)
        case .saslAuthenticate: .init(key, 0, 2, flexible: 2)
        case .createPartitions: .init(key, 0, 3, flexible: 2)
        case .deleteGroups: .init(key, 0, 2, flexible: 2)
        case .incrementalAlterConfigs: .init(key, 0, 1, flexible: 1)
        case .offsetDelete: .init(key, 0, 0)
        case .describeClientQuotas: .init(key, 0, 1, flexible: 1)
        case .alterClientQuotas: .init(key, 0, 1, flexible: 1)
        case .describeUserScramCredentials, .alterUserScramCredentials: .init(key, 0, 0, flexible: 0)
        case .describeCluster: .init(key, 0, 1, flexible: 0)
        case .describeProducers: .init(key, 0, 0, flexible: 0)
        case .describeTransactions: .init(key, 0, 0, flexible: 0)
        case .listTransactions: .init(key, 0, 0, flexible: 0)
        }
    }

    private init(_ key: APIKey, _ minimum: Int16, _ maximum: Int16, served: Int16? = nil, flexible: Int16 = .max) {
        self.key = key
        self.minimum = minimum
        self.minimumServed = served ?? minimum
        self.maximum = maximum
        self.firstFlexible = flexible
    }
}
