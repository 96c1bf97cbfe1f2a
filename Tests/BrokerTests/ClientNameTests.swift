// ApiVersions 3 and later: what a client calls itself.
import Testing
import Wire

@Suite struct ClientNameTests {
    @Test(arguments: [("", "1"), ("tests", ""), ("-tests", "1"), ("tests.", "1"), ("te sts", "1"), ("tests", "v1_0"), ("tests", "1é"), ("tests", "(devel)")])
    func `a client that does not say its name as it has to is told so from version 3 on, and goes on`(name: String, version: String) throws {
        let server = try TestBroker()
        let client = try server.connect()
        let request = ApiVersionsRequest(clientSoftwareName: name, clientSoftwareVersion: version)
        for served in Int16(3)...4 {
            let refused = try client.ask(request, served, ApiVersionsResponse.self)
            #expect(refused.errorCode == .invalidRequest && refused.apiKeys.isEmpty)
        }
        for served in Int16(0)...2 { #expect(try client.ask(request, served, ApiVersionsResponse.self).errorCode == .none) }
        #expect(isServed(client))
    }

    @Test(arguments: [("apache-kafka-java", "3.9.0"), ("librdkafka", "2.0.2"), ("a", "1"), ("kafka-python", "2.2.15"), ("sarama", "v1.43.0-rc.1")])
    func `names and versions of real clients are good`(name: String, version: String) {
        #expect(ApiVersionsRequest(clientSoftwareName: name, clientSoftwareVersion: version).isValid(version: 3))
    }
}
