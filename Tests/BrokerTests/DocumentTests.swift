// Sources/APIS.md and Sources/CONFIGURATION.md say what the tables in the code say.
//
// With TIDEMARK_REWRITE_GOLDEN=1 they are written anew; the difference is to be read before it is kept.
import Foundation
import StorageEngine
import Testing
import Wire

@testable import Broker

@Suite struct DocumentTests {
    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources")

    /// Compares a document with what it should be, or writes it.
    private func check(_ name: String, _ text: String) throws {
        let url = Self.sources.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["TIDEMARK_REWRITE_GOLDEN"] != nil {
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        let found = try String(contentsOf: url, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        let expected = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, lines) in zip(found, expected).enumerated() {
            try #require(lines.0 == lines.1, "\(name):\(number + 1) is not as the table has it; TIDEMARK_REWRITE_GOLDEN=1 writes it anew")
        }
        #expect(found.count == expected.count, "\(name) has lines too few or too many; TIDEMARK_REWRITE_GOLDEN=1 writes it anew")
    }

    @Test func `the list of APIs is the table that is advertised and served`() throws {
        let rows = APIVersions.all.map { versions in
            let range = versions.minimum == versions.maximum ? "\(versions.minimum)" : "\(versions.minimum)-\(versions.maximum)"
            let served = versions.minimumServed == versions.minimum ? "" : "from \(versions.minimumServed)"
            let flexible = versions.firstFlexible > versions.maximum ? "never" : "\(versions.firstFlexible)"
            return "| \(versions.key.rawValue) | \(versions.key.name) | \(range) | \(served) | \(flexible) |"
        }
        try check(
            "APIS.md",
            """
            # The APIs that the broker speaks

            Written from the table in `Wire/APIVersions.swift`, which is also what an ApiVersions answer advertises and what the router accepts; a test compares the three. A version above the advertised ones ends the connection, but for ApiVersions, which is answered in version 0. Versions that are advertised and not served are answered with UNSUPPORTED_VERSION: clients look for them in the answer and never use them.

            | number | API | versions | served | compact and tagged from |
            |---|---|---|---|---|
            \(rows.joined(separator: "\n"))

            """)
    }

    @Test func `the list of settings is the tables of the broker and of topics`() throws {
        let defaults = BrokerConfiguration()
        let keys = ConfigurationTable.keys.sorted { $0.name < $1.name }.map { key in
            let value = key.read(defaults).map { "`\($0)`" } ?? ""
            return "| `\(key.name)` | \(key.kind.word) | \(value) | \(key.isDynamic ? "yes" : "") | \(key.documentation) |"
        }
        let topics = try LogConfiguration.topicKeys.map { name in
            let key = try #require(ConfigurationTable.key(ofTopics: name))
            return "| `\(name)` | \(key.kind.word) | `\(key.name)` | \(key.documentation) |"
        }
        try check(
            "CONFIGURATION.md",
            """
            # Settings

            Written from the tables in `Broker/Configuration/ConfigurationTable.swift` and `StorageEngine/LogConfiguration+Keys.swift`; a test compares them. Any other key is refused: at the start with a line that names the place, by AlterConfigs with INVALID_CONFIG.

            ## Of a topic

            Given when it is created, changed by AlterConfigs and IncrementalAlterConfigs while it is in use. A change is on the disk before it is answered, and holds on every loop for the next record, roll, flush or look at retention; what is there already stays as it was written. What a topic does not have of its own is the broker's. Each key is seen to take effect on a log in use by `LiveSettingsTests`.

            | key | type | default is the broker's | |
            |---|---|---|---|
            \(topics.joined(separator: "\n"))

            ## Of the broker

            Given by `--set KEY=VALUE` or a line of `--config FILE`. Those that may change are changed by the same two APIs, for one broker (its id is the resource's name) or for all of them (an empty name): the first is looked at before the second, and both before what the broker was told at its start. The catalogue keeps them. The others are read-only, and answered with INVALID_REQUEST as Kafka does. Each key that may change is seen to take effect by `BrokerSettingsTests`.

            | key | type | default | may change | |
            |---|---|---|---|---|
            \(keys.joined(separator: "\n"))

            """)
    }

    @Test func `what is advertised is what the router accepts`() throws {
        let server = try TestBroker()
        let answer = try server.connect().ask(ApiVersionsRequest.ofTests, 3, ApiVersionsResponse.self)
        #expect(answer.apiKeys.map(\.apiKey) == APIKey.allCases.map(\.rawValue))
        for range in answer.apiKeys where range.apiKey != APIKey.apiVersions.rawValue {
            for version in [range.minimum - 1, range.maximum + 1] where version >= 0 {
                let client = try server.connect()
                // A header and nothing behind it.
                try client.send([0, 0, 0, 10] + [UInt8(range.apiKey >> 8), UInt8(range.apiKey & 0xff), 0, UInt8(version), 0, 0, 0, 1, 0xff, 0xff])
                #expect(client.isClosedByPeer(), "API \(range.apiKey) version \(version)")
            }
        }
    }
}
