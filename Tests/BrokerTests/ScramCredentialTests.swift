// DescribeUserScramCredentials and AlterUserScramCredentials against a real broker.
import Testing
import Wire

@testable import Broker
@testable import Security

@Suite struct ScramCredentialTests {
    private func upsertion(
        _ name: String, _ mechanism: Int8 = 1, iterations: Int32 = 4_096, salt: [UInt8] = [1], password: String = "new"
    ) -> AlterUserScramCredentialsRequest.Upsertion {
        let salted = (ScramMechanism(rawValue: mechanism) ?? .sha256)
            .saltedPassword(Array(password.utf8), salt: salt, iterations: Int(max(1, iterations)))
        return .init(name: name, mechanism: mechanism, iterations: iterations, salt: salt, saltedPassword: salted)
    }

    private func alter(_ client: RawClient, _ request: AlterUserScramCredentialsRequest) throws -> [String: ErrorCode] {
        let response = try client.ask(request, 0, AlterUserScramCredentialsResponse.self)
        return Dictionary(uniqueKeysWithValues: response.results.map { ($0.user, $0.errorCode) })
    }

    @Test func `what can't be a credential is refused, and the users beside it get theirs`() throws {
        let broker = try TestBroker.sasl()
        let client = try broker.connect(listener: 1)
        var short = upsertion("short")
        short.saltedPassword.removeLast()
        let answer = try alter(
            client,
            AlterUserScramCredentialsRequest(
                deletions: [.init(name: "nobody", mechanism: 1), .init(name: "alice", mechanism: 9)],
                upsertions: [
                    upsertion("few", iterations: 4_095), upsertion("many", iterations: 16_385), upsertion("strange", 3), upsertion(""),
                    upsertion("saltless", salt: []), short, upsertion("twice"), upsertion("twice"), upsertion("good"),
                ]))
        #expect(
            answer == [
                "nobody": .resourceNotFound, "alice": .unsupportedSaslMechanism, "few": .unacceptableCredential,
                "many": .unacceptableCredential, "strange": .unsupportedSaslMechanism, "": .unacceptableCredential,
                "saltless": .unacceptableCredential, "short": .unacceptableCredential, "twice": .duplicateResource, "good": .none,
            ])
        #expect(broker.broker.credentials.book.names == ["alice", "good"])
    }

    @Test func `credentials change for the next client, survive a restart and show nothing secret`() throws {
        let broker = try TestBroker.sasl()
        let client = try broker.connect(listener: 1)
        #expect(try alter(client, .init(deletions: [.init(name: "alice", mechanism: 2)], upsertions: [upsertion("alice", 1)])) == ["alice": .none])
        let stranger = try broker.connect()
        #expect(try stranger.authenticate("alice", "secret").errorCode == .saslAuthenticationFailed)
        #expect(try broker.connect(as: "alice", "new").isServed())

        broker.keepsFiles = true
        defer { removeTree(broker.directory) }
        try broker.stop()
        let again = try TestBroker(directory: broker.directory)
        let described = try again.connect().ask(
            DescribeUserScramCredentialsRequest(users: nil), 0, DescribeUserScramCredentialsResponse.self)
        #expect(described.results == [.init(user: "alice", credentials: [.init(mechanism: 1, iterations: 4_096)])])
        let named = try again.connect().ask(
            DescribeUserScramCredentialsRequest(users: ["alice", "nobody", "x", "x"]), 0, DescribeUserScramCredentialsResponse.self)
        #expect(named.results.map(\.user) == ["alice", "nobody", "x"])
        #expect(named.results.map(\.errorCode) == [.none, .resourceNotFound, .duplicateResource])
    }
}
