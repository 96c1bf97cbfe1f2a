// Properties of a file and of words, and what of them says how to get in.
import ArgumentParser
import Foundation
import Testing

@testable import tidemark

@Suite struct PeerPropertiesTests {
    private func properties(_ text: String, _ words: String..., bootstrap: String? = nil) throws -> PeerProperties {
        let path = NSTemporaryDirectory() + "tidemark-test-properties-" + UUID().uuidString
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try PeerProperties(file: path, words, bootstrap: bootstrap)
    }

    @Test func `words win over the file, and the flag over both`() throws {
        let given = try properties("acks=1\nlinger.ms=7\nbootstrap.servers=a:1\n", "acks=all", "bootstrap.servers=b:1", bootstrap: "c:1")
        #expect(given.values == ["acks": "all", "linger.ms": "7", "bootstrap.servers": "c:1"])
        #expect(given.inactive(["linger.ms"]) == ["linger.ms"])
    }

    @Test func `what says how to get in has its effect there`() throws {
        let text = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=a\nsasl.password=planted-secret\nmetadata.max.age.ms=1\n"
        let given = try properties(text)
        #expect(given.inactive(["metadata.max.age.ms", "sasl.mechanism", "sasl.password", "sasl.username"]) == ["metadata.max.age.ms"])
        #expect(!"\(given.security)".contains("planted-secret"))
    }

    @Test(arguments: ["acks", "security.protocol=KERBEROS", "security.protocol=SASL_SSL", "ssl.truststore.type=JKS"])
    func `what can't be meant is wrong usage`(word: String) {
        let words = word.hasPrefix("ssl.") ? ["security.protocol=SSL", word] : [word]
        #expect(throws: ValidationError.self) { _ = try PeerProperties(file: nil, words, bootstrap: "a:1") }
        #expect(throws: ValidationError.self) { _ = try PeerProperties(file: "/nowhere/p", [], bootstrap: "a:1") }
    }
}
